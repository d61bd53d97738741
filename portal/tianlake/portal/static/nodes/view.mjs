/** A tree that opens and closes, by the pattern "Tree View" of the ARIA Authoring Practices. */

/** @import { Language } from "../words.mjs" */
/** @import { TreeNode } from "./tree.mjs" */
import { make } from "../dom.mjs";
import { fill } from "../words.mjs";
import { NODES_TEXTS } from "./words.mjs";

/**
 * @typedef {object} Actions
 * @property {(node: TreeNode) => Promise<void>} open Gets a node's children ready to be shown.
 * @property {(node: TreeNode) => void} choose
 */

export class TreeView {
  /** @type {Set<TreeNode>} */
  #open = new Set();
  /** @type {TreeNode | null} */
  #chosen = null;
  /** @type {TreeNode | null} */
  #focused = null;
  /** @type {Map<HTMLElement, TreeNode>} */
  #nodes = new Map();
  /** @type {Language} */
  #language = "zh";
  #element;
  #root;
  #actions;

  /**
   * @param {HTMLElement} element With the role `tree`.
   * @param {TreeNode} root
   * @param {Actions} actions
   */
  constructor(element, root, actions) {
    this.#element = element;
    this.#root = root;
    this.#actions = actions;
    this.#open.add(root);
    for (const child of root.children) if (child.relation === "own") this.#open.add(child);
    element.addEventListener("focusin", ({ target }) => {
      this.#focused = this.#nodes.get(/** @type {HTMLElement} */ (target)) ?? this.#focused;
    });
    element.addEventListener("keydown", (event) => this.#press(event));
    element.addEventListener("click", (event) => this.#click(/** @type {HTMLElement} */ (event.target)));
  }

  /** @param {Language} language */
  render(language) {
    this.#language = language;
    const held = this.#element.contains(document.activeElement);
    this.#nodes.clear();
    this.#element.replaceChildren(this.#item(this.#root, 1));
    const focus = this.#itemOf(this.#focused ?? this.#chosen ?? this.#root) ?? this.#items()[0];
    focus?.setAttribute("tabindex", "0");
    if (held) focus?.focus();
  }

  /**
   * Show a node: open all above it.
   *
   * @param {TreeNode[]} way
   * @param {TreeNode} node
   */
  async show(way, node) {
    for (const each of way) await this.#expand(each);
    this.#choose(node);
    this.#itemOf(node)?.scrollIntoView({ block: "nearest" });
  }

  /**
   * @param {TreeNode} node
   * @param {number} level
   * @returns {HTMLElement}
   */
  #item(node, level) {
    const open = this.#open.has(node);
    const item = make("li", { role: "treeitem", "aria-level": String(level), tabindex: "-1", class: "node" });
    item.setAttribute("aria-selected", String(node === this.#chosen));
    item.dataset["code"] = node.code;
    const folds = node.children.length > 0;
    if (folds) item.setAttribute("aria-expanded", String(open));
    const mark = make("span", { class: "fold", "aria-hidden": "true" }, folds ? (open ? "▾" : "▸") : "");
    const name = make("span", { class: "node-name", lang: "zh-CN" }, node.shortName);
    item.append(make("span", { class: "node-line" }, mark, name, ...this.#chips(node)));
    this.#nodes.set(item, node);
    if (folds && open)
      item.append(
        make("ul", { role: "group" }, ...node.children.map((child) => this.#item(child, level + 1))),
      );
    return item;
  }

  /** @param {TreeNode} node */
  #chips({ relation, state, collections }) {
    const words = (
      /** @type {keyof typeof NODES_TEXTS} */ key,
      /** @type {Record<string, number>} */ values = {},
    ) => fill(NODES_TEXTS[key], this.#language, values);
    const chips = [];
    if (relation !== null) chips.push(make("span", { class: "chip" }, words(relation)));
    if (state !== null) chips.push(make("span", { class: `chip state-${state}` }, words(state)));
    if (collections !== null)
      chips.push(make("span", { class: "quiet" }, words("records", { count: collections })));
    return chips;
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const item = /** @type {HTMLElement} */ (event.target);
    const node = this.#nodes.get(item);
    if (node === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const items = this.#items();
    const at = items.indexOf(item);
    const open = this.#open.has(node) && node.children.length > 0;
    /** @type {Record<string, () => unknown>} */
    const moves = {
      ArrowDown: () => this.#focus(items[at + 1]),
      ArrowUp: () => this.#focus(items[at - 1]),
      Home: () => this.#focus(items[0]),
      End: () => this.#focus(items.at(-1)),
      ArrowRight: () => (open ? this.#focus(items[at + 1]) : void this.#expand(node)),
      ArrowLeft: () =>
        open ? this.#fold(node) : this.#focus(item.parentElement?.closest('[role="treeitem"]')),
      Enter: () => this.#choose(node),
      " ": () => this.#choose(node),
    };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    move();
  }

  /** @param {HTMLElement} target */
  #click(target) {
    const item = /** @type {HTMLElement | null} */ (target.closest('[role="treeitem"]'));
    const node = item === null ? undefined : this.#nodes.get(item);
    if (node === undefined) return;
    this.#focused = node;
    if (target.closest(".fold") && this.#open.has(node)) return this.#fold(node);
    if (node.children.length && !this.#open.has(node)) void this.#expand(node);
    if (!target.closest(".fold")) this.#choose(node);
  }

  /** @param {TreeNode} node */
  async #expand(node) {
    if (node.children.length === 0 || this.#open.has(node)) return;
    await this.#actions.open(node);
    this.#open.add(node);
    this.render(this.#language);
  }

  /** @param {TreeNode} node */
  #fold(node) {
    this.#open.delete(node);
    this.render(this.#language);
  }

  /** @param {TreeNode} node */
  #choose(node) {
    this.#chosen = node;
    this.#focused = node;
    this.render(this.#language);
    this.#actions.choose(node);
  }

  /** @param {Element | null | undefined} item */
  #focus(item) {
    const node = this.#nodes.get(/** @type {HTMLElement} */ (item));
    if (node === undefined) return;
    this.#focused = node;
    for (const each of this.#items()) each.setAttribute("tabindex", each === item ? "0" : "-1");
    /** @type {HTMLElement} */ (item).focus();
  }

  #items() {
    return /** @type {HTMLElement[]} */ ([...this.#element.querySelectorAll('[role="treeitem"]')]);
  }

  /** @param {TreeNode | null} node */
  #itemOf(node) {
    return [...this.#nodes].find(([, each]) => each === node)?.[0];
  }
}
