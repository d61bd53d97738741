/** Looking for places by kind: chosen from a list where the node's own places say which kinds there are, else written. */

/** @import { Entry } from "../entries.mjs" */
/** @import { TextKey } from "../words.mjs" */
import { list, readJson } from "../catalog.mjs";
import { make } from "../dom.mjs";

/** The column of places that tells what each one is. */
const COLUMN = "type";

/**
 * Return the kinds that the node's places are of, as their quality reports list them; none where there are too many to
 * choose from, or where a report cannot be read.
 *
 * @param {Entry[]} entries
 * @param {URL} base The node's folder.
 * @returns {Promise<string[]>}
 */
export async function kindsOf(entries, base) {
  const reports = entries.flatMap(({ product }) =>
    product?.productClass === "place" && product.version !== null
      ? [new URL(`releases/${product.name}/${product.version}/quality.json`, base)]
      : [],
  );
  const found = await Promise.all(reports.map(listed)).catch(() => []);
  if (found.some((kinds) => kinds.length === 0)) return []; // a list with gaps would hide places
  return [...new Set(found.flat())].sort(new Intl.Collator("zh-CN").compare);
}

/**
 * @param {URL} report
 * @returns {Promise<string[]>}
 */
async function listed(report) {
  const { columns } = await readJson(report);
  return list(list(columns).find(({ name }) => name === COLUMN)?.values).map(String);
}

/**
 * Return the part that looks for places of a kind; what there is to choose from is read when it is unfolded.
 *
 * @param {() => Promise<string[]>} read
 * @param {(key: TextKey) => string} words
 * @param {(kinds: string, inView: boolean) => void} search
 */
export function kindsPart(read, words, search) {
  const details = make("details", {}, make("summary", {}, words("byKind")));
  const view = make("input", { id: "place-view", type: "checkbox" });
  view.checked = true;
  details.addEventListener(
    "toggle",
    async () => {
      const kinds = await read();
      const field = kinds.length
        ? make("select", { id: "place-kind" }, ...kinds.map((value) => make("option", { value }, value)))
        : make("input", { id: "place-kind", type: "text", maxlength: "100" });
      const form = make(
        "form",
        { class: "place-form" },
        make("label", { for: "place-kind" }, words(kinds.length ? "kindChoice" : "kindText")),
        make("div", { class: "place-row" }, field, make("button", { class: "action" }, words("search"))),
        make("label", { class: "toggle small" }, view, words("inView")),
      );
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        const wanted = field.value.trim();
        if (wanted) search(wanted, view.checked);
      });
      details.append(form);
    },
    { once: true },
  );
  return details;
}
