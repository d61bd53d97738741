/** The files of a product's current release, with what its manifest says of each: read when somebody wants to know. */

/** @import { Product } from "../catalog.mjs" */
/** @import { Text } from "../words.mjs" */
import { readJson } from "../catalog.mjs";

/** The node's folder: this module lies at `<base>/portal/layers/parts.mjs`. */
export const BASE = new URL("../../", import.meta.url);

/**
 * @typedef {object} Part
 * @property {string} name The file's path in the release.
 * @property {string} href
 * @property {string} role
 * @property {any} facts As in `manifest.json`; empty where it has none.
 */

/** @type {Map<string, Promise<Part[]>>} */
const read = new Map();

/**
 * Return the parts of a product; none where it has no release, or where that cannot be read.
 *
 * @param {Product} product
 * @returns {Promise<Part[]>}
 */
export function partsOf({ name, version }) {
  if (version === null) return Promise.resolve([]);
  const folder = new URL(`releases/${name}/${version}/`, BASE);
  const known = read.get(folder.href) ?? readParts(folder);
  read.set(folder.href, known);
  return known;
}

/**
 * @param {URL} folder
 * @returns {Promise<Part[]>}
 */
async function readParts(folder) {
  try {
    const { candidate } = await readJson(new URL("manifest.json", folder));
    return candidate.assets.map((/** @type {any} */ { name, role, facts }) => {
      return { name, role, facts: facts ?? {}, href: new URL(name, folder).href };
    });
  } catch {
    return []; // the map and the list do without; whoever needs one file says that it is not there
  }
}

/**
 * Return the address of the archive whose colours say heights, if there is one.
 *
 * @param {Part[]} parts
 */
export function heightsIn(parts) {
  return parts.find(({ facts }) => facts.kind === "tiles" && facts.encoding === "mapbox")?.href ?? null;
}

/**
 * Return the unit of a raster's amounts.
 *
 * @param {Part[]} parts
 * @returns {string | null}
 */
export function unitIn(parts) {
  return parts.find(({ facts }) => facts.kind === "raster")?.facts.bands?.[0]?.unit ?? null;
}

/**
 * Return the code of the CRS that a terrain product's heights are counted in.
 *
 * @param {Part[]} parts
 * @returns {string | null}
 */
export function verticalIn(parts) {
  return parts.find(({ facts }) => facts.relief)?.facts.relief.vertical_crs ?? null;
}

/**
 * Return what the columns of a product's tables hold, for people.
 *
 * @param {Part[]} parts
 * @returns {Map<string, Text>}
 */
export function fieldTitles(parts) {
  const columns = parts.flatMap(({ role, facts }) => (role === "data" ? (facts.columns ?? []) : []));
  return new Map(columns.flatMap(({ name, description }) => (description ? [[name, description]] : [])));
}
