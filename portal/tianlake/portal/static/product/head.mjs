/** The head of the page of a product: its names, its state in a few words, what it is. */

/** @import { Language } from "../words.mjs" */
/** @import { Subject } from "./read.mjs" */
import { productChips } from "../cards.mjs";
import { make } from "../dom.mjs";
import { htmlLanguage, say } from "../words.mjs";
import { partsOf } from "./record.mjs";

/**
 * @param {Subject} subject
 * @param {Language} language
 */
export function headPart({ found, product, about }, language) {
  const other = language === "zh" ? "en" : "zh";
  const parts = [];
  if (product.title[other] !== product.title[language])
    parts.push(make("p", { class: "other-name", lang: htmlLanguage(other) }, product.title[other]));
  parts.push(productChips(product, language, Date.now()));
  if (product.terms) parts.push(make("p", { class: "terms" }, product.terms[language]));
  const paragraphs = about[language].split(/\n{2,}/).filter((each) => each.trim() !== "");
  parts.push(make("div", { class: "about" }, ...paragraphs.map((each) => make("p", {}, each))));
  if (found.base === null) {
    const code = partsOf(product.id)?.code ?? "";
    parts.push(make("p", { class: "quiet" }, say(language, "copyOfRecord", { code })));
  }
  parts.push(links({ found, product }, language));
  return parts;
}

/**
 * @param {Pick<Subject, "found" | "product">} subject
 * @param {Language} language
 */
function links({ found, product }, language) {
  const all = [];
  if (found.own && product.tiles !== null && product.bounds !== null) {
    const href = new URL("../index.html", import.meta.url);
    href.hash = mapPlace(product.bounds, product.id);
    all.push(make("a", { class: "action", href: href.href }, say(language, "onMap")));
  }
  if (!found.own) {
    const href = new URL(`portal/product.html?id=${product.id}`, found.home).href;
    all.push(make("a", { class: "action", href }, say(language, "atItsNode")));
  }
  return make("p", { class: "actions" }, ...all);
}

/**
 * Return the permalink of the map that shows a product.
 *
 * @param {import("../catalog.mjs").Bounds} bounds
 * @param {string} id
 */
function mapPlace([west, south, east, north], id) {
  // the level at which a box is about as wide as a map of 1,024 pixels
  const zoom = Math.min(14, Math.max(1, Math.log2((360 / Math.max(east - west, (north - south) * 1.3)) * 2)));
  const middle = [(south + north) / 2, (west + east) / 2].map((value) => Number(value.toFixed(4)));
  return `map=${zoom.toFixed(1)}/${middle.join("/")}&layers=${id}`;
}
