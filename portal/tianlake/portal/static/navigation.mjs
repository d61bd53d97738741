/** The way from every page to the others: `<nav id="site">` in the head of each. */

/** @import { Language, Text } from "./words.mjs" */
import { make } from "./dom.mjs";

/**
 * @typedef {object} Place
 * @property {string} file
 * @property {Text} title
 * @property {boolean} [door] Whether it is about keys, which only a node with terms of service gives out.
 */

/** The pages that there are, in the order in which they are offered. @type {Place[]} */
const PLACES = [
  { file: "index.html", title: { zh: "地图", en: "Map" } },
  { file: "catalog.html", title: { zh: "数据", en: "Data" } },
  { file: "query.html", title: { zh: "查询", en: "Query" } },
  { file: "nodes.html", title: { zh: "节点", en: "Nodes" } },
  { file: "account.html", title: { zh: "账户", en: "Account" }, door: true },
  { file: "say.html", title: { zh: "意见", en: "Feedback" } },
  { file: "status.html", title: { zh: "状态", en: "Status" } },
];

/** @type {Text} */
const TITLE = { zh: "本站页面", en: "Pages of this site" };

/** @type {boolean} */
let doors = false;

/**
 * Show the way; a page without the element stays as it is.
 *
 * @param {Language} language
 * @param {boolean} [terms] Whether the node publishes terms of service, once that is known.
 */
export function showNavigation(language, terms) {
  const nav = document.getElementById("site");
  if (nav === null) return;
  doors = terms ?? doors;
  const here = fileOf(location.pathname);
  const shown = PLACES.filter(({ file, door = false }) => doors || !door || file === here);
  nav.setAttribute("aria-label", TITLE[language]);
  nav.replaceChildren(make("ul", {}, ...shown.map((place) => item(place, language, here))));
}

/**
 * @param {Place} place
 * @param {Language} language
 * @param {string} here
 */
function item({ file, title }, language, here) {
  const href = new URL(file, import.meta.url).href;
  const anchor = make("a", { href }, title[language]);
  if (file === here) anchor.setAttribute("aria-current", "page");
  return make("li", {}, anchor);
}

/**
 * Return which file a path leads to; the map is answered at the node's own address too.
 *
 * @param {string} path
 */
function fileOf(path) {
  return path.slice(path.lastIndexOf("/") + 1) || "index.html";
}
