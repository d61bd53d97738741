/** The list of layers: everything on the map, the uppermost first, and what cannot be drawn with its extent. */

/** @import { Bench } from "../fittings.mjs" */
/** @import { Content } from "../tools/panel.mjs" */
import { make } from "../dom.mjs";
import { extents } from "./extents.mjs";
import { sayLayer } from "./layer_words.mjs";
import { reliefOf } from "./relief.mjs";
import { reliefControls } from "./relief_controls.mjs";
import { Row } from "./row.mjs";

/**
 * Return the panel of layers.
 *
 * @param {Bench} bench
 * @returns {Promise<Content>}
 */
export async function layersPanel(bench) {
  const { board } = bench;
  const list = new LayerList(bench);
  const relief = await reliefOf(board);
  const controls = relief ? [reliefControls(board, relief)] : [];
  const others = await extents(bench);
  const hint = make("p", { class: "quiet small" });
  const end = board.on("layers", () => list.update());
  return {
    title: "layers",
    body: [
      list.element,
      hint,
      list.announcement,
      ...controls.map(({ element }) => element),
      ...others.map(({ element }) => element),
    ],
    speak: () => {
      hint.textContent = sayLayer(board.language, "orderHint");
      list.speak();
      for (const part of [...controls, ...others]) part.speak();
    },
    close: end,
  };
}

class LayerList {
  element = make("ol", { class: "layers" });
  announcement = make("p", { class: "unseen", role: "status" });
  /** The uppermost first. @type {Row[]} */
  #rows = [];
  #bench;

  /** @param {Bench} bench */
  constructor(bench) {
    this.#bench = bench;
    this.update();
  }

  update() {
    const before = new Map(this.#rows.map((row) => [row.id, row]));
    const shown = [...this.#bench.board.stack.shown].reverse();
    this.#rows = shown.map(([id, each]) => {
      const known = before.get(id);
      if (known?.shown === each) return known;
      const row = new Row(this.#bench, id, each, (moved, step) => this.#move(moved, step));
      row.speak();
      return row;
    });
    const elements = this.#rows.map(({ element }) => element);
    const same = elements.length === this.element.children.length;
    if (!same || elements.some((element, place) => this.element.children[place] !== element))
      this.element.replaceChildren(...elements);
    const movable = this.#rows.filter((row) => row.shown.ground === null);
    for (const row of this.#rows) row.update(row === movable[0], row === movable.at(-1));
  }

  speak() {
    for (const row of this.#rows) row.speak();
  }

  /**
   * @param {string} id
   * @param {1 | -1} step
   */
  #move(id, step) {
    const { board } = this.#bench;
    board.stack.move(id, step);
    const row = this.#rows.find((each) => each.id === id);
    if (row === undefined) return;
    row.focus(step);
    const place = this.#rows.indexOf(row) + 1;
    const values = { title: row.title(), place, all: this.#rows.length };
    this.announcement.textContent = sayLayer(board.language, "moved", values);
  }
}
