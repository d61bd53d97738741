/** An answer as a table: typed columns, a page of rows at a time. */

/** @import { Language } from "../words.mjs" */
/** @import { Format } from "./service.mjs" */
import { make } from "../dom.mjs";
import { fill, htmlLanguage } from "../words.mjs";
import { QUERY_TEXTS } from "./words.mjs";

/** @typedef {"number" | "text" | "truth" | "geometry" | "nested" | "nothing"} Kind */
/** @typedef {{name: string, kind: Kind}} Column */

export const PAGE_ROWS = 50;
/** Characters of a value that a cell shows: outlines of provinces have thousands. */
const CELL = 160;
const WKT = /^(MULTI)?(POINT|LINESTRING|POLYGON)( Z| M| ZM)? ?(\(|EMPTY)|^GEOMETRYCOLLECTION/;

/**
 * Return the columns of an answer, and what is in each.
 *
 * @param {Record<string, unknown>[]} rows
 * @returns {Column[]}
 */
export function columnsOf(rows) {
  return Object.keys(rows[0] ?? {}).map((name) => {
    const kinds = new Set(rows.map((row) => kindOf(row[name])).filter((kind) => kind !== "nothing"));
    const [only = "nothing"] = kinds;
    return { name, kind: kinds.size > 1 ? "text" : only };
  });
}

/** @param {unknown} value @returns {Kind} */
function kindOf(value) {
  if (value === null || value === undefined) return "nothing";
  if (typeof value === "number") return "number";
  if (typeof value === "boolean") return "truth";
  if (typeof value === "object") return "nested";
  return WKT.test(String(value)) ? "geometry" : "text";
}

/**
 * Return a page of rows, with buttons for the others.
 *
 * @param {Record<string, unknown>[]} rows
 * @param {Column[]} columns
 * @param {number} page From 0.
 * @param {Language} language
 * @param {(page: number) => void} turn
 */
export function tablePage(rows, columns, page, language, turn) {
  const first = page * PAGE_ROWS;
  const shown = rows.slice(first, first + PAGE_ROWS);
  const words = (/** @type {keyof typeof QUERY_TEXTS} */ key) => fill(QUERY_TEXTS[key], language);
  const heads = columns.map(({ name, kind }) =>
    make("th", { scope: "col", class: kind }, name, make("span", { class: "kind" }, words(kind))),
  );
  const lines = shown.map((row) =>
    make("tr", {}, ...columns.map(({ name, kind }) => cell(row[name], kind, language))),
  );
  const table = make(
    "table",
    { class: "answer" },
    make("caption", { class: "unseen" }, words("result")),
    make("thead", {}, make("tr", {}, ...heads)),
    make("tbody", {}, ...lines),
  );
  const scroll = make("div", { class: "answer-scroll", tabindex: "0", role: "group" }, table);
  scroll.setAttribute("aria-label", words("result"));
  return rows.length <= PAGE_ROWS ? [scroll] : [scroll, pager(rows.length, page, language, turn)];
}

/**
 * @param {number} count
 * @param {number} page
 * @param {Language} language
 * @param {(page: number) => void} turn
 */
function pager(count, page, language, turn) {
  const first = page * PAGE_ROWS + 1;
  const last = Math.min(count, first + PAGE_ROWS - 1);
  const format = new Intl.NumberFormat(htmlLanguage(language));
  const values = { first: format.format(first), last: format.format(last), count: format.format(count) };
  const step = (
    /** @type {"earlier" | "later"} */ key,
    /** @type {number} */ to,
    /** @type {boolean} */ there,
  ) => {
    const one = make(
      "button",
      { type: "button", class: "copy", id: `page-${key}` },
      fill(QUERY_TEXTS[key], language),
    );
    one.disabled = !there;
    one.addEventListener("click", () => turn(to));
    return one;
  };
  const where = make("span", { role: "status" }, fill(QUERY_TEXTS.pageOf, language, values));
  const parts = [step("earlier", page - 1, page > 0), where, step("later", page + 1, last < count)];
  return make("p", { class: "pager" }, ...parts);
}

/**
 * @param {unknown} value
 * @param {Kind} kind
 * @param {Language} language
 */
function cell(value, kind, language) {
  if (value === null || value === undefined)
    return make("td", { class: `${kind} null` }, fill(QUERY_TEXTS.nothing, language));
  const whole = typeof value === "object" ? JSON.stringify(value) : String(value);
  const shown = whole.length > CELL ? `${whole.slice(0, CELL)}…` : whole;
  return make("td", { class: kind }, shown);
}

/**
 * Return buttons that save an answer in each format that it can be had in.
 *
 * @param {Format[]} formats
 * @param {Language} language
 * @param {(format: Format) => void} save
 */
export function saveButtons(formats, language, save) {
  return formats.map((format) => {
    const one = make("button", { type: "button", class: "copy" }, format.toUpperCase());
    one.setAttribute("aria-label", fill(QUERY_TEXTS.saveAs, language, { format: format.toUpperCase() }));
    one.addEventListener("click", () => save(format));
    return one;
  });
}
