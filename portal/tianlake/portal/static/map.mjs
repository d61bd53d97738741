/**
 * The map: one MapLibre map, to which products are added one by one, and tools are fitted.
 *
 * A tool gets the board. It hears of what happens by `on`, draws with `overlay` above everything else, puts its
 * buttons on the map with `fix`, and has clicks for itself between `takeClicks` and the call of what that returns.
 *
 * @typedef {object} Happenings What a board tells of, and what its listeners are given.
 * @property {LngLat | null} pointer Where the pointer is; null once it has left the map.
 * @property {MapLibreMap} view The view has come to rest somewhere else.
 * @property {string[]} layers What is seen, or its order, has changed: ids of what is seen.
 * @property {Language} language Another language is spoken.
 */

/** @import { ControlPosition, IControl, LayerSpecification, LngLat, MapMouseEvent, SourceSpecification } from "maplibre-gl" */
/** @import { Map as MapLibreMap } from "maplibre-gl" */
/** @import { Language } from "./words.mjs" */
import { makeMap, PHONE } from "./canvas.mjs";
import { speakControls } from "./controls.mjs";
import { Credits } from "./credits.mjs";
import { Identify } from "./identify.mjs";
import { Stack } from "./stack.mjs";
import { Writing } from "./writing.mjs";
import { NavigationControl, ScaleControl } from "./vendor/maplibre-gl.mjs";

export class Board {
  /** @type {Language} */
  #language;
  #credits = new Credits();
  #events = new EventTarget();
  /** @type {Map<string, {sources: string[], layers: string[]}>} */
  #overlays = new Map();
  /** @type {((event: MapMouseEvent) => void) | null} */
  #clicks = null;
  #writing;
  #identify;

  /**
   * @param {HTMLElement} container
   * @param {Language} language
   * @param {(product: string | null, error: unknown) => void} onFault Told of tiles that do not load.
   */
  constructor(container, language, onFault) {
    this.#language = language;
    this.map = makeMap(container);
    /** What lies on the map. */
    this.stack = new Stack(this.map, () => this.#stackChanged());
    this.#writing = new Writing(this.map, this.stack.shown);
    this.#identify = new Identify(this.map, this.stack);
    this.map.addControl(new NavigationControl({ showCompass: false }), "top-right");
    this.map.addControl(this.#credits.numbers, "bottom-left"); // what is added later stands higher there
    this.map.addControl(new ScaleControl({ unit: "metric" }), "bottom-left");
    this.map.addControl(this.#credits.sources, "bottom-right");
    this.map.on("error", (event) => {
      const source = /** @type {{sourceId?: string}} */ (event).sourceId;
      onFault(source === undefined ? null : (this.stack.ownerOf(source)?.[0] ?? source), event.error);
    });
    this.#listen();
    this.speak(language);
  }

  #listen() {
    const { map } = this;
    map.on("click", (event) => {
      if (this.#clicks) this.#clicks(event);
      else void this.#identify.tell(event, this.#language);
    });
    map.on("mousemove", ({ lngLat }) => this.#tell("pointer", lngLat));
    map.on("mouseout", () => this.#tell("pointer", null));
    map.on("moveend", () => this.#tell("view", map));
    map.on("idle", () => this.#writing.write());
  }

  /** Resolves when products may be added. */
  async open() {
    await this.map.once("load");
  }

  /** The language that is spoken. */
  get language() {
    return this.#language;
  }

  /**
   * Listen to what happens.
   *
   * @template {keyof Happenings} Name
   * @param {Name} name
   * @param {(value: Happenings[Name]) => void} listener
   * @returns {() => void} Stops listening.
   */
  on(name, listener) {
    const heard = (/** @type {Event} */ event) => listener(/** @type {CustomEvent} */ (event).detail);
    this.#events.addEventListener(name, heard);
    return () => this.#events.removeEventListener(name, heard);
  }

  /**
   * @template {keyof Happenings} Name
   * @param {Name} name
   * @param {Happenings[Name]} detail
   */
  #tell(name, detail) {
    this.#events.dispatchEvent(new CustomEvent(name, { detail }));
  }

  /**
   * Have all clicks; nothing else is told of them.
   *
   * @param {(event: MapMouseEvent) => void} listener
   * @returns {() => void} Gives them back, unless another tool has taken them.
   */
  takeClicks(listener) {
    this.#identify.close();
    this.#clicks = listener;
    return () => {
      if (this.#clicks === listener) this.#clicks = null;
    };
  }

  /**
   * Put an element on a corner of the map.
   *
   * @param {HTMLElement} element
   * @param {ControlPosition} corner
   * @returns {() => void} Takes it away.
   */
  fix(element, corner) {
    element.classList.add("maplibregl-ctrl"); // it takes clicks, which a corner lets through
    /** @type {IControl} */
    const control = { onAdd: () => element, onRemove: () => element.remove() };
    this.map.addControl(control, corner);
    return () => void this.map.removeControl(control);
  }

  /**
   * Draw something above everything else, in place of what was drawn under the same id.
   *
   * @param {string} id
   * @param {Record<string, SourceSpecification>} sources
   * @param {LayerSpecification[]} layers Lowest first.
   */
  overlay(id, sources, layers) {
    this.lift(id);
    for (const [name, source] of Object.entries(sources)) this.map.addSource(name, source);
    for (const layer of layers) this.map.addLayer(layer);
    this.#overlays.set(id, { sources: Object.keys(sources), layers: layers.map((layer) => layer.id) });
  }

  /**
   * Take an overlay away.
   *
   * @param {string} id
   */
  lift(id) {
    const { sources, layers } = this.#overlays.get(id) ?? { sources: [], layers: [] };
    for (const layer of layers) this.map.removeLayer(layer);
    for (const source of sources) this.map.removeSource(source);
    this.#overlays.delete(id);
  }

  /**
   * @param {[number, number, number, number]} bounds Degrees: west, south, east, north.
   * @param {boolean} animate
   */
  fit([west, south, east, north], animate) {
    const still = !animate || matchMedia("(prefers-reduced-motion: reduce)").matches;
    const margin = matchMedia(PHONE).matches ? 14 : 32;
    // room below for scale and credits, which would hide the south of China
    const padding = { top: margin, right: margin, left: margin, bottom: margin + 36 };
    this.map.fitBounds([west, south, east, north], { padding, maxZoom: 14, animate: !still });
  }

  /**
   * Speak another language: names of controls, credits.
   *
   * @param {Language} language
   */
  speak(language) {
    this.#language = language;
    speakControls(this.map.getContainer(), language);
    this.#identify.close();
    this.#writeCredits();
    this.#tell("language", language);
  }

  /** Return whether nothing more will be drawn while nobody moves the map. */
  settled() {
    return this.map.loaded() && !this.map.isMoving() && this.#writing.settled();
  }

  /** Return what has to be said of what is seen, in the language that is spoken. */
  credits() {
    return this.#credits.said();
  }

  #stackChanged() {
    this.#writeCredits();
    this.#tell("layers", this.stack.seen());
  }

  #writeCredits() {
    this.#credits.write(this.stack.attributions(), this.#language);
  }
}
