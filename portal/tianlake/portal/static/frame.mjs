/** What stands around list and map: who this node is, its neighbours in the tree, who is responsible. */

/** @import { Catalog, NodeCard, Neighbour } from "./catalog.mjs" */
/** @import { Language, Text } from "./words.mjs" */
import { byId, make } from "./dom.mjs";
import { showNavigation } from "./navigation.mjs";
import { fill, htmlLanguage, say, TEXTS } from "./words.mjs";

/**
 * Say every text that stands in a page itself, and the way to the others, in a language.
 *
 * @param {Language} language
 * @param {Record<string, Text>} [texts] Of that page alone.
 */
export function speakFrame(language, texts = {}) {
  document.documentElement.lang = htmlLanguage(language);
  /** @type {Record<string, Text>} */
  const all = { ...TEXTS, ...texts };
  for (const element of document.querySelectorAll("[data-text]")) {
    const text = all[element.getAttribute("data-text") ?? ""];
    if (text !== undefined) element.textContent = fill(text, language);
  }
  const other = language === "zh" ? "en" : "zh";
  const button = byId("language");
  button.textContent = other === "en" ? "English" : "中文";
  button.lang = htmlLanguage(other);
  showNavigation(language);
}

/** Show icon and emblem; their addresses differ with the address that a page was opened at. */
export function showEmblem() {
  document.head.append(make("link", { rel: "icon", href: new URL("favicon.ico", import.meta.url).href }));
  byId("logo").setAttribute("src", new URL("logo.svg", import.meta.url).href);
  byId("logo").hidden = false;
}

/**
 * Say whose page this is.
 *
 * @param {NodeCard} node
 * @param {Language} language
 * @param {string} [sheet] What the page is about, unless it is the node itself.
 */
export function showNode(node, language, sheet = node.name) {
  document.title = sheet === node.name ? `${node.shortName} · ${sheet}` : `${sheet} · ${node.shortName}`;
  byId("short-name").textContent = node.shortName;
  byId("full-name").textContent = node.name;
  const { level } = node; // each is called by a text of its own name
  const standing = [...(level ? [say(language, level)] : []), say(language, "nodeCode", { code: node.code })];
  byId("standing").textContent = standing.join(" · ");
  byId("notice").textContent = node.notice;
  byId("notice").hidden = node.notice === null;
  showResponsible(node, language);
}

/**
 * Link to the documents of the node; those that it does not publish are not linked to.
 *
 * @param {Catalog} catalog
 * @param {Language} language
 * @param {URL} base
 */
export function showDocuments(catalog, language, base) {
  showNavigation(language, catalog.terms);
  const sheet = (/** @type {string} */ name) => new URL(name, import.meta.url).href;
  byId("node-links").replaceChildren(
    ...(catalog.terms ? [item(sheet("account.html"), say(language, "account"))] : []),
    ...(catalog.terms ? [item(sheet("terms.html"), say(language, "terms"))] : []),
    ...(catalog.quotas ? [item(sheet("quotas.html"), say(language, "quotas"))] : []),
    item(new URL("catalog.json", base).href, say(language, "catalog")),
    ...(catalog.dcat ? [item(new URL("dcat.jsonld", base).href, "DCAT-AP")] : []),
    item(new URL("lake.sql", base).href, say(language, "views")),
    item(sheet("licences.html"), say(language, "licences")),
  );
}

/**
 * @param {NodeCard} node
 * @param {Language} language
 */
export function showTree(node, language) {
  const links = [
    ...(node.parent ? [neighbour(node.parent, say(language, "parent"))] : []),
    ...node.children.map((child) => neighbour(child, say(language, "child"))),
  ];
  byId("tree-links").replaceChildren(...links);
  byId("tree").hidden = links.length === 0;
}

/**
 * @param {Neighbour} node
 * @param {string} relation
 */
function neighbour(node, relation) {
  const name = make("span", { lang: "zh-CN" }, node.shortName);
  const anchor = make(
    "a",
    { href: node.href, title: node.name },
    make("span", { class: "relation" }, relation),
    " ",
    name,
  );
  return make("li", {}, anchor);
}

/**
 * @param {NodeCard} node
 * @param {Language} language
 */
function showResponsible(node, language) {
  const parts = [];
  if (node.authority) parts.push(make("span", {}, say(language, "authority", { name: node.authority })));
  if (node.operator) parts.push(make("span", {}, say(language, "operator", { name: node.operator })));
  byId("responsible").replaceChildren(...parts);
}

/**
 * @param {string} href
 * @param {string} text
 */
function item(href, text) {
  return make("li", {}, make("a", { href }, text));
}
