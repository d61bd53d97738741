/**
 * Calls to the account service (`/accounts/openapi.json` describes them), and the management token they carry.
 *
 * @typedef {object} Account
 * @property {string} id
 * @property {string} name
 * @property {string} tier One of the node's own: `quotas.json` names them.
 * @property {"active" | "suspended"} state
 * @property {{current: string | null, due: boolean, keys_end: string | null}} terms
 *
 * @typedef {object} Key
 * @property {string} id
 * @property {string} label
 * @property {"any" | "browser" | "server"} kind What it is bound to.
 * @property {string[]} hosts
 * @property {string[]} networks
 * @property {boolean} with_sk
 * @property {"active" | "revoked" | "expired" | "suspended"} state
 * @property {string} created
 * @property {string | null} expires
 * @property {string | null} replaced_by
 *
 * @typedef {Key & {key: string, sk?: string}} NewKey
 * @typedef {{used: number, limit: number, warning: boolean}} MeterUse
 *
 * @typedef {object} Usage
 * @property {Text | null} title
 * @property {string} tier
 * @property {string} resets
 * @property {boolean} warning
 * @property {Record<string, MeterUse>} meters
 */

/** @import { Text } from "./words.mjs" */
import { answerError } from "./faults.mjs";
import { BASE } from "./sheet.mjs";

const STORED = "tianlake.token";

/** @type {string | null} */
let token = kept();

/** Return whether there is a token to call with. */
export function hasToken() {
  return token !== null;
}

/**
 * Hold a token until the tab is closed; null forgets it.
 *
 * @param {string | null} wanted
 */
export function holdToken(wanted) {
  token = wanted;
  try {
    if (wanted === null) sessionStorage.removeItem(STORED);
    else sessionStorage.setItem(STORED, wanted);
  } catch {
    // nothing is kept, and the token holds until the page is left
  }
}

/**
 * Call the account service; the error of a refusal has its words.
 *
 * @param {"GET" | "POST" | "DELETE"} method
 * @param {string} path Below the node's base: `accounts/me`.
 * @param {Record<string, unknown>} [form]
 * @returns {Promise<any>}
 */
export async function call(method, path, form) {
  const headers = new Headers();
  if (token !== null) headers.set("authorization", `Bearer ${token}`);
  if (form !== undefined) headers.set("content-type", "application/json");
  const body = form === undefined ? {} : { body: JSON.stringify(form) };
  const answer = await fetch(new URL(path, BASE), { method, headers, cache: "no-store", ...body });
  if (!answer.ok) throw await answerError(answer);
  return answer.json();
}

function kept() {
  try {
    return sessionStorage.getItem(STORED);
  } catch {
    return null; // a browser that keeps nothing still shows the page
  }
}
