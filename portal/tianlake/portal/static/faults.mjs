/** What went wrong, in words for people. */

/** @import { Language, Text } from "./words.mjs" */
import { make, webAddress } from "./dom.mjs";
import { say } from "./words.mjs";

const BASE = new URL("../", import.meta.url);
/** @type {Record<string, string>} */
const SHEETS = { "portal/": "account.html", "quotas.json": "quotas.html", "terms.json": "terms.html" };

/**
 * @typedef {object} Refusal What a server says of its own accord when it does not give what it was asked for.
 * @property {string} code Stable over versions.
 * @property {Text | null} message
 * @property {Text | null} rule What else there is to know of it, such as what is wrong with a field.
 * @property {Text | null} resolve What to do about it.
 * @property {string | null} seen What the server saw of the visitor: host, address, the end of a key.
 * @property {string | null} hint Address of a page that says more.
 */

/** An answer that is not what was asked for; `status` is its HTTP status. */
export class AnswerError extends Error {
  /**
   * @param {string} url
   * @param {number} status
   * @param {Refusal | null} [refusal]
   * @param {number | null} [retryAfter] Seconds after which it is worth asking again.
   */
  constructor(url, status, refusal = null, retryAfter = null) {
    super(`${url}: HTTP ${status}`);
    this.status = status;
    this.refusal = refusal;
    this.retryAfter = retryAfter;
  }
}

/**
 * Return the error that an answer tells of.
 *
 * @param {Response} answer
 */
export async function answerError(answer) {
  const seconds = Number.parseInt(answer.headers.get("retry-after") ?? "", 10);
  const body = await answer.json().catch(() => null); // pages of proxies say nothing that we could tell
  const retryAfter = Number.isNaN(seconds) ? null : seconds;
  return new AnswerError(answer.url, answer.status, refusalOf(body), retryAfter);
}

/**
 * @param {any} body Of our own servers, or in the words of today's Tianditu: `msg` in Chinese only.
 * @returns {Refusal | null}
 */
function refusalOf(body) {
  const message = bilingual(body?.message ?? body?.msg ?? body?.status?.cndesc);
  if (message === null) return null;
  return {
    code: String(body.code ?? ""),
    message,
    rule: bilingual(body.rule),
    resolve: bilingual(body.resolve),
    seen: seenText(body.seen),
    hint: hintPage(body.hint),
  };
}

/**
 * Return the page that a hint leads to: people get pages for the documents that programs are sent to.
 *
 * @param {unknown} hint Relative to the node's base, or absolute.
 */
function hintPage(hint) {
  const url = webAddress(hint, BASE);
  const sheet = url === null ? undefined : SHEETS[url.slice(BASE.href.length)];
  return sheet !== undefined && url?.startsWith(BASE.href) ? new URL(sheet, import.meta.url).href : url;
}

/**
 * @param {any} value
 * @returns {Text | null}
 */
function bilingual(value) {
  if (typeof value === "string" && value !== "") return { zh: value, en: value };
  return typeof value?.zh === "string" && typeof value?.en === "string"
    ? { zh: value.zh, en: value.en }
    : null;
}

/** @param {any} value */
function seenText(value) {
  if (value === null || typeof value !== "object") return value ? String(value) : null;
  const told = Object.entries(value).filter(([, each]) => each !== null && each !== "");
  return told.map(([name, each]) => `${name}: ${each}`).join(", ") || null;
}

/**
 * Return why something could not be loaded.
 *
 * @param {Language} language
 * @param {unknown} error
 */
export function reason(language, error) {
  if (error instanceof AnswerError && error.refusal) return refusalText(language, error, error.refusal);
  const status = statusOf(error);
  if (status !== null) return say(language, status === 404 ? "notFound" : "answered", { status });
  // `fetch` rejects with a TypeError when there was no answer at all
  return say(language, error instanceof TypeError ? "unreachable" : "unreadable");
}

/**
 * @param {Language} language
 * @param {AnswerError} error
 * @param {Refusal} refusal
 */
function refusalText(language, error, { message, rule, resolve, seen }) {
  const parts = [message?.[language], rule?.[language], resolve?.[language]];
  if (seen !== null) parts.push(say(language, "seen", { seen }));
  if (error.retryAfter !== null && rule === null)
    parts.push(say(language, "retryAfter", { wait: span(language, error.retryAfter) }));
  parts.push(say(language, "httpStatus", { status: error.status }));
  return parts.filter(Boolean).join(" ");
}

/**
 * Return a span of time in the largest unit that fits.
 *
 * @param {Language} language
 * @param {number} seconds
 */
function span(language, seconds) {
  if (seconds < 120) return say(language, "seconds", { count: Math.max(1, Math.ceil(seconds)) });
  if (seconds < 7200) return say(language, "minutes", { count: Math.ceil(seconds / 60) });
  return say(language, "hours", { count: Math.ceil(seconds / 3600) });
}

/**
 * Return a paragraph that tells of an error, with the server's own address of more where it gave one.
 *
 * @param {Language} language
 * @param {"noProduct" | "noTiles" | "noDownload" | "noPlaces" | "failed"} key
 * @param {unknown} error
 */
export function faultNote(language, key, error) {
  const note = make("p", { class: "fault" }, say(language, key, { reason: reason(language, error) }));
  const hint = error instanceof AnswerError ? (error.refusal?.hint ?? null) : null;
  if (hint !== null) note.append(" ", make("a", { href: hint }, say(language, "more")));
  return note;
}

/**
 * @param {unknown} error
 * @returns {number | null}
 */
function statusOf(error) {
  if (error instanceof AnswerError) return error.status;
  // pmtiles tells the status in its message only
  const told = error instanceof Error ? /^Bad response code: (\d{3})$/.exec(error.message) : null;
  return told ? Number(told[1]) : null;
}
