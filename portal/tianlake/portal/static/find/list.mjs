/** The list of what was found in the catalog, page by page. */

/** @import { Language, TextKey } from "../words.mjs" */
/** @import { Question } from "./question.mjs" */
/** @import { CatalogRecord } from "./records.mjs" */
import { productChips } from "../cards.mjs";
import { make } from "../dom.mjs";
import { htmlLanguage, say } from "../words.mjs";
import { SORTS } from "./question.mjs";

/** Products on a page. */
export const PAGE_SIZE = 20;
/** Pages beside the current one that are offered by number. */
const AROUND = 2;
const LONGEST = 160;

/**
 * @param {CatalogRecord} record
 * @param {Language} language
 * @param {number} now
 */
export function resultItem(record, language, now) {
  const other = language === "zh" ? "en" : "zh";
  const href = new URL(`../product.html?id=${encodeURIComponent(record.id)}`, import.meta.url).href;
  const item = make(
    "li",
    { class: "result", "data-id": record.id },
    make("h3", {}, make("a", { href, lang: htmlLanguage(language) }, record.title[language])),
  );
  if (record.title[other] !== record.title[language])
    item.append(make("p", { class: "other-name", lang: htmlLanguage(other) }, record.title[other]));
  const chips = productChips(record, language, now);
  chips.append(make("span", { class: "chip" }, record.nodeName));
  item.append(chips);
  const about = record.about[language];
  if (about)
    item.append(
      make("p", { class: "quiet" }, about.length > LONGEST ? `${about.slice(0, LONGEST)}……` : about),
    );
  return item;
}

/**
 * @param {HTMLSelectElement} select
 * @param {Question["sort"]} chosen
 * @param {Language} language
 */
export function sortOptions(select, chosen, language) {
  const options = SORTS.map((sort) =>
    make("option", { value: sort }, say(language, /** @type {TextKey} */ (`sort_${sort}`))),
  );
  select.replaceChildren(...options);
  select.value = chosen;
}

/**
 * Show the way to other pages.
 *
 * @param {HTMLElement} nav
 * @param {number} page
 * @param {number} last
 * @param {Language} language
 * @param {(page: number) => void} onPage
 */
export function pager(nav, page, last, language, onPage) {
  nav.hidden = last === 1;
  nav.setAttribute("aria-label", say(language, "pages"));
  const near = Array.from({ length: last }, (_, index) => index + 1).filter(
    (each) => each === 1 || each === last || Math.abs(each - page) <= AROUND,
  );
  const button = (/** @type {number} */ wanted, /** @type {string} */ text, /** @type {string} */ label) => {
    const made = make("button", { type: "button", class: "plain", "aria-label": label }, text);
    if (wanted === page) made.setAttribute("aria-current", "page");
    made.disabled = wanted < 1 || wanted > last;
    made.addEventListener("click", () => onPage(wanted));
    return made;
  };
  const numbers = near.flatMap((each, place) => {
    const gap = place > 0 && each - (near[place - 1] ?? 0) > 1 ? [make("span", {}, "…")] : [];
    return [...gap, button(each, String(each), say(language, "pageNumber", { page: each }))];
  });
  const [before, after] = [say(language, "pageBefore"), say(language, "pageAfter")];
  nav.replaceChildren(button(page - 1, before, before), ...numbers, button(page + 1, after, after));
}
