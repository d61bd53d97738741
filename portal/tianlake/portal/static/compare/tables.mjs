/** Tables of a release, read in the page by ranges: what changed, and what features are called. */

/** @import { Bounds } from "../catalog.mjs" */
/** @import { Kind } from "./releases.mjs" */
/** @import { Part } from "../layers/parts.mjs" */
import { keyHeaders } from "../keyring.mjs";
import { NAME_FIELDS } from "../lettering.mjs";

/** Changes that are read; more would neither be seen apart nor read by anybody. */
export const MOST_CHANGES = 5000;

/** Rows of a table up to which names are looked up in it. */
const MOST_ROWS = 200_000;

/**
 * @typedef {object} Change
 * @property {string} id
 * @property {Kind} change
 * @property {string[]} attributes Names of those that differ.
 * @property {Bounds | null} before Where it was, where its geometry changed.
 * @property {GeoJSON.Geometry | null} geometry The newer one, or that of the removed feature.
 * @property {string | null} name What it is called, once that is known.
 */

/**
 * Return the rows of `changes.parquet` (docs/layout.md, section 8).
 *
 * @param {string} address
 * @returns {Promise<Change[]>}
 */
export async function readChanges(address) {
  const rows = await readRows(address, undefined, MOST_CHANGES);
  return rows.map(({ id, change, attributes, before, geometry }) => ({
    ...{ id: String(id), change, attributes: attributes ?? [], geometry: geometry ?? null, name: null },
    before: before ? [before.xmin, before.ymin, before.xmax, before.ymax] : null,
  }));
}

/**
 * Return what features are called, by id; empty where the table has no names, or too many rows to look into.
 *
 * @param {string | null} address Of a release's table.
 * @param {Part[]} parts Of the current release, which say what its columns are.
 * @returns {Promise<Map<string, string>>}
 */
export async function readNames(address, parts) {
  const facts = parts.find(({ role, facts: { kind } }) => role === "data" && kind === "table")?.facts;
  const columns = (facts?.columns ?? []).map((/** @type {any} */ { name }) => name);
  const field = NAME_FIELDS.find((name) => columns.includes(name));
  if (address === null || field === undefined || !facts.id_column || facts.rows > MOST_ROWS) return new Map();
  const rows = await readRows(address, [facts.id_column, field], MOST_ROWS);
  return new Map(
    rows.flatMap((row) => (row[field] ? [[String(row[facts.id_column]), String(row[field])]] : [])),
  );
}

/**
 * @param {string} url
 * @param {string[] | undefined} columns
 * @param {number} rowEnd
 * @returns {Promise<Record<string, any>[]>}
 */
async function readRows(url, columns, rowEnd) {
  const [{ asyncBufferFromUrl, parquetMetadataAsync, parquetReadObjects }, { decompress }] =
    await Promise.all([import("../vendor/hyparquet/index.js"), import("../vendor/fzstd.mjs")]);
  const file = await asyncBufferFromUrl({ url, requestInit: { headers: keyHeaders(url) } });
  const metadata = await parquetMetadataAsync(file);
  const compressors = {
    ZSTD: (/** @type {Uint8Array} */ bytes, /** @type {number} */ length) =>
      decompress(bytes, new Uint8Array(length)),
  };
  const most = Math.min(rowEnd, Number(metadata.num_rows));
  return parquetReadObjects({ file, metadata, compressors, rowEnd: most, ...(columns ? { columns } : {}) });
}
