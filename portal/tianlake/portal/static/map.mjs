/** The map: one MapLibre map, to which products are added one by one. */

/** @import { Archive } from "./archives.mjs" */
/** @import { Product } from "./catalog.mjs" */
/** @import { Drawing } from "./drawing.mjs" */
/** @import { Ground } from "./ground.mjs" */
/** @import { Language, Text } from "./words.mjs" */
/** @import { MapMouseEvent } from "maplibre-gl" */
import { loadTile } from "./archives.mjs";
import { label, speakControls } from "./controls.mjs";
import { Credits } from "./credits.mjs";
import { keyHeaders } from "./keyring.mjs";
import { areaNames } from "./lettering.mjs";
import { describeFeatures } from "./popups.mjs";
import { drawings, emptyStyle } from "./style.mjs";
import { say } from "./words.mjs";
import { nameSource, Writing } from "./writing.mjs";
import {
  addProtocol,
  LngLat,
  Map as MapLibreMap,
  NavigationControl,
  Popup,
  ScaleControl,
  setWorkerUrl,
} from "./vendor/maplibre-gl.mjs";

/** Fonts for names on the map, as good as the visitor's machine has them. */
const FONTS =
  '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Micro Hei", sans-serif';
const CLICK_SLACK = 4; // pixels around a click in which a point or line counts as hit
const MERCATOR_LATITUDE = 85.051129; // degrees; web mercator ends there (EPSG:3857)
const PHONE = "(max-width: 859px)";

/**
 * @typedef {object} Shown A product, or another node's base map, on the map.
 * @property {Text | null} title Null for what a click does not tell of.
 * @property {string} attribution
 * @property {Archive | null} archive
 * @property {Ground | null} ground How it is drawn as a base map, where it is one.
 * @property {string[]} sources Ids of its sources.
 * @property {Drawing[]} drawings
 * @property {boolean} visible
 */

export class Board {
  /** @type {Map<string, Shown>} */
  #shown = new Map();
  /** @type {Language} */
  #language;
  // closeOnClick would close it in the very click that moves it to another place
  #popup = new Popup({ maxWidth: "min(340px, 84vw)", closeOnClick: false });
  #credits = new Credits();
  #writing;

  /**
   * @param {HTMLElement} container
   * @param {Language} language
   * @param {(product: string | null, error: unknown) => void} onFault Told of tiles that do not load.
   */
  constructor(container, language, onFault) {
    setWorkerUrl(new URL("vendor/maplibre-gl-worker.mjs", import.meta.url).href);
    addProtocol("pmtiles", loadTile);
    this.#language = language;
    this.map = new MapLibreMap({
      container,
      style: emptyStyle(),
      attributionControl: false,
      cooperativeGestures: matchMedia(PHONE).matches, // one finger scrolls the page, two move the map
      dragRotate: false,
      touchPitch: false,
      renderWorldCopies: false,
      transformConstrain: withinWorld,
      localIdeographFontFamily: FONTS,
      fadeDuration: 120,
      transformRequest: (url) => ({ url, headers: keyHeaders(url) }),
    });
    this.#writing = new Writing(this.map, this.#shown);
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new NavigationControl({ showCompass: false }), "top-right");
    this.map.addControl(this.#credits.numbers, "bottom-left"); // what is added later stands higher there
    this.map.addControl(new ScaleControl({ unit: "metric" }), "bottom-left");
    this.map.addControl(this.#credits.sources, "bottom-right");
    this.map.on("error", (event) => {
      const source = /** @type {{sourceId?: string}} */ (event).sourceId;
      onFault(source === undefined ? null : (this.#shownOf(source)?.[0] ?? source), event.error);
    });
    this.map.on("click", (event) => this.#describe(event));
    this.map.on("idle", () => this.#writing.write());
    this.speak(language);
  }

  /** Resolves when products may be added. */
  async open() {
    await this.map.once("load");
  }

  /**
   * Draw a product.
   *
   * @param {Product} product
   * @param {Archive} archive
   * @param {string} ink
   * @param {boolean} visible
   */
  add(product, archive, ink, visible) {
    const { map } = this;
    const { id, title, attribution } = product;
    const { url, tileSize } = archive;
    const raster = archive.kind === "raster";
    map.addSource(id, raster ? { type: "raster", url, tileSize } : { type: "vector", url });
    const all = drawings(id, archive, ink);
    const sources = [id];
    if (!raster) {
      const names = nameSource(id);
      map.addSource(names, { type: "geojson", data: { type: "FeatureCollection", features: [] } });
      all.push(...areaNames(names, archive));
      sources.push(names);
    }
    this.#put(id, { title, attribution, archive, ground: null, sources, drawings: all, visible });
  }

  /**
   * Lay a base map under everything.
   *
   * @param {string} id
   * @param {Ground} ground
   * @param {boolean} visible
   * @param {{title: Text, attribution: string}} [product] Whose it is, where this node publishes it.
   */
  lay(id, ground, visible, product) {
    for (const [name, source] of Object.entries(ground.sources)) this.map.addSource(name, source);
    const { title = null, attribution = ground.attribution } = product ?? {};
    const sources = Object.keys(ground.sources);
    this.#put(id, { title, attribution, archive: null, ground, sources, drawings: ground.drawings, visible });
  }

  /**
   * @param {string} id
   * @param {Shown} shown
   */
  #put(id, shown) {
    for (const { slot, layer } of shown.drawings) this.map.addLayer(layer, slot);
    this.#shown.set(id, shown);
    this.#settle();
  }

  /**
   * Take a product off the map.
   *
   * @param {string} id
   */
  remove(id) {
    const shown = this.#shown.get(id);
    if (!shown) return;
    for (const { layer } of shown.drawings) this.map.removeLayer(layer.id);
    for (const source of shown.sources) this.map.removeSource(source);
    this.#shown.delete(id);
    this.#settle();
  }

  /**
   * @param {string} id
   * @param {boolean} visible
   */
  show(id, visible) {
    const shown = this.#shown.get(id);
    if (!shown) return;
    shown.visible = visible;
    this.#settle();
  }

  /** Let the map show what should be seen; above a base map, without what would cover it. */
  #settle() {
    const all = [...this.#shown.values()];
    const grounded = all.some(({ ground, visible }) => ground !== null && visible);
    for (const { drawings: drawn, visible } of all) {
      for (const { layer, covers = false } of drawn) {
        // areas stay, unseen: a click still tells of them
        const bare = covers && grounded && layer.type === "fill";
        if (covers && layer.type === "fill")
          this.map.setPaintProperty(layer.id, "fill-opacity", bare ? 0 : 1);
        const seen = visible && (bare || !covers || !grounded);
        this.map.setLayoutProperty(layer.id, "visibility", seen ? "visible" : "none");
      }
    }
    this.#writeCredits();
  }

  /**
   * Ask again for the tiles of a product.
   *
   * @param {string} id
   */
  refresh(id) {
    for (const name of this.#shown.get(id)?.sources ?? []) {
      const source = this.map.getSource(name);
      if (name === nameSource(id) || source === undefined) continue;
      const { tileSize, minzoom, maxzoom, roundZoom } = source;
      const inView = this.map.coveringTiles({ tileSize, minzoom, maxzoom, roundZoom });
      // told which, as without that tiles that failed wait for ever (MapLibre 6.17)
      this.map.refreshTiles(
        name,
        inView.map(({ canonical }) => canonical),
      );
    }
  }

  /**
   * @param {string} id
   * @param {number} opacity 0 to 1, of a raster.
   */
  fade(id, opacity) {
    this.map.setPaintProperty(`${id}/raster`, "raster-opacity", opacity);
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
    this.#popup.remove();
    this.#writeCredits();
  }

  /** Return whether nothing more will be drawn while nobody moves the map. */
  settled() {
    return this.map.loaded() && !this.map.isMoving() && this.#writing.settled();
  }

  /**
   * Return what draws tiles of a source, with its id; names of areas are nobody's tiles.
   *
   * @param {string} source
   */
  #shownOf(source) {
    return [...this.#shown].find(
      ([id, { sources }]) => source !== nameSource(id) && sources.includes(source),
    );
  }

  #writeCredits() {
    const visible = [...this.#shown.values()].filter((each) => each.visible);
    this.#credits.write(
      visible.map(({ attribution }) => attribution),
      this.#language,
    );
  }

  /** @param {MapMouseEvent} event */
  #describe(event) {
    const { x, y } = event.point;
    const box = /** @type {[[number, number], [number, number]]} */ ([
      [x - CLICK_SLACK, y - CLICK_SLACK],
      [x + CLICK_SLACK, y + CLICK_SLACK],
    ]);
    const hit = this.map.queryRenderedFeatures(box);
    const ofProducts = hit.filter(({ source }) => this.#shownOf(source)?.[1].ground === null);
    const titleOf = (/** @type {string} */ source) => this.#shownOf(source)?.[1].title ?? null;
    // of a base map where there is nothing else: it lies below everything
    const told = describeFeatures(ofProducts.length ? ofProducts : hit, titleOf, this.#language);
    if (!told) {
      this.#popup.remove();
      return;
    }
    this.#popup.setLngLat(event.lngLat).setDOMContent(told).addTo(this.map);
    label(this.map.getContainer(), ".maplibregl-popup-close-button", say(this.#language, "close"));
  }
}

/**
 * Keep the middle of the map within the world, and nothing more: by default the whole of a map must lie within, and
 * on one that is wide and low, the east of the world could not be brought to the middle.
 *
 * @param {import("maplibre-gl").LngLat} center
 * @param {number} zoom
 */
function withinWorld({ lng, lat }, zoom) {
  const between = (/** @type {number} */ value, /** @type {number} */ most) =>
    Math.min(Math.max(value, -most), most);
  return { center: new LngLat(between(lng, 180), between(lat, MERCATOR_LATITUDE)), zoom: Math.max(zoom, 0) };
}
