/** The releases of a product, as its history tells of them. */

/** @import { Product } from "../catalog.mjs" */
import { readJson } from "../catalog.mjs";
import { BASE } from "../layers/parts.mjs";

/**
 * @typedef {object} Release
 * @property {string} id
 * @property {string} built UTC, RFC 3339.
 * @property {{when: string, why: string} | null} withdrawn
 * @property {string | null} tiles Address of its archive in web mercator.
 * @property {string | null} table
 *
 * @typedef {object} Changes What changed in the current release, counted.
 * @property {string} base The release it was compared with.
 * @property {Record<Kind, number>} counts
 * @property {string | null} file Address of `changes.parquet`; null where nothing changed.
 *
 * @typedef {"added" | "geometry" | "attributes" | "removed"} Kind
 */

/** @type {Kind[]} */
export const KINDS = ["added", "geometry", "attributes", "removed"];

/**
 * Return the other releases of a product, the newest first.
 *
 * @param {Product} product
 * @returns {Promise<Release[]>}
 */
export async function otherReleases({ name, version }) {
  const { versions } = await readJson(new URL(`collections/${name}/versions.json`, BASE));
  return versions
    .filter((/** @type {any} */ each) => each.version !== version)
    .map((/** @type {any} */ each) => releaseOf(each, name))
    .reverse();
}

/**
 * @param {any} entry
 * @param {string} name
 * @returns {Release}
 */
function releaseOf({ version, created, withdrawn, message, assets }, name) {
  const at = (/** @type {string} */ file) =>
    typeof assets[file]?.href === "string" ? new URL(assets[file].href, BASE).href : null;
  return {
    id: version,
    built: created,
    withdrawn: withdrawn ? { when: withdrawn, why: message ?? "" } : null,
    tiles: at(`${name}.pmtiles`),
    table: at(`${name}.parquet`),
  };
}

/**
 * Return what is known of what changed in the current release of a product; null where it says nothing.
 *
 * @param {Product} product
 * @returns {Promise<Changes | null>}
 */
export async function changesOf({ name, version }) {
  const folder = new URL(`releases/${name}/${version}/`, BASE);
  const { candidate } = await readJson(new URL("manifest.json", folder));
  const { changes, assets } = candidate;
  if (!changes) return null;
  const written = assets.some((/** @type {any} */ asset) => asset.name === "changes.parquet");
  const counts = /** @type {Record<Kind, number>} */ (
    Object.fromEntries(KINDS.map((kind) => [kind, Number(changes[kind] ?? 0)]))
  );
  return { base: changes.base, counts, file: written ? new URL("changes.parquet", folder).href : null };
}
