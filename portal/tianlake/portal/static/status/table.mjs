/** What all parts of the page of status are made with: its words, times and tables. */

/** @import { Language } from "../words.mjs" */
import { make } from "../dom.mjs";
import { fill, htmlLanguage } from "../words.mjs";
import { STATUS_TEXTS } from "./words.mjs";

/**
 * Return what says the page's texts in a language.
 *
 * @param {Language} language
 * @returns {(key: keyof typeof STATUS_TEXTS, values?: Record<string, string | number>) => string}
 */
export function speaker(language) {
  return (key, values) => fill(STATUS_TEXTS[key], language, values);
}

/**
 * Return a time as people read it.
 *
 * @param {string} time RFC 3339.
 * @param {Language} language
 */
export function moment(time, language) {
  return new Date(time).toLocaleString(htmlLanguage(language), { dateStyle: "medium", timeStyle: "short" });
}

/**
 * Return the day of a time as people read it: of UTC, in which catalogs write that data is of a day's last second.
 *
 * @param {string} time RFC 3339.
 * @param {Language} language
 */
export function day(time, language) {
  return new Date(time).toLocaleDateString(htmlLanguage(language), { dateStyle: "medium", timeZone: "UTC" });
}

/**
 * Return a table that may be wider than the page.
 *
 * @param {string} caption
 * @param {string[]} heads
 * @param {(Node | string)[][]} rows
 */
export function table(caption, heads, rows) {
  const lines = rows.map(([first = "", ...rest]) =>
    make("tr", {}, make("th", { scope: "row" }, first), ...rest.map((each) => make("td", {}, each))),
  );
  const scroll = make(
    "div",
    { class: "wide-table", tabindex: "0", role: "group", "aria-label": caption },
    make(
      "table",
      { class: "figures" },
      make("caption", { class: "unseen" }, caption),
      make("thead", {}, make("tr", {}, ...heads.map((each) => make("th", { scope: "col" }, each)))),
      make("tbody", {}, ...lines),
    ),
  );
  return scroll;
}
