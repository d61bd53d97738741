/** One layer in the list of layers: whether it is seen, how opaque, in which place, and what its signs mean. */

/** @import { Bench } from "../fittings.mjs" */
/** @import { Shown } from "../stack.mjs" */
import { make } from "../dom.mjs";
import { say } from "../words.mjs";
import { sayLayer } from "./layer_words.mjs";
import { legendView } from "./legend_view.mjs";
import { legendOf } from "./legends.mjs";
import { partsOf, unitIn } from "./parts.mjs";
import { pageOf } from "./places.mjs";

const NUMBER = "审图号";

export class Row {
  element = make("li", { class: "layer" });
  #box = make("input", { type: "checkbox" });
  #name = make("span", { class: "layer-name" });
  #up = make("button", { type: "button", class: "layer-move" }, "▲");
  #down = make("button", { type: "button", class: "layer-move" }, "▼");
  #slider = make("input", { type: "range", min: "0", max: "100", step: "5" });
  #zoom = make("button", { type: "button", class: "plain" });
  #about = make("a", { class: "small" });
  #legend = make("div", { class: "layer-legend" });
  #owed = make("p", { class: "quiet small" });
  #opacity = make("span", { "aria-hidden": "true" });
  #more = make("div", { class: "layer-more" });
  /** @type {string | null} */
  #unit = null;
  #bench;

  /**
   * @param {Bench} bench
   * @param {string} id
   * @param {Shown} shown
   * @param {(id: string, step: 1 | -1) => void} move
   */
  constructor(bench, id, shown, move) {
    this.#bench = bench;
    this.id = id;
    this.shown = shown;
    const { board } = bench;
    this.element.dataset.layer = id;
    const movable = shown.ground === null ? [this.#up, this.#down] : [];
    const label = make("label", { class: "toggle" }, this.#box, this.#name);
    this.element.append(make("div", { class: "layer-head" }, label, ...movable), this.#more);
    this.#box.addEventListener("change", () => this.#show(this.#box.checked));
    this.#up.addEventListener("click", () => move(id, 1));
    this.#down.addEventListener("click", () => move(id, -1));
    this.#slider.addEventListener("input", () => this.#fade(Number(this.#slider.value) / 100));
    this.#zoom.addEventListener("click", () => {
      if (shown.product?.bounds) board.fit(shown.product.bounds, true);
    });
    const links = shown.product ? [this.#zoom, this.#about] : [];
    this.#more.append(
      make("div", { class: "opacity" }, this.#opacity, this.#slider),
      make("div", { class: "layer-links" }, ...links),
      this.#legend,
      this.#owed,
    );
    if (shown.product) void this.#readUnit();
  }

  async #readUnit() {
    if (!this.shown.archive?.ramp || !this.shown.product) return;
    this.#unit = unitIn(await partsOf(this.shown.product));
    this.speak();
  }

  get #entry() {
    return this.#bench.entries.find(({ product }) => product?.id === this.id) ?? null;
  }

  /** @param {boolean} visible */
  #show(visible) {
    const entry = this.#entry;
    if (entry) entry.visible = visible;
    this.#bench.board.stack.show(this.id, visible);
    if (entry) this.#bench.redraw(entry);
  }

  /** @param {number} opacity */
  #fade(opacity) {
    const entry = this.#entry;
    if (entry) entry.opacity = opacity;
    this.#bench.board.stack.fade(this.id, opacity);
    if (entry) this.#bench.redraw(entry);
  }

  /** Return what it is called. */
  title() {
    const { language } = this.#bench.board;
    return this.shown.product?.title[language] ?? sayLayer(language, "baseMap");
  }

  /**
   * Tell its state anew.
   *
   * @param {boolean} first Whether it is the uppermost that can be moved.
   * @param {boolean} last
   */
  update(first, last) {
    const { visible, opacity } = this.shown;
    this.#box.checked = visible;
    this.#slider.value = String(Math.round(opacity * 100));
    this.#up.disabled = first;
    this.#down.disabled = last;
    this.#more.hidden = !visible;
  }

  /** Say everything in the board's language. */
  speak() {
    const { language } = this.#bench.board;
    const title = this.title();
    this.#name.textContent = title;
    for (const [element, key] of /** @type {const} */ ([
      [this.#box, "visible"],
      [this.#up, "up"],
      [this.#down, "down"],
      [this.#slider, "opacityOf"],
    ]))
      element.setAttribute("aria-label", sayLayer(language, key, { title }));
    this.#opacity.textContent = say(language, "opacity");
    this.#zoom.textContent = sayLayer(language, "zoomTo");
    this.#zoom.setAttribute("aria-label", `${sayLayer(language, "zoomTo")}: ${title}`);
    if (this.shown.product) this.#about.href = pageOf(this.shown.product.id);
    this.#about.textContent = sayLayer(language, "about");
    this.#about.setAttribute("aria-label", `${sayLayer(language, "about")}: ${title}`);
    this.#legend.replaceChildren(...legendView(legendOf(this.shown), language, this.#unit));
    const text = this.shown.attribution;
    const number = text.includes(NUMBER) ? "" : ` · ${sayLayer(language, "noNumber")}`;
    this.#owed.textContent = `${sayLayer(language, "owed", { text })}${number}`;
  }

  /** @param {1 | -1} step */
  focus(step) {
    const [wanted, other] = step > 0 ? [this.#up, this.#down] : [this.#down, this.#up];
    (wanted.disabled ? other : wanted).focus();
  }
}
