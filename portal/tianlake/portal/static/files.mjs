/**
 * The files of a product that a person may want, and what they are called.
 *
 * @typedef {{title: string, href: string, type: string, metered: boolean}} FileLink Metered are data and archives:
 * a server may want a key for them. Documents are open to all, of every product.
 */

const HTML = "text/html";
const REPORT = "quality.html";
export const PARQUET = "application/vnd.apache.parquet";
/** @type {Record<string, string>} */
const FORMATS = {
  "application/vnd.pmtiles": "PMTiles",
  [PARQUET]: "GeoParquet",
  "application/vnd.laszip+copc": "COPC",
};

/**
 * Return what a person may want to open: data, tiles, and the quality report.
 *
 * @param {{href: string, type: string, roles: any[]}[]} assets
 * @param {string} name Of the product.
 * @param {string} collection
 * @param {string | null} tileJson
 * @returns {FileLink[]}
 */
export function fileLinks(assets, name, collection, tileJson) {
  const data = assets.filter(({ roles }) => roles.includes("data") || roles.includes("visual"));
  const pages = assets.filter(({ type }) => type === HTML);
  const files = [...data, ...pages].map(({ href, type }) => {
    return { href, type, title: fileTitle(href, type, name), metered: type !== HTML };
  });
  const document = { type: "application/json", metered: false };
  files.push({ ...document, href: collection, title: "STAC" });
  if (tileJson !== null) files.push({ ...document, href: tileJson, title: "TileJSON" });
  return files;
}

/**
 * Return a file's format, and what parts it from the product's first file of that format: `PMTiles c`.
 *
 * @param {string} href
 * @param {string} type
 * @param {string} name Of the product.
 */
function fileTitle(href, type, name) {
  const file = fileName(href);
  if (file === REPORT) return "质量报告 Quality";
  const format = FORMATS[type] ?? (type.includes("profile=cloud-optimized") ? "COG" : null);
  if (format === null) return file;
  const stem = file.split(".")[0] ?? "";
  return stem === name ? format : `${format} ${stem.replace(`${name}-`, "")}`;
}

/**
 * Return the name that a file is saved under.
 *
 * @param {string} href
 */
export function fileName(href) {
  return decodeURIComponent(new URL(href).pathname.split("/").at(-1) ?? href);
}
