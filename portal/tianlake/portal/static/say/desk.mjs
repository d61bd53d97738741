/**
 * Calls of the node's `/cases` (docs/cases.md), and the draft that no failure loses.
 *
 * @typedef {"" | "remove" | "correct"} Wish Nothing as long as nothing is chosen.
 * @typedef {"" | "security" | "privacy" | "rights" | "error" | "other"} Ground
 * @typedef {{wish: Wish, ground: Ground, text: string, place: string, about: string, name: string, contact: string}} Draft
 * @typedef {"received" | "reported" | "granted" | "refused" | "applied" | "proved" | "closed"} State
 * @typedef {{receipt: string, state: State, message: Text, received: string, since: string}} Case
 */

/** @import { Text } from "../words.mjs" */
import { AnswerError, answerError } from "../faults.mjs";

const CASES = new URL("../../cases", import.meta.url);
const DRAFT = "tianlake.draft";
const PLACE = /^\s*(-?\d{1,3}(?:\.\d+)?)\s*[,，\s]\s*(-?\d{1,2}(?:\.\d+)?)\s*$/;
const ABOUT = 500; // characters that the service takes
/** What a host that takes in nothing answers. */
const NOBODY = [403, 404, 405, 501];

/**
 * Hand in a request.
 *
 * @param {Draft} draft
 * @returns {Promise<Case>}
 */
export async function file({ place, about, ...rest }) {
  const where = PLACE.exec(place);
  // digit for digit as it is shown: a zero at the end says how exact the place is
  const written = where === null ? "" : `${where[1]},${where[2]} (CGCS2000)`;
  const told = [written, about.trim()].filter(Boolean).join("; ");
  const form = { ...rest, about: told.slice(0, ABOUT) };
  const answer = await fetch(CASES, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(form),
    cache: "no-store",
  });
  if (!answer.ok) throw await answerError(answer);
  return answer.json();
}

/**
 * Return how a request stands.
 *
 * @param {string} receipt
 * @returns {Promise<Case>}
 */
export async function status(receipt) {
  const answer = await fetch(new URL(`cases/${encodeURIComponent(receipt)}`, new URL(".", CASES)), {
    cache: "no-store",
  });
  if (!answer.ok) throw await answerError(answer);
  return answer.json();
}

/**
 * Return whether an error says that nothing is taken in here at all.
 *
 * @param {unknown} error
 */
export function isClosed(error) {
  if (!(error instanceof AnswerError)) return false;
  return error.refusal === null ? NOBODY.includes(error.status) : error.refusal.code === "form-closed";
}

/**
 * Return degrees east and north, or null where a text says no place.
 *
 * @param {string} text
 * @returns {[number, number] | null}
 */
export function placeOf(text) {
  const found = PLACE.exec(text);
  const [east, north] = [Number(found?.[1]), Number(found?.[2])];
  return found !== null && Math.abs(east) <= 180 && Math.abs(north) <= 90 ? [east, north] : null;
}

/**
 * Return what a link to this page says of a request: `#at=116.7,39.5&about=…&text=…&wish=remove`.
 *
 * @param {string} hash
 * @returns {Partial<Draft>}
 */
export function linked(hash) {
  const told = new URLSearchParams(hash.slice(1));
  /** @type {[keyof Draft, string | null][]} */
  const all = [
    ["place", told.get("at")],
    ["about", told.get("about")],
    ["text", told.get("text")],
    ["wish", told.get("wish")],
    ["ground", told.get("ground")],
  ];
  return Object.fromEntries(all.filter(([, value]) => value !== null));
}

/**
 * Keep what is written until the tab is closed; null forgets it.
 *
 * @param {Draft | null} draft
 */
export function keepDraft(draft) {
  try {
    if (draft === null) sessionStorage.removeItem(DRAFT);
    else sessionStorage.setItem(DRAFT, JSON.stringify(draft));
  } catch {
    // nothing is kept, and the form holds it until the page is left
  }
}

/** @returns {Partial<Draft> | null} */
export function keptDraft() {
  try {
    return JSON.parse(sessionStorage.getItem(DRAFT) ?? "null");
  } catch {
    return null;
  }
}
