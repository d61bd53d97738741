/** What parts of the page of a product have in common. */

/** @import { Language, TextKey } from "../words.mjs" */
import { make } from "../dom.mjs";
import { say } from "../words.mjs";

/**
 * Return a part of the page with its heading.
 *
 * @param {string} id
 * @param {TextKey} title
 * @param {Language} language
 * @param {...(Node | string)} children
 */
export function section(id, title, language, ...children) {
  const heading = make("h2", { id: `${id}-heading` }, say(language, title));
  return make("section", { class: "notes", id, "aria-labelledby": `${id}-heading` }, heading, ...children);
}

/**
 * Return a list of facts; those that are not known are left out.
 *
 * @param {[string, string | Node | null][]} facts
 */
export function factList(facts) {
  const told = facts.flatMap(([name, value]) =>
    value === null || value === "" ? [] : [make("dt", {}, name), make("dd", {}, value)],
  );
  return make("dl", { class: "facts" }, ...told);
}

/**
 * Return a table that scrolls sideways on its own where it is wider than the page.
 *
 * @param {string} name
 * @param {string[]} head
 * @param {(string | Node)[][]} rows The first cell of each is its heading.
 */
export function table(name, head, rows) {
  const columns = head.map((text) => make("th", { scope: "col" }, text));
  const body = rows.map(([first, ...cells]) =>
    make("tr", {}, make("th", { scope: "row" }, first ?? ""), ...cells.map((cell) => make("td", {}, cell))),
  );
  const made = make(
    "table",
    { class: "plain-table" },
    make("thead", {}, make("tr", {}, ...columns)),
    make("tbody", {}, ...body),
  );
  return make("div", { class: "wide", role: "group", "aria-label": name, tabindex: "0" }, made);
}

/**
 * Return a moment as a day and a time in UTC, as catalogs have it.
 *
 * @param {unknown} moment RFC 3339.
 */
export function when(moment) {
  return String(moment ?? "")
    .replace("T", " ")
    .replace(/(\.\d+)?Z$/, " UTC");
}

/**
 * Return a number with marks between thousands.
 *
 * @param {unknown} value
 * @param {Language} language
 */
export function number(value, language) {
  return Number(value).toLocaleString(language === "zh" ? "zh-CN" : "en");
}

/**
 * Return a size in units that people read.
 *
 * @param {number} bytes
 */
export function size(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  const amount = bytes / 1000 ** power;
  return `${power && amount < 100 ? amount.toFixed(1) : Math.round(amount)} ${units[power]}`;
}
