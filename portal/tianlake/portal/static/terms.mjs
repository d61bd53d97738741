/** The page of the terms of service: `terms.json` of the node, in both languages side by side. */

/** @import { Language, Text } from "./words.mjs" */
import { readJson } from "./catalog.mjs";
import { byId, make } from "./dom.mjs";
import { BASE, Sheet } from "./sheet.mjs";
import { htmlLanguage, say } from "./words.mjs";

const HEADING = "## ";

/** @type {{version: string, grace_days: number, title: Text, text: Text} | null} */
let terms = null;

/** @param {Language} language */
function render(language) {
  if (terms === null) return;
  const { version, grace_days: days } = terms;
  const held = say(language, "termsVersion", { version });
  byId("sheet-lead").textContent = `${held} ${say(language, "termsGrace", { days })}`;
  const order = language === "zh" ? /** @type {const} */ (["zh", "en"]) : /** @type {const} */ (["en", "zh"]);
  byId("sheet").replaceChildren(
    ...order.map((each) => side(terms?.title[each] ?? "", terms?.text[each] ?? "", each)),
  );
}

/**
 * @param {string} title
 * @param {string} text Paragraphs with empty lines between; one that starts with `## ` is a heading.
 * @param {Language} language
 */
function side(title, text, language) {
  const paragraphs = text.split(/\n\s*\n/).flatMap((paragraph) => paragraphOf(paragraph.trim()));
  return make(
    "article",
    { class: "side", lang: htmlLanguage(language) },
    make("h2", {}, title),
    ...paragraphs,
  );
}

/** @param {string} paragraph */
function paragraphOf(paragraph) {
  if (!paragraph.startsWith(HEADING)) return paragraph === "" ? [] : [make("p", {}, paragraph)];
  const [heading = "", ...rest] = paragraph.split("\n");
  const below = rest.join("\n").trim();
  return [make("h3", {}, heading.slice(HEADING.length)), ...(below === "" ? [] : [make("p", {}, below)])];
}

async function read() {
  terms = await readJson(new URL("terms.json", BASE));
}

await new Sheet({ title: "terms", read, render }).run();
