/** Two releases on one map: the older one left of a divider that is dragged, or moved by keys. */

/** @import { MapMouseEvent } from "maplibre-gl" */
/** @import { Archive } from "../archives.mjs" */
/** @import { Bench } from "../fittings.mjs" */
/** @import { Change } from "./tables.mjs" */
import { makeMap } from "../canvas.mjs";
import { make } from "../dom.mjs";
import { Identify } from "../identify.mjs";
import { Stack } from "../stack.mjs";
import { Writing } from "../writing.mjs";
import { sayCompare } from "./compare_words.mjs";
import { HIGHLIGHTS, highlights } from "./highlights.mjs";

const STEP = 2; // percent of the map's width that an arrow key moves the divider
const LEAP = 10; // and Page Up or Page Down

export class Swipe {
  #share = 50;
  #older = make("div", { class: "swipe-older", "aria-hidden": "true" }); // the divider tells of it
  #divider = make("div", {
    class: "swipe-divider",
    role: "slider",
    tabindex: "0",
    "aria-orientation": "horizontal",
  });
  #labels = [make("span", { class: "swipe-label" }), make("span", { class: "swipe-label" })];
  /** @type {(() => void)[]} */
  #ends = [];
  #bench;
  #id;
  #map;
  #stack;
  #identify;

  /**
   * @param {Bench} bench
   * @param {string} id Of the product that is compared.
   */
  constructor(bench, id) {
    const { board } = bench;
    this.#bench = bench;
    this.#id = id;
    const container = board.map.getContainer();
    container.classList.add("swiping");
    container.append(this.#older, this.#divider, ...this.#labels);
    this.#map = makeMap(this.#older, false);
    Object.assign(/** @type {any} */ (window).tianlake, { older: this.#map }); // see `page.mjs`
    this.#stack = new Stack(this.#map, () => {});
    const writing = new Writing(this.#map, this.#stack.shown);
    this.#map.on("idle", () => writing.write());
    this.#identify = new Identify(this.#map, this.#stack, board.map);
    const newer = new Identify(board.map, board.stack);
    const follow = () => this.#follow();
    board.map.on("move", follow);
    this.#ends.push(
      () => board.map.off("move", follow),
      board.takeClicks((event) => {
        const [asked, other] = this.#isOlder(event) ? [this.#identify, newer] : [newer, this.#identify];
        other.close();
        void asked.tell(event, board.language);
      }),
      () => newer.close(),
      board.on("layers", () => this.#match()),
    );
    this.#listen();
    this.#follow();
    this.#move(this.#share);
  }

  /**
   * Draw what is seen on the map, the compared product from its older archive.
   *
   * @param {Archive} archive
   */
  async open(archive) {
    await this.#map.once("load");
    const { board, entries } = this.#bench;
    for (const [id, shown] of board.stack.shown) {
      const { product, ground, archive: now, visible, opacity } = shown;
      const ink = entries.find((entry) => entry.product?.id === id)?.ink ?? "";
      const drawn = id === this.#id ? archive : now;
      if (ground) this.#stack.lay(id, ground, visible, product ?? undefined);
      else if (product && drawn) this.#stack.add(product, drawn, ink, visible);
      this.#stack.fade(id, opacity);
    }
  }

  /** Let the older side show what the newer one does. */
  #match() {
    for (const [id, { visible, opacity }] of this.#bench.board.stack.shown) {
      this.#stack.show(id, visible);
      this.#stack.fade(id, opacity);
    }
  }

  /**
   * Highlight changes on both sides.
   *
   * @param {Change[]} changes
   */
  highlight(changes) {
    const newer = highlights(changes, "newer");
    this.#bench.board.overlay(HIGHLIGHTS, newer.sources, newer.layers);
    const older = highlights(changes, "older");
    for (const [name, source] of Object.entries(older.sources)) this.#map.addSource(name, source);
    for (const layer of older.layers) this.#map.addLayer(layer);
  }

  /**
   * Say which side is which.
   *
   * @param {string} older
   * @param {string} newer
   */
  speak(older, newer) {
    this.#labels[0].textContent = older;
    this.#labels[1].textContent = newer;
    this.#tellShare();
  }

  /** Take everything away again. */
  close() {
    for (const end of this.#ends) end();
    this.#identify.close();
    this.#bench.board.lift(HIGHLIGHTS);
    this.#map.remove();
    Object.assign(/** @type {any} */ (window).tianlake, { older: null });
    for (const element of [this.#older, this.#divider, ...this.#labels]) element.remove();
    this.#bench.board.map.getContainer().classList.remove("swiping");
  }

  #listen() {
    this.#divider.addEventListener("pointerdown", (event) => {
      this.#divider.setPointerCapture(event.pointerId);
      event.preventDefault(); // no text is selected meanwhile
      this.#divider.focus();
    });
    this.#divider.addEventListener("pointermove", (event) => {
      if (!this.#divider.hasPointerCapture(event.pointerId)) return;
      const { left, width } = this.#older.getBoundingClientRect();
      this.#move(((event.clientX - left) / width) * 100);
    });
    this.#divider.addEventListener("keydown", (event) => {
      const steps = { ArrowLeft: -STEP, ArrowDown: -STEP, ArrowRight: STEP, ArrowUp: STEP };
      const leaps = { PageDown: -LEAP, PageUp: LEAP, Home: -100, End: 100 };
      const by = /** @type {Record<string, number>} */ ({ ...steps, ...leaps })[event.key];
      if (by === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      this.#move(this.#share + by);
    });
  }

  /** @param {number} share Percent of the map's width that shows the older release. */
  #move(share) {
    this.#share = Math.min(Math.max(share, 0), 100);
    this.#older.style.clipPath = `inset(0 ${100 - this.#share}% 0 0)`;
    this.#divider.style.left = `${this.#share}%`;
    this.#labels[0].style.right = `${100 - this.#share}%`;
    this.#labels[1].style.left = `${this.#share}%`;
    this.#tellShare();
  }

  #tellShare() {
    const share = Math.round(this.#share);
    this.#divider.setAttribute("aria-valuenow", String(share));
    const { language } = this.#bench.board;
    this.#divider.title = sayCompare(language, "divider");
    this.#divider.setAttribute("aria-label", this.#divider.title);
    this.#divider.setAttribute("aria-valuetext", sayCompare(language, "share", { share }));
  }

  #follow() {
    const { map } = this.#bench.board;
    this.#map.jumpTo({
      ...{ center: map.getCenter(), zoom: map.getZoom() },
      ...{ bearing: map.getBearing(), pitch: map.getPitch() },
    });
  }

  /** @param {MapMouseEvent} event */
  #isOlder({ point }) {
    return point.x < (this.#older.clientWidth * this.#share) / 100;
  }
}
