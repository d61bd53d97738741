/** What went wrong, in words for people. */

/** @import { Language } from "./words.mjs" */
import { say } from "./words.mjs";

/** A document that could not be had; `status` is the answer's HTTP status. */
export class AnswerError extends Error {
  /** @param {string} url @param {number} status */
  constructor(url, status) {
    super(`${url}: HTTP ${status}`);
    this.status = status;
  }
}

/**
 * Return why something could not be loaded.
 *
 * @param {Language} language
 * @param {unknown} error
 */
export function reason(language, error) {
  const status = statusOf(error);
  if (status !== null) return say(language, "notFound", { status });
  // `fetch` rejects with a TypeError when there was no answer at all
  return say(language, error instanceof TypeError ? "unreachable" : "unreadable");
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
