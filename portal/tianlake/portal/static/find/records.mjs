/**
 * Records of the catalog as they are looked through: STAC Collections, less what nobody searches by.
 *
 * @typedef {object} CatalogRecord
 * @property {string} id
 * @property {string} node Code of the node that publishes it.
 * @property {string} nodeName
 * @property {Text} title
 * @property {Text} about
 * @property {ProductClass | null} productClass
 * @property {Access} access
 * @property {string | null} updated When its data was last true.
 * @property {[number, number]} span What time it speaks of, in milliseconds; without an end, infinite.
 * @property {Bounds | null} bounds
 * @property {string[]} words Title, keywords and description as texts are compared.
 */

/** @import { Access, Bounds, ProductClass } from "../catalog.mjs" */
/** @import { Text } from "../words.mjs" */
import { boundsOf } from "../bounds.mjs";
import { accessOf, classOf, list } from "../catalog.mjs";
import { dataDate } from "../freshness.mjs";
import { bothLanguages } from "../words.mjs";

/** What is asked of the STAC API for each record. */
export const FIELDS = [
  "id",
  "title",
  "description",
  "keywords",
  "extent",
  "updated",
  "themes",
  "tianlake:access",
];
const NODE = /^n(156\d{6})-/;
const HAN = /\p{Script=Han}/u;
const MARK = /^[[【].*[\]】]$/;
const SHORT_NAME = /^天地图/;

/**
 * Return a record; null for what is no product of a node.
 *
 * @param {any} collection STAC Collection.
 * @returns {CatalogRecord | null}
 */
export function recordOf(collection) {
  const id = String(collection.id);
  const node = NODE.exec(id)?.[1];
  if (node === undefined) return null;
  const keywords = list(collection.keywords).map(String);
  const title = String(collection.title ?? id);
  const description = String(collection.description ?? "");
  const [start, end] = list(collection.extent?.temporal?.interval?.[0]).map((each) => Date.parse(each));
  return {
    ...{ id, node, nodeName: keywords.findLast((each) => SHORT_NAME.test(each)) ?? node },
    title: bothLanguages(title),
    about: aboutOf(description),
    productClass: classOf(list(collection.themes)[0]?.concepts?.[0]?.id),
    access: accessOf(collection),
    updated: dataDate(collection),
    span: [start || Number.NEGATIVE_INFINITY, end || Number.POSITIVE_INFINITY],
    bounds: boundsOf(collection),
    words: [title, keywords.join(" "), description].map(plain),
  };
}

/**
 * Return what a description says in each language: Tianlake writes paragraphs in both, marks of a demonstration between.
 *
 * @param {string} description
 * @returns {Text}
 */
function aboutOf(description) {
  const paragraphs = description.split(/\n{2,}/).filter((each) => !MARK.test(each.trim()));
  const chinese = paragraphs.filter((each) => HAN.test(each)).join(" ");
  const other = paragraphs.filter((each) => !HAN.test(each)).join(" ");
  return { zh: chinese || other, en: other || chinese };
}

/**
 * Return a text as texts are compared.
 *
 * @param {string} text
 */
export function plain(text) {
  return text.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim();
}
