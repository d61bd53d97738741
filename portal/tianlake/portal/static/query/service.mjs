/**
 * Calls of the node's `/sql` (docs/sql.md), with the visitor's key.
 *
 * @typedef {"json" | "csv" | "geojson" | "parquet" | "arrow"} Format
 * @typedef {{seconds: number, rows: number, bytes: number}} Limits
 * @typedef {{name: string, title: Text}} Table
 */

/** @import { Text } from "../words.mjs" */
import { answerError } from "../faults.mjs";
import { keyHeaders } from "../keyring.mjs";

const SERVICE = new URL("../../sql", import.meta.url);
const EXACT_BELOW = 2 ** 53;

/** Formats of `/sql` for files, with the name that a file of each ends in. @type {Record<Format, string>} */
export const FORMATS = { csv: "csv", geojson: "geojson", parquet: "parquet", arrow: "arrows", json: "json" };

/** A statement that was not run; `position` is where it fails, in characters from its start. */
export class StatementError extends Error {
  /**
   * @param {unknown} reason
   * @param {number | null} position
   */
  constructor(reason, position) {
    super("the statement was not run");
    this.reason = reason;
    this.position = position;
  }
}

/** Return whether somebody answers at `/sql`: a host of static files takes no `POST`. What is asked counts nothing. */
export async function isServed() {
  try {
    const answer = await fetch(SERVICE, { method: "OPTIONS", cache: "no-store" });
    return answer.ok && (answer.headers.get("allow") ?? "").includes("POST");
  } catch {
    return false;
  }
}

/**
 * Return what can be asked with the visitor's key, and its limits.
 *
 * @returns {Promise<{tables: Table[], limits: Limits}>}
 */
export async function readTables() {
  const answer = await fetch(SERVICE, { headers: keyHeaders(SERVICE.href), cache: "no-store" });
  if (!answer.ok) throw await answerError(answer);
  return answer.json();
}

/**
 * Run a statement and return the answer as it came.
 *
 * @param {string} statement
 * @param {Format} format
 * @param {AbortSignal} [signal]
 */
export async function run(statement, format, signal) {
  const address = new URL(`?format=${format}`, SERVICE);
  const headers = { ...keyHeaders(address.href), "content-type": "text/plain; charset=utf-8" };
  /** @type {RequestInit} */
  const asked = { method: "POST", body: statement, headers, cache: "no-store" };
  const answer = await fetch(address, signal === undefined ? asked : { ...asked, signal });
  if (answer.ok) return answer;
  const body = await answer
    .clone()
    .json()
    .catch(() => null);
  const position = Number.isInteger(body?.position) ? body.position : null;
  throw new StatementError(await answerError(answer), position);
}

/**
 * Return the rows of an answer in JSON. Whole numbers that JavaScript would round stay the text they came as.
 *
 * @param {Response} answer
 * @returns {Promise<Record<string, unknown>[]>}
 */
export async function rowsOf(answer) {
  /** @type {(key: string, value: unknown, context?: {source?: string}) => unknown} */
  const exact = (_key, value, context) =>
    typeof value === "number" && Math.abs(value) >= EXACT_BELOW && /^-?\d+$/.test(context?.source ?? "")
      ? context?.source
      : value;
  return JSON.parse(await answer.text(), exact);
}
