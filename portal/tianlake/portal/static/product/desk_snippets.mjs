/** Snippets for programs of their own: QGIS, DuckDB, Python. */

/** @import { Usable } from "./usable.mjs" */
import { keyed } from "./usable.mjs";

/** How GDAL, and QGIS with it, reads an address by ranges. */
const CURL = "/vsicurl/";

/**
 * Return what QGIS takes as the source of a layer: its data source manager opens it as GDAL does.
 *
 * @param {Usable} product
 * @param {string | null} key
 */
export function qgis({ raster, map, table, located, cloud }, key) {
  if (raster !== null) return CURL + keyed(raster, key);
  // GDAL knows this format by the end of the address
  if (map !== null) return CURL + keyed(map.archive, key) + (key === null ? "" : "&.pmtiles");
  if (cloud !== null) return keyed(cloud, key);
  return table !== null && located ? CURL + keyed(table, key) : null;
}

/**
 * @param {Usable} product
 * @param {string | null} key
 */
export function duckdb({ table, boxed, bounds }, key) {
  if (table === null) return null;
  const address = quoted(table);
  // without its scope, DuckDB would send the key to every host
  const scope = new URL(table).origin;
  const secret = `CREATE SECRET (TYPE http, SCOPE '${scope}', EXTRA_HTTP_HEADERS MAP {'X-Api-Key': ${quoted(key ?? "")}});\n`;
  const select = boxed ? "SELECT * EXCLUDE (bbox)" : "SELECT *";
  const [west, south, east, north] = bounds;
  const where = boxed
    ? `\nWHERE bbox.xmin <= ${east} AND bbox.xmax >= ${west} AND bbox.ymin <= ${north} AND bbox.ymax >= ${south}`
    : "";
  return `${key === null ? "" : secret}${select} FROM read_parquet(${address})${where}\nLIMIT 10;`;
}

/**
 * @param {Usable} product
 * @param {string | null} key
 */
export function python({ table, located, raster, cloud, bounds }, key) {
  if (raster !== null) return pythonRaster(raster, bounds, key);
  if (cloud !== null) return pythonCloud(cloud, key);
  if (table === null) return null;
  const reader = located ? "geopandas" : "pandas";
  const headers = key === null ? "" : `, headers={"X-Api-Key": ${JSON.stringify(key)}}`;
  return [
    `# pip install ${reader} pyarrow`,
    "import io",
    "import urllib.request",
    "",
    `import ${reader}`,
    "",
    `request = urllib.request.Request(${JSON.stringify(table)}${headers})`,
    "with urllib.request.urlopen(request) as answer:",
    `    data = ${reader}.read_parquet(io.BytesIO(answer.read()))`,
    "print(data.head())",
  ].join("\n");
}

/**
 * @param {string} address
 * @param {import("../catalog.mjs").Bounds} bounds
 * @param {string | null} key
 */
function pythonRaster(address, [west, south, east, north], key) {
  const header = key === null ? "" : `, GDAL_HTTP_HEADERS=${JSON.stringify(`X-Api-Key: ${key}`)}`;
  const middle = [(west + east) / 2, (south + north) / 2].map((value) => Number(value.toFixed(6)));
  return [
    "# pip install rasterio",
    "import rasterio",
    "",
    `with rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR"${header}):`,
    `    with rasterio.open(${JSON.stringify(CURL + address)}) as data:`,
    `        print(data.profile, next(data.sample([(${middle.join(", ")})])))`,
  ].join("\n");
}

/**
 * @param {string} address
 * @param {string | null} key
 */
function pythonCloud(address, key) {
  return [
    '# pip install "laspy[lazrs]" requests',
    "import laspy",
    "",
    `with laspy.CopcReader.open(${JSON.stringify(keyed(address, key))}) as cloud:`,
    "    points = cloud.query(level=0)",
    "print(len(points))",
  ].join("\n");
}

/**
 * Return how a program finds the product and its files: by the STAC API, or by the static document.
 *
 * @param {Usable} product
 * @param {string | null} key
 */
export function stac({ id, home, served, collection }, key) {
  const headers = key === null ? "" : `, headers={"X-Api-Key": ${JSON.stringify(key)}}`;
  const open = served
    ? [
        "# pip install pystac-client",
        "from pystac_client import Client",
        "",
        `catalog = Client.open(${JSON.stringify(`${home}stac`)}${headers})`,
        `collection = catalog.get_collection(${JSON.stringify(id)})`,
      ]
    : [
        "# pip install pystac",
        "import pystac",
        "",
        `collection = pystac.Collection.from_file(${JSON.stringify(collection)})`,
      ];
  return [
    ...open,
    "for name, asset in collection.assets.items():",
    "    print(name, asset.media_type, asset.get_absolute_href())",
  ].join("\n");
}

/**
 * Return the document that clients of Tianditu, QGIS and ArcGIS find its layer by.
 *
 * @param {Usable} product
 * @param {string | null} key
 */
export function wmts({ wmts: layers }, key) {
  const found = layers.map(({ href }) =>
    keyed(`${href}?SERVICE=WMTS&REQUEST=GetCapabilities&VERSION=1.0.0`, key),
  );
  return found.length ? found.join("\n") : null;
}

/** @param {string} value */
function quoted(value) {
  return `'${value.replaceAll("'", "''")}'`;
}
