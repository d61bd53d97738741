/** A small map of the product, or its thumbnail where none can be drawn. */

/** @import { Board } from "../map.mjs" */
/** @import { Language } from "../words.mjs" */
/** @import { Subject } from "./read.mjs" */
import { readNode } from "../catalog.mjs";
import { byId, canDraw, make } from "../dom.mjs";
import { blankEntry, isLocked, openEntry } from "../entries.mjs";
import { readGround } from "../ground.mjs";
import { inkOf } from "../style.mjs";
import { say } from "../words.mjs";

const GROUND = "ground";

/**
 * For whoever looks at the page from outside, such as a test: `ready` once all that can be drawn is.
 *
 * @type {{map: import("maplibre-gl").Map | null, ready: boolean}}
 */
const outside = { map: null, ready: false };
Object.assign(window, { tianlake: outside });

export class Preview {
  /** @type {Subject | null} */
  #subject = null;
  /** @type {Language} */
  #language = "zh";
  /** @type {Board | null} */
  #board = null;
  #drawing = false;

  /**
   * @param {Subject} subject
   * @param {Language} language
   */
  show(subject, language) {
    this.#subject = subject;
    this.#language = language;
    if (this.#board) this.#board.speak(language);
    else {
      this.#picture();
      void this.refresh();
    }
  }

  /** Draw the map if it is not drawn yet, as with a key that was just entered. */
  async refresh() {
    const { product } = this.#subject ?? {};
    if (!product || this.#board || this.#drawing) return;
    this.#drawing = true;
    try {
      await this.#draw(product);
    } catch {
      this.#picture(); // the map adds to the page, and the page tells everything without it
    }
    outside.ready ||= this.#board === null;
    this.#drawing = false;
  }

  /** @param {import("../catalog.mjs").Product} product */
  async #draw(product) {
    const entry = blankEntry(product.name, product.title, product);
    if (!product.tiles || isLocked(entry) || !canDraw()) return;
    const [{ Board }] = await Promise.all([import("../map.mjs"), openEntry(entry)]);
    const { archive, ground } = entry;
    if (archive === null) return;
    const container = byId("preview-map");
    byId("preview").hidden = false;
    container.replaceChildren();
    container.classList.add("map");
    const board = new Board(container, this.#language, () => {});
    this.#board = board;
    outside.map = board.map;
    board.fit(product.bounds ?? archive.bounds, false);
    await board.open();
    // below its first level, tiles have nothing to draw
    const lowest = Math.min(...archive.layers.map(({ minzoom }) => minzoom));
    if (archive.layers.length && board.map.getZoom() < lowest) board.map.jumpTo({ zoom: lowest });
    await this.#lay(board);
    if (ground) board.stack.lay(product.id, ground, true, product);
    else board.stack.add(product, archive, inkOf(archive, 0), true);
    board.map.on("idle", () => {
      outside.ready ||= board.settled();
    });
    board.map.triggerRepaint();
  }

  /**
   * Lay the base map of the product's node below it, where it can be had; the product is told of without it.
   *
   * @param {Board} board
   */
  async #lay(board) {
    const base = this.#subject?.found.base;
    const { basemap } = base ? await readNode(base) : { basemap: null };
    if (basemap === null || new URL(basemap).origin !== location.origin) return;
    try {
      board.stack.lay(GROUND, await readGround(basemap, GROUND), true);
    } catch {
      // see above
    }
  }

  #picture() {
    const { product } = this.#subject ?? {};
    if (!product?.thumbnail) return;
    const alt = say(this.#language, "previewOf", { title: product.title[this.#language] });
    const image = make("img", { src: product.thumbnail, alt, class: "preview-picture" });
    image.addEventListener("error", () => {
      byId("preview").hidden = true;
    });
    byId("preview-map").replaceChildren(image);
    byId("preview").hidden = false;
  }
}
