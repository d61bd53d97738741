/** What stands beside the editor: examples, the views and their columns, and how to ask without `/sql`. */

/** @import { Language } from "../words.mjs" */
/** @import { View } from "./views.mjs" */
import { make } from "../dom.mjs";
import { copyCode } from "../secrets.mjs";
import { fill, say } from "../words.mjs";
import { examplesOf } from "./views.mjs";
import { QUERY_TEXTS } from "./words.mjs";

const MOST_EXAMPLES = 12;

/**
 * @param {View[]} views
 * @param {Language} language
 * @param {(statement: string) => void} take
 */
export function exampleMenu(views, language, take) {
  return views
    .flatMap(examplesOf)
    .slice(0, MOST_EXAMPLES)
    .map(({ title, statement }) => {
      const one = make("button", { type: "button", class: "plain", title: statement }, title[language]);
      one.addEventListener("click", () => take(statement));
      return make("li", {}, one);
    });
}

/**
 * @param {View[]} views
 * @param {Language} language
 * @param {((name: string) => void) | null} insert Null where there is no editor to write into.
 */
export function viewList(views, language, insert) {
  if (views.length === 0) return [make("p", { class: "quiet" }, fill(QUERY_TEXTS.noViews, language))];
  return views.map((view) => viewPart(view, language, insert));
}

/**
 * @param {View} view
 * @param {Language} language
 * @param {((name: string) => void) | null} insert
 */
function viewPart({ name, title, columns, beside }, language, insert) {
  const summary = make("summary", {}, make("code", {}, name), " ", title[language]);
  const part = make("details", { class: "view" }, summary);
  if (insert !== null) part.append(make("p", {}, nameButton(name, language, insert)));
  if (columns === null)
    part.append(make("p", { class: "quiet" }, fill(QUERY_TEXTS.columnsUnknown, language)));
  else {
    const rows = columns.map((column) => {
      const head =
        insert === null ? make("code", {}, column.name) : nameButton(column.name, language, insert);
      return make(
        "li",
        {},
        head,
        make("span", { class: "quiet" }, column.type),
        make("span", { class: "quiet" }, column.description),
      );
    });
    part.append(make("ul", { class: "columns" }, ...rows));
  }
  if (beside.length) {
    const list = beside
      .map((each) => (each === name ? `${each}(west, south, east, north)` : each))
      .join(", ");
    part.append(make("p", { class: "quiet" }, fill(QUERY_TEXTS.alsoThere, language, { list })));
  }
  return part;
}

/**
 * @param {string} name
 * @param {Language} language
 * @param {(name: string) => void} insert
 */
function nameButton(name, language, insert) {
  const one = make("button", { type: "button", class: "plain name" }, name);
  one.setAttribute("aria-label", fill(QUERY_TEXTS.insertName, language, { name }));
  one.addEventListener("click", () => insert(name));
  return one;
}

/**
 * Return the lines by which a DuckDB of the visitor's own has the same views.
 *
 * @param {URL} base
 * @param {Language} language
 */
export function ownTools(base, language) {
  const address = new URL("lake.sql", base).href;
  const lines = [
    ["DuckDB", `duckdb -cmd "$(curl -s ${address})"`],
    ["Python", `connection.execute(urllib.request.urlopen("${address}").read().decode())`],
  ];
  return lines.map(([what = "", line = ""]) => {
    const code = make(
      "code",
      { tabindex: "0", role: "textbox", "aria-readonly": "true", "aria-label": what },
      line,
    );
    const copy = make("button", { type: "button", class: "copy" }, say(language, "copy"));
    copy.setAttribute("aria-label", say(language, "copyOf", { what }));
    copy.addEventListener("click", () => void copyCode(code, language));
    return make("div", { class: "snippet" }, make("p", { class: "snippet-name" }, what), code, copy);
  });
}
