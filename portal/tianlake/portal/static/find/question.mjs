/**
 * What somebody looks for in the catalog, and the query string that says the same: `?q=影像&class=imagery&page=2`.
 *
 * @typedef {object} Kinds What a record is of each kind that can be chosen among.
 * @property {ProductClass | "other"} class
 * @property {string} node
 * @property {Access} access
 * @property {Freshness} fresh
 *
 * @typedef {keyof Kinds} Facet
 * @typedef {{[Each in Facet]: Kinds[Each][]}} Chosen
 *
 * @typedef {object} Question
 * @property {string} text
 * @property {Bounds | null} box Degrees.
 * @property {string} from First day, `2020-01-31`; empty where any.
 * @property {string} until Last day.
 * @property {Chosen} chosen
 * @property {"fit" | "updated" | "title" | "class" | "node"} sort
 * @property {number} page From 1.
 */

/** @import { Access, Bounds, ProductClass } from "../catalog.mjs" */
/** @import { Freshness } from "../freshness.mjs" */
import { ACCESS, CLASSES } from "../catalog.mjs";
import { FRESHNESS } from "../freshness.mjs";

/** @type {Facet[]} */
export const FACETS = ["class", "node", "access", "fresh"];
/** @type {Question["sort"][]} */
export const SORTS = ["fit", "updated", "title", "class", "node"];
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const NODE = /^156\d{6}$/;

/** What there is of each kind. @type {{[Each in Facet]: (value: string) => boolean}} */
const KNOWN = {
  class: (value) => value === "other" || CLASSES.some((each) => each === value),
  node: (value) => NODE.test(value),
  access: (value) => ACCESS.some((each) => each === value),
  fresh: (value) => FRESHNESS.some((each) => each === value),
};
const LONGEST = 200;

/**
 * Return the question of a query string; what is wrong in it is left out.
 *
 * @param {string} query
 * @returns {Question}
 */
export function readQuestion(query) {
  const given = new URLSearchParams(query);
  const told = (/** @type {string} */ name) => given.get(name) ?? "";
  const day = (/** @type {string} */ name) => (isDay(told(name)) ? told(name) : "");
  const page = Number(told("page"));
  return {
    text: told("q").slice(0, LONGEST),
    box: readBox(told("bbox")),
    ...{ from: day("from"), until: day("until") },
    chosen: /** @type {Chosen} */ (
      Object.fromEntries(FACETS.map((facet) => [facet, told(facet).split(",").filter(KNOWN[facet])]))
    ),
    sort: SORTS.find((each) => each === told("sort")) ?? "fit",
    page: Number.isInteger(page) && page > 0 ? page : 1,
  };
}

/**
 * Return the query string of a question, with its question mark; empty for the question of everything.
 *
 * @param {Question} question
 */
export function writeQuestion({ text, box, from, until, chosen, sort, page }) {
  /** @type {[string, string][]} */
  const all = [
    ["q", text.trim()],
    ["bbox", box?.map((edge) => Number(edge.toFixed(4))).join(",") ?? ""],
    ["from", from],
    ["until", until],
    ...FACETS.map((facet) => /** @type {[string, string]} */ ([facet, chosen[facet].join(",")])),
    ["sort", sort === "fit" ? "" : sort],
    ["page", page > 1 ? String(page) : ""],
  ];
  const query = new URLSearchParams(all.filter(([, value]) => value !== "")).toString();
  return query && `?${query.replaceAll("%2C", ",")}`;
}

/**
 * Return the box that four numbers make, or null.
 *
 * @param {string} text `west,south,east,north`, degrees.
 * @returns {Bounds | null}
 */
export function readBox(text) {
  const parts = text.split(",");
  const edges = parts.map((each) => (each.trim() === "" ? Number.NaN : Number(each)));
  if (edges.length !== 4 || !edges.every(Number.isFinite)) return null;
  const [west = 0, south = 0, east = 0, north = 0] = edges;
  const sound =
    Math.abs(west) <= 180 && Math.abs(east) <= 180 && south >= -90 && north <= 90 && south <= north;
  return sound ? [west, south, east, north] : null;
}

/**
 * Return that nothing is chosen.
 *
 * @returns {Chosen}
 */
export function noneChosen() {
  return { class: [], node: [], access: [], fresh: [] };
}

/** @param {string} text */
function isDay(text) {
  return DAY.test(text) && !Number.isNaN(Date.parse(text));
}
