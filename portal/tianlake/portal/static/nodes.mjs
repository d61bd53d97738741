/** The page of nodes: the tree, how each node is doing, and links to it. */

/** @import { TreeNode } from "./nodes/tree.mjs" */
/** @import { Language } from "./words.mjs" */
import { byId, make } from "./dom.mjs";
import { nodeCard } from "./nodes/card.mjs";
import { all, readCopy, readNames, readTree, wayTo } from "./nodes/tree.mjs";
import { TreeView } from "./nodes/view.mjs";
import { NODES_TEXTS } from "./nodes/words.mjs";
import { BASE, Sheet } from "./sheet.mjs";
import { fill, preferredLanguage } from "./words.mjs";

const MOST_FOUND = 30;

const state = {
  language: preferredLanguage(),
  /** @type {TreeNode | null} */
  root: null,
  taken: false,
  /** @type {TreeView | null} */
  view: null,
  /** @type {TreeNode | null} */
  chosen: null,
  /** @type {TreeNode[] | null} */
  found: null,
};

/**
 * @param {keyof typeof NODES_TEXTS} key
 * @param {Record<string, string | number>} [values]
 */
function words(key, values) {
  return fill(NODES_TEXTS[key], state.language, values);
}

/** @param {Language} language */
function render(language) {
  state.language = language;
  byId("sheet-lead").textContent = words("nodesLead");
  byId("nodes-board").hidden = false;
  byId("tree-of-nodes").setAttribute("aria-label", words("tree"));
  byId("counted").textContent = counted();
  state.view?.render(language);
  renderCard();
  renderFound();
}

function counted() {
  if (state.root === null) return "";
  const nodes = all(state.root);
  if (!state.taken) return words("notTaken");
  const of = (/** @type {string} */ wanted) => nodes.filter((each) => each.state === wanted).length;
  const values = { count: nodes.length, fresh: of("fresh"), stale: of("stale"), removed: of("removed") };
  return words("counted", values);
}

function renderCard() {
  const { chosen, language } = state;
  const parts =
    chosen === null ? [make("p", { class: "quiet" }, words("chooseOne"))] : nodeCard(chosen, language);
  byId("node-card").replaceChildren(...parts);
}

function renderFound() {
  const { found } = state;
  byId("found").hidden = found === null;
  byId("found-message").textContent =
    found === null ? "" : found.length ? words("found", { count: found.length }) : words("foundNone");
  byId("found").replaceChildren(...(found ?? []).slice(0, MOST_FOUND).map(foundItem));
}

/** @param {TreeNode} node */
function foundItem(node) {
  const one = make(
    "button",
    { type: "button", class: "plain", lang: "zh-CN" },
    `${node.shortName} ${node.code}`,
  );
  one.addEventListener("click", () => {
    const way = state.root === null ? null : wayTo(state.root, node);
    if (way !== null) void state.view?.show(way, node);
  });
  return make("li", {}, one);
}

/** @param {TreeNode} node */
function choose(node) {
  state.chosen = node;
  renderCard();
  const known = node.href;
  void readCopy(node)
    .then(() => {
      if (node.href !== known && state.chosen === node) renderCard();
    })
    .catch(() => {}); // without its copy, a node has no address here, as its card says
}

/** @param {string} text */
async function search(text) {
  const wanted = text.trim().toLowerCase();
  if (wanted === "" || state.root === null) state.found = null;
  else {
    await readNames(state.root);
    state.found = all(state.root).filter(({ code, shortName, name }) =>
      [code, shortName, name ?? ""].some((each) => each.toLowerCase().includes(wanted)),
    );
  }
  if (text === /** @type {HTMLInputElement} */ (byId("node-search")).value) renderFound();
}

async function read() {
  const { root, taken } = await readTree(BASE);
  Object.assign(state, { root, taken });
  state.view = new TreeView(byId("tree-of-nodes"), root, {
    open: (node) => readCopy(node).catch(() => {}),
    choose,
  });
  state.chosen = all(root).find(({ relation }) => relation === "own") ?? null;
}

byId("node-search").addEventListener(
  "input",
  ({ target }) => void search(/** @type {HTMLInputElement} */ (target).value),
);

await new Sheet({ title: NODES_TEXTS.nodes, texts: NODES_TEXTS, read, render }).run();
