/**
 * How fresh a product is. Article 12 of the Measures asks for an update of every data set at least once a year.
 *
 * @typedef {typeof FRESHNESS[number]} Freshness
 */

/** @import { Language } from "./words.mjs" */
import { say } from "./words.mjs";

export const FRESHNESS = /** @type {const} */ (["fresh", "due", "stale", "undated"]);

/** Days without an update after which article 12 is broken. */
export const STALE_DAYS = 365;
/** Days without an update after which the yearly update is nearly due. */
export const DUE_DAYS = 300;

const DAY_MS = 86_400_000;

/**
 * Return the whole days since an update, or null where the date says nothing.
 *
 * @param {string | null} updated RFC 3339.
 * @param {number} now Milliseconds since the epoch.
 */
export function ageInDays(updated, now) {
  const then = updated ? Date.parse(updated) : Number.NaN;
  return Number.isNaN(then) ? null : Math.max(0, Math.floor((now - then) / DAY_MS));
}

/**
 * @param {number | null} days
 * @returns {Freshness}
 */
export function freshness(days) {
  if (days === null) return "undated";
  if (days > STALE_DAYS) return "stale";
  return days > DUE_DAYS ? "due" : "fresh";
}

/**
 * Return when a product's data was last true: when its release came, or the end of the time it speaks of where that is
 * earlier. A new release of old data is no update (article 12).
 *
 * @param {any} collection STAC Collection.
 * @returns {string | null} RFC 3339.
 */
export function dataDate(collection) {
  const known = [collection.updated, collection.extent?.temporal?.interval?.[0]?.[1]];
  const dates = known.filter((each) => typeof each === "string" && !Number.isNaN(Date.parse(each)));
  return dates.sort((one, other) => Date.parse(one) - Date.parse(other))[0] ?? null;
}

/**
 * Return the words for an age.
 *
 * @param {Language} language
 * @param {number | null} days
 */
export function freshnessText(language, days) {
  if (days === null) return say(language, "undated");
  if (days > STALE_DAYS) return say(language, "stale", { days });
  if (days > DUE_DAYS) return say(language, "soonStale", { days });
  if (days > 1) return say(language, "daysAgo", { days });
  return say(language, days === 1 ? "yesterday" : "today");
}
