/** What of the catalog fits a question, how many of each kind there are, and in what order they come. Pure. */

/** @import { Bounds } from "../catalog.mjs" */
/** @import { Chosen, Facet, Kinds, Question } from "./question.mjs" */
/** @import { CatalogRecord } from "./records.mjs" */
import { classRank } from "../catalog.mjs";
import { ageInDays, freshness } from "../freshness.mjs";
import { FACETS } from "./question.mjs";
import { plain } from "./records.mjs";

const HAN = /^\p{Script=Han}+$/u;
const DAY_MS = 86_400_000;

/**
 * Return how well a record fits a text: 0 not at all, more where its title has it. As the STAC API has it (docs/stac.md):
 * terms are parted by commas, one of which is enough; a Chinese one may be cut into words of two characters or more.
 *
 * @param {CatalogRecord} record
 * @param {string} text
 */
export function fits({ words }, text) {
  const terms = plain(text)
    .split(",")
    .map((term) => term.trim())
    .filter((term) => term !== "");
  if (terms.length === 0) return 1;
  return Math.max(...terms.map((term) => fitsTerm(words, term)));
}

/**
 * @param {string[]} words
 * @param {string} term
 */
function fitsTerm(words, term) {
  const place = words.findIndex((text) => text.includes(term));
  if (place >= 0) return words.length - place + 1;
  return HAN.test(term) && canBeCut(term, words.join("\n")) ? 1 : 0;
}

/**
 * @param {string} term
 * @param {string} text
 */
function canBeCut(term, text) {
  const reached = new Set([0]);
  for (let end = 2; end <= term.length; end += 1) {
    for (let start = 0; start <= end - 2; start += 1)
      if (reached.has(start) && text.includes(term.slice(start, end))) reached.add(end);
  }
  return reached.has(term.length);
}

/**
 * Return whether a record fits text, area and time, which a server looks at where there is one.
 *
 * @param {CatalogRecord} record
 * @param {Question} question
 */
export function fitsAll(record, { text, box, from, until }) {
  const [start, end] = record.span;
  const [since, before] = [
    from ? Date.parse(from) : -Infinity,
    until ? Date.parse(until) + DAY_MS - 1 : Infinity,
  ];
  if (start > before || end < since) return false;
  return fits(record, text) > 0 && (box === null || (record.bounds !== null && touch(record.bounds, box)));
}

/**
 * @param {Bounds} one May cross the antimeridian: its west lies east of its east.
 * @param {Bounds} other
 */
function touch(one, other) {
  const across = halves(one).some(([west, east]) =>
    halves(other).some(([from, to]) => west <= to && east >= from),
  );
  return across && one[1] <= other[3] && one[3] >= other[1];
}

/**
 * @param {Bounds} box
 * @returns {[number, number][]}
 */
function halves([west, , east]) {
  return west <= east
    ? [[west, east]]
    : [
        [west, 180],
        [-180, east],
      ];
}

/**
 * Return what a record is of each kind that can be chosen among.
 *
 * @param {CatalogRecord} record
 * @param {number} now Milliseconds since the epoch.
 * @returns {Kinds}
 */
export function kindsOf({ productClass, node, access, updated }, now) {
  return { class: productClass ?? "other", node, access, fresh: freshness(ageInDays(updated, now)) };
}

/**
 * Return the records that were chosen, and of each kind how many there would be if it were chosen too.
 *
 * @param {CatalogRecord[]} records
 * @param {Chosen} chosen
 * @param {number} now
 */
export function choose(records, chosen, now) {
  const counts = /** @type {Record<Facet, Map<string, number>>} */ (
    Object.fromEntries(FACETS.map((facet) => [facet, new Map()]))
  );
  const found = records.filter((record) => {
    const kinds = kindsOf(record, now);
    const missed = FACETS.filter((facet) => {
      const wanted = /** @type {string[]} */ (chosen[facet]);
      return wanted.length > 0 && !wanted.includes(kinds[facet]);
    });
    for (const facet of FACETS) {
      if (missed.every((each) => each === facet))
        counts[facet].set(kinds[facet], (counts[facet].get(kinds[facet]) ?? 0) + 1);
    }
    return missed.length === 0;
  });
  return { found, counts };
}

/**
 * Return records in an order; `fit` leaves them as the source of records had them, best first.
 *
 * @param {CatalogRecord[]} records
 * @param {Question["sort"]} sort
 * @param {import("../words.mjs").Language} language
 */
export function ordered(records, sort, language) {
  const newest = (/** @type {CatalogRecord} */ each) => (each.updated ? Date.parse(each.updated) : 0);
  const rank = (/** @type {CatalogRecord} */ { productClass }) => classRank({ productClass });
  const title = new Intl.Collator(language === "zh" ? "zh-CN" : "en").compare;
  /** @type {Record<Question["sort"], (one: CatalogRecord, other: CatalogRecord) => number>} */
  const orders = {
    fit: () => 0,
    updated: (one, other) => newest(other) - newest(one),
    title: (one, other) => title(one.title[language], other.title[language]),
    class: (one, other) => rank(one) - rank(other) || one.node.localeCompare(other.node),
    node: (one, other) => one.node.localeCompare(other.node) || rank(one) - rank(other),
  };
  return [...records].sort(orders[sort]);
}
