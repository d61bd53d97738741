/** What can be chosen among in the catalog, with how many there are of each. */

/** @import { Access } from "../catalog.mjs" */
/** @import { Language, TextKey } from "../words.mjs" */
/** @import { Freshness } from "../freshness.mjs" */
/** @import { Chosen, Facet } from "./question.mjs" */
/** @import { CatalogRecord } from "./records.mjs" */
import { accessName } from "../access.mjs";
import { className } from "../cards.mjs";
import { classOf, classRank } from "../catalog.mjs";
import { make } from "../dom.mjs";
import { say } from "../words.mjs";
import { FACETS } from "./question.mjs";

/** @type {Record<Facet, TextKey>} */
const TITLES = { class: "facetClass", node: "facetNode", access: "facetAccess", fresh: "facetFresh" };
/** @type {Record<Freshness, TextKey>} */
const FRESH = { fresh: "freshFresh", due: "freshDue", stale: "freshStale", undated: "freshUndated" };

/**
 * @typedef {object} Choice
 * @property {Record<Facet, Map<string, number>>} counts
 * @property {Chosen} chosen
 * @property {CatalogRecord[]} records
 */

/**
 * Show what can be chosen; the focus stays where it was.
 *
 * @param {HTMLElement} place
 * @param {Choice} choice
 * @param {Language} language
 * @param {(facet: Facet, value: string) => void} onChoice
 */
export function renderFacets(place, { counts, chosen, records }, language, onChoice) {
  const focused = document.activeElement?.id ?? "";
  const names = new Map(records.map(({ node, nodeName }) => [node, nodeName]));
  const sets = FACETS.map((facet) => {
    /** @type {string[]} */
    const wanted = chosen[facet];
    const values = [...new Set([...counts[facet].keys(), ...wanted])].sort(order(facet));
    const rows = values.map((value) => {
      const id = `facet-${facet}-${value}`;
      const box = make("input", { type: "checkbox", id });
      box.checked = wanted.includes(value);
      box.addEventListener("change", () => onChoice(facet, value));
      const count = make("span", { class: "quiet" }, `（${counts[facet].get(value) ?? 0}）`);
      return make(
        "li",
        {},
        make("label", { class: "toggle" }, box, nameOf(facet, value, names, language), count),
      );
    });
    const legend = make("legend", {}, say(language, TITLES[facet]));
    return make("fieldset", { class: "facet", id: `facet-${facet}` }, legend, make("ul", {}, ...rows));
  });
  place.replaceChildren(...sets);
  if (focused.startsWith("facet-")) document.getElementById(focused)?.focus();
}

/**
 * @param {Facet} facet
 * @returns {(one: string, other: string) => number}
 */
function order(facet) {
  if (facet === "class") {
    const rank = (/** @type {string} */ value) => classRank({ productClass: classOf(value) });
    return (one, other) => rank(one) - rank(other);
  }
  return (one, other) => one.localeCompare(other);
}

/**
 * @param {Facet} facet
 * @param {string} value
 * @param {Map<string, string>} names Of nodes.
 * @param {Language} language
 */
function nameOf(facet, value, names, language) {
  if (facet === "node") return names.get(value) ?? value;
  if (facet === "access") return accessName(/** @type {Access} */ (value), language);
  if (facet === "fresh") return say(language, FRESH[/** @type {Freshness} */ (value)]);
  return className(classOf(value), language) ?? say(language, "classOther");
}
