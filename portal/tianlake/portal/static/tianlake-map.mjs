/**
 * `<tianlake-map>`: a node's map in any page, also of another host.
 *
 * ```html
 * <script type="module" src="https://map.example.cn/portal/tianlake-map.mjs"></script>
 * <tianlake-map src="https://map.example.cn/" product="places" center="116.4,39.9" zoom="9" tk="KEY" lang="zh"></tianlake-map>
 * ```
 *
 * Sources, map-approval number (审图号) and mark of a demonstration stand on it always. Its map is in `element.map` once
 * `tianlake-ready` has been heard; `tianlake-fault` tells what cannot be shown, in `detail.message`. See docs/embed.md.
 */

/** @import { NodeCard } from "./catalog.mjs" */
/** @import { Entry } from "./entries.mjs" */
/** @import { Board } from "./map.mjs" */
/** @import { Language } from "./words.mjs" */
import { union } from "./bounds.mjs";
import { CHINA, classRank, readCatalog, readNode } from "./catalog.mjs";
import { addStyles, canDraw, make } from "./dom.mjs";
import { isLocked, openEntry, readEntry } from "./entries.mjs";
import { reason } from "./faults.mjs";
import { readGround } from "./ground.mjs";
import { lendKey } from "./keyring.mjs";
import { inkOf } from "./style.mjs";
import { htmlLanguage, preferredLanguage, say } from "./words.mjs";

/** The node whose file this is. */
const HOME = new URL("../", import.meta.url);
const STYLES = ["vendor/maplibre-gl.css", "board.css", "tianlake-map.css"];
const GROUND = "ground";

class TianlakeMap extends HTMLElement {
  static observedAttributes = ["src", "product", "center", "zoom", "tk", "lang"];

  /** @type {Board | null} */
  #board = null;
  /** @type {NodeCard | null} */
  #node = null;
  #container = make("div", { class: "map" });
  #plate = make("p", { class: "plate", hidden: "" });
  #message = make("p", { class: "message", role: "status", hidden: "" });
  #root = this.attachShadow({ mode: "open" });
  #building = 0;
  /** @type {Promise<unknown>} */
  #dressed;

  constructor() {
    super();
    this.#dressed = Promise.all(STYLES.map((name) => addStyles(new URL(name, import.meta.url), this.#root)));
    this.#root.append(this.#container, this.#plate, this.#message);
  }

  /** The MapLibre map; null until `tianlake-ready`. */
  get map() {
    return this.#board?.map ?? null;
  }

  connectedCallback() {
    void this.#build();
  }

  disconnectedCallback() {
    this.#tearDown();
  }

  /** @param {string} name */
  attributeChangedCallback(name) {
    if (!this.isConnected || this.#building === 0) return;
    if (name === "lang") this.#speak();
    else if (name === "center" || name === "zoom") this.#look();
    else void this.#build();
  }

  /** The node's folder. */
  get #base() {
    const asked = this.getAttribute("src");
    const base = asked ? new URL(asked, document.baseURI) : HOME;
    return base.pathname.endsWith("/") ? base : new URL(`${base.href}/`);
  }

  /** @returns {Language} */
  get #language() {
    const asked = this.getAttribute("lang");
    if (asked === null || asked === "") return preferredLanguage();
    return asked.toLowerCase().startsWith("zh") ? "zh" : "en";
  }

  #tearDown() {
    this.#building += 1;
    this.#board?.map.remove();
    this.#board = null;
    this.#container.replaceChildren();
  }

  /** Read the node and draw it; a later change overtakes an earlier one. */
  async #build() {
    this.#tearDown();
    const building = this.#building;
    const base = this.#base;
    const key = this.getAttribute("tk");
    if (key) lendKey(key, base.origin);
    this.#tell("");
    try {
      const [node, entries] = await Promise.all([readNode(base), this.#entries(base), this.#dressed]);
      if (building !== this.#building) return;
      this.#node = node;
      this.#showPlate();
      if (!canDraw()) return this.#fault(say(this.#language, "noMap"));
      await this.#draw(building, entries);
    } catch (error) {
      if (building === this.#building)
        this.#fault(say(this.#language, "noNode", { reason: reason(this.#language, error) }));
    }
  }

  /** @param {URL} base */
  async #entries(base) {
    const wanted = this.getAttribute("product")
      ?.split(",")
      .map((each) => each.trim())
      .filter(Boolean);
    const { products } = await readCatalog(base);
    const read = await Promise.all(products.map((listed) => readEntry(listed, base)));
    const chosen = read.filter(
      ({ name, product }) =>
        !wanted || product?.ground || wanted.includes(name) || wanted.includes(product?.id ?? ""),
    );
    for (const name of wanted ?? []) {
      if (!read.some((each) => each.name === name || each.product?.id === name))
        this.#fault(`product="${name}": ${base.href}`);
    }
    return chosen.sort((one, other) => classRank(one.product) - classRank(other.product));
  }

  /**
   * @param {number} building
   * @param {Entry[]} entries
   */
  async #draw(building, entries) {
    const { Board } = await import("./map.mjs");
    const opening = Promise.all(entries.map(openEntry));
    if (building !== this.#building) return;
    const board = new Board(this.#container, this.#language, (_product, error) =>
      this.#fault(reason(this.#language, error)),
    );
    this.#board = board;
    const boxes = entries.flatMap(({ product }) =>
      product?.bounds && !product.ground ? [product.bounds] : [],
    );
    board.fit(union(boxes) ?? CHINA, false);
    this.#look();
    await board.open();
    for (const entry of await opening) if (building === this.#building) this.#place(board, entry, entries);
    if (!entries.some(({ product }) => product?.ground)) await this.#layGround(board);
    if (building !== this.#building) return;
    const tell = () => {
      if (!board.settled()) return;
      board.map.off("idle", tell);
      this.dispatchEvent(new CustomEvent("tianlake-ready"));
    };
    board.map.on("idle", tell);
    board.map.triggerRepaint();
  }

  /**
   * @param {Board} board
   * @param {Entry} entry
   * @param {Entry[]} entries
   */
  #place(board, entry, entries) {
    const { product, archive, ground } = entry;
    if (product && archive && ground) board.stack.lay(product.id, ground, true, product);
    else if (product && archive) {
      const below = entries.some((other) => other.visible);
      entry.visible = this.hasAttribute("product") || archive.kind === "vector" || !below;
      board.stack.add(product, archive, inkOf(archive, entries.indexOf(entry)), entry.visible);
    } else if (isLocked(entry))
      this.#fault(`${entry.title[this.#language]}: ${say(this.#language, "noteKey")}`);
    else if (entry.unreadable ?? entry.undrawn) {
      const why = reason(this.#language, entry.unreadable ?? entry.undrawn);
      this.#fault(`${entry.title[this.#language]}: ${why}`);
    }
  }

  /**
   * The node's base map of another node; a map without it is whole.
   *
   * @param {Board} board
   */
  async #layGround(board) {
    const href = this.#node?.basemap ?? null;
    const ground = href === null ? null : await readGround(href, GROUND).catch(() => null);
    if (ground && this.#board === board) board.stack.lay(GROUND, ground, true);
  }

  /** Look where the attributes say. */
  #look() {
    const center = this.getAttribute("center")?.split(",").map(Number) ?? [];
    const zoom = Number.parseFloat(this.getAttribute("zoom") ?? "");
    const [lon = NaN, lat = NaN] = center;
    const there =
      Math.abs(lon) <= 180 && Math.abs(lat) <= 90
        ? { center: /** @type {[number, number]} */ ([lon, lat]) }
        : {};
    this.#board?.map.jumpTo({ ...there, ...(Number.isFinite(zoom) ? { zoom } : {}) });
  }

  #speak() {
    this.#board?.speak(this.#language);
    this.#showPlate();
  }

  #showPlate() {
    const node = this.#node;
    if (!node) return;
    const name = make(
      "a",
      {
        href: this.#base.href,
        target: "_blank",
        rel: "noopener",
        title: node.name,
        lang: htmlLanguage("zh"),
      },
      node.shortName,
    );
    const notice = node.notice === null ? [] : [make("span", { class: "notice" }, node.notice)];
    this.#plate.replaceChildren(name, ...notice);
    this.#plate.hidden = false;
  }

  /** @param {string} text Nothing hides it. */
  #tell(text) {
    this.#message.textContent = text;
    this.#message.hidden = text === "";
  }

  /** @param {string} message */
  #fault(message) {
    this.#tell(message);
    this.dispatchEvent(new CustomEvent("tianlake-fault", { detail: { message } }));
  }
}

customElements.define("tianlake-map", TianlakeMap);
