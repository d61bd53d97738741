/** The merged index of a tree (docs/layout.md, section 10): all records of a node and of those below, in one file. */

import { answerError } from "../faults.mjs";
import { decompress } from "../vendor/fzstd.mjs";
import { parquetReadObjects } from "../vendor/hyparquet/index.js";

/**
 * Return the STAC Collections of an index.
 *
 * @param {string} href Of `collections.parquet`.
 * @returns {Promise<any[]>}
 */
export async function readMerged(href) {
  const answer = await fetch(href);
  if (!answer.ok) throw await answerError(answer);
  const file = await answer.arrayBuffer();
  const compressors = { ZSTD: (/** @type {Uint8Array} */ bytes) => decompress(bytes) };
  const rows = await parquetReadObjects({ file, columns: ["document"], compressors });
  return rows.map(({ document }) => JSON.parse(String(document)));
}
