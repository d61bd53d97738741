/**
 * The tree of nodes as this node knows it: its neighbours by `node.json`, and all below them by
 * `federation/harvest.json` (docs/layout.md, section 10). Names of nodes further below stand in the copies of catalogs,
 * one for each node that has others below it; they are read when somebody looks there.
 *
 * @typedef {"fresh" | "stale" | "removed"} State
 *
 * @typedef {object} TreeNode
 * @property {string} code
 * @property {string} shortName
 * @property {string | null} name By article 6; null until its parent's copy is read.
 * @property {"own" | "above" | null} relation To this node, where it is no node below.
 * @property {State | null} state
 * @property {string | null} since When it became stale, RFC 3339.
 * @property {string | null} reason
 * @property {number | null} collections
 * @property {string | null} taken
 * @property {string | null} made
 * @property {string | null} href Of its base.
 * @property {string | null} copy Address of the copy of its catalog.
 * @property {TreeNode[]} children
 * @property {boolean} named Whether the names of its children are known.
 */

/** @import { Neighbour, NodeCard } from "../catalog.mjs" */
import { readCatalog, readJson, readNode } from "../catalog.mjs";
import { webAddress } from "../dom.mjs";
import { readHarvest, readLinks } from "./harvest.mjs";

const AT_ONCE = 8; // copies that are read at a time
const TITLE = /^(\S+) (.+?) · Records of node \d{9}$/;
const FOLDER = /\/(\d{9})\/catalog\.json$/;

/**
 * Return the tree, this node's parent at its root where it has one.
 *
 * @param {URL} base This node's folder.
 * @returns {Promise<{root: TreeNode, taken: boolean}>} `taken`: whether this node takes over records of others.
 */
export async function readTree(base) {
  const [card, catalog, links] = await Promise.all([readNode(base), readCatalog(base), readLinks(base)]);
  const harvest = await readHarvest(base, links);
  const own = { ...bare(card.code), shortName: card.shortName, name: card.name, href: base.href };
  Object.assign(own, { relation: "own", collections: catalog.products.length, named: true });
  own.children = childrenOf(card, harvest, base);
  for (const { href, title } of links) name(own.children, href, title);
  if (card.parent === null) return { root: own, taken: harvest !== null };
  const above = { ...fromNeighbour(card.parent), children: [own], named: true };
  above.relation = "above";
  return { root: above, taken: harvest !== null };
}

/**
 * @param {NodeCard} card
 * @param {any} harvest
 * @param {URL} base
 */
function childrenOf(card, harvest, base) {
  const listed = new Map(card.children.map((each) => [each.code, fromNeighbour(each)]));
  for (const child of harvest?.children ?? []) {
    const node = listed.get(String(child.code)) ?? bare(String(child.code));
    Object.assign(node, healthOf(child), { made: child.made ?? null, href: node.href ?? folder(child.url) });
    node.copy = new URL(`federation/${node.code}/catalog.json`, base).href;
    hang(node, child.below ?? []);
    listed.set(node.code, node);
  }
  return [...listed.values()].sort(byCode);
}

/**
 * Hang every node below a child where it belongs.
 *
 * @param {TreeNode} child
 * @param {any[]} below
 */
function hang(child, below) {
  const known = new Map([[child.code, child]]);
  for (const each of below) known.set(String(each.code), { ...bare(String(each.code)), ...healthOf(each) });
  for (const each of below) {
    const node = known.get(String(each.code));
    const parent = known.get(String(each.parent)) ?? child;
    if (node !== undefined && node !== parent) parent.children.push(node);
  }
  for (const node of known.values()) node.children.sort(byCode);
  place(child);
}

/**
 * Say where the copies of nodes below lie: each in its parent's folder. There is none of a node without records, its
 * own or others' below it.
 *
 * @param {TreeNode} node
 */
function place(node) {
  node.named = node.children.length === 0;
  for (const child of node.children) {
    child.copy = new URL(`${child.code}/catalog.json`, node.copy ?? "").href;
    place(child);
  }
  if (all(node).every(({ collections }) => collections === 0))
    Object.assign(node, { copy: null, named: true });
}

/** @param {any} told */
function healthOf(told) {
  return {
    state: /** @type {State} */ (told.state),
    since: told.stale_since ?? null,
    reason: told.reason ?? null,
    collections: Number(told.collections),
    taken: told.taken ?? null,
  };
}

/** @param {Neighbour} neighbour @returns {TreeNode} */
function fromNeighbour({ code, name, shortName, href }) {
  return { ...bare(code), shortName, name, href: folder(href) };
}

/** @param {string} code @returns {TreeNode} */
function bare(code) {
  return {
    ...{ code, shortName: code, name: null, relation: null, state: null, since: null, reason: null },
    ...{ collections: null, taken: null, made: null, href: null, copy: null, children: [], named: true },
  };
}

/** @param {unknown} url */
function folder(url) {
  const address = webAddress(url, location.href);
  return address === null ? null : `${address.replace(/\/$/, "")}/`;
}

/**
 * @param {TreeNode} one
 * @param {TreeNode} other
 */
function byCode(one, other) {
  return one.code < other.code ? -1 : 1;
}

/**
 * Read what a copy tells: the names of the nodes below, and where the node itself is.
 *
 * @param {TreeNode} node
 */
export async function readCopy(node) {
  if (node.copy === null || (node.named && node.href !== null)) return;
  const { links } = await readJson(node.copy);
  for (const { rel, href, title } of Array.isArray(links) ? links : []) {
    if (rel === "canonical") node.href ??= folder(new URL(".", new URL(String(href), node.copy)).href);
    if (rel === "child") name(node.children, String(href), String(title));
  }
  node.named = true;
}

/**
 * Give the node that a link leads to its names, which stand in the link's title.
 *
 * @param {TreeNode[]} nodes
 * @param {string} href
 * @param {string} title
 */
function name(nodes, href, title) {
  const node = nodes.find(({ code }) => code === FOLDER.exec(`/${href}`)?.[1]);
  const [, shortName, full] = TITLE.exec(title) ?? [];
  if (node !== undefined && shortName !== undefined) Object.assign(node, { shortName, name: full });
}

/**
 * Read the names of all nodes; a copy that cannot be read leaves codes where names would be.
 *
 * @param {TreeNode} root
 */
export async function readNames(root) {
  const open = all(root).filter((node) => !node.named);
  for (let at = 0; at < open.length; at += AT_ONCE)
    await Promise.all(open.slice(at, at + AT_ONCE).map((node) => readCopy(node).catch(() => {})));
}

/**
 * Return a node and all below it.
 *
 * @param {TreeNode} node
 * @returns {TreeNode[]}
 */
export function all(node) {
  return [node, ...node.children.flatMap(all)];
}

/**
 * Return the nodes above one, nearest last; null where it is not in the tree.
 *
 * @param {TreeNode} root
 * @param {TreeNode} wanted
 * @returns {TreeNode[] | null}
 */
export function wayTo(root, wanted) {
  if (root === wanted) return [];
  for (const child of root.children) {
    const way = wayTo(child, wanted);
    if (way !== null) return [root, ...way];
  }
  return null;
}
