/** What is known of one node, and links to it. */

/** @import { Language } from "../words.mjs" */
/** @import { TreeNode } from "./tree.mjs" */
import { make } from "../dom.mjs";
import { copyCode } from "../secrets.mjs";
import { fill, htmlLanguage, say } from "../words.mjs";
import { NODES_TEXTS } from "./words.mjs";

/**
 * @param {TreeNode} node
 * @param {Language} language
 */
export function nodeCard(node, language) {
  const words = (
    /** @type {keyof typeof NODES_TEXTS} */ key,
    /** @type {Record<string, string>} */ values = {},
  ) => fill(NODES_TEXTS[key], language, values);
  const heading = make("h2", { lang: "zh-CN" }, node.shortName);
  const parts = [heading, facts(node, language)];
  if (node.href === null) return [...parts, make("p", { class: "quiet" }, words("noAddress"))];
  const links = [
    make("a", { href: node.href }, words("portalOf")),
    make("a", { href: new URL("catalog.json", node.href).href }, words("catalogOf")),
  ];
  if (node.copy !== null) links.push(make("a", { href: node.copy }, words("recordsOf")));
  parts.push(make("ul", { class: "files" }, ...links.map((link) => make("li", {}, link))));
  parts.push(make("h3", {}, words("embed")), make("p", { class: "quiet" }, words("embedHint")));
  const [link, frame] = snippetsOf(node.href, node.shortName);
  return [...parts, snippet(words("asLink"), link, language), snippet(words("asFrame"), frame, language)];
}

/**
 * @param {TreeNode} node
 * @param {Language} language
 */
function facts(node, language) {
  const day = (/** @type {string | null} */ time) =>
    time === null
      ? null
      : new Date(time).toLocaleString(htmlLanguage(language), { dateStyle: "medium", timeStyle: "short" });
  const state = node.relation === "own" ? "own" : (node.state ?? "unknown");
  const since =
    node.since === null
      ? []
      : [" ", fill(NODES_TEXTS.since, language, { since: day(node.since) ?? "", reason: node.reason ?? "" })];
  /** @type {[keyof typeof NODES_TEXTS, (Node | string)[] | null][]} */
  const rows = [
    ["fullName", node.name === null ? null : [make("span", { lang: "zh-CN" }, node.name)]],
    ["code", [node.code]],
    ["state", [make("span", { class: `chip state-${state}` }, fill(NODES_TEXTS[state], language)), ...since]],
    ["collections", node.collections === null ? null : [String(node.collections)]],
    ["taken", node.taken === null ? null : [day(node.taken) ?? ""]],
    ["made", node.made === null ? null : [day(node.made) ?? ""]],
  ];
  const list = make("dl", { class: "facts" });
  for (const [key, value] of rows)
    if (value !== null)
      list.append(make("dt", {}, fill(NODES_TEXTS[key], language)), make("dd", {}, ...value));
  return list;
}

/**
 * Return HTML by which another site leads to a node: a link, and its map in a frame.
 *
 * @param {string} href
 * @param {string} name
 * @returns {[string, string]}
 */
export function snippetsOf(href, name) {
  const link = make("a", { href, lang: "zh-CN" }, name);
  const src = new URL("portal/index.html?embed=1", href).href;
  const frame = make("iframe", { src, title: name, width: "640", height: "420", loading: "lazy" });
  return [link.outerHTML, frame.outerHTML];
}

/**
 * @param {string} what
 * @param {string} line
 * @param {Language} language
 */
function snippet(what, line, language) {
  const code = make(
    "code",
    { tabindex: "0", role: "textbox", "aria-readonly": "true", "aria-label": what },
    line,
  );
  const copy = make("button", { type: "button", class: "copy" }, say(language, "copy"));
  copy.setAttribute("aria-label", say(language, "copyOf", { what }));
  copy.addEventListener("click", () => void copyCode(code, language));
  return make("div", { class: "snippet" }, make("p", { class: "snippet-name" }, what), code, copy);
}
