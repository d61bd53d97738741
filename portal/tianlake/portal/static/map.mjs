/** The map: one MapLibre map, to which products are added one by one. */

/** @import { Archive } from "./archives.mjs" */
/** @import { Product } from "./catalog.mjs" */
/** @import { Language } from "./words.mjs" */
/** @import { GeoJSONSource, MapMouseEvent } from "maplibre-gl" */
import { loadTile } from "./archives.mjs";
import { make } from "./dom.mjs";
import { namePoints } from "./names.mjs";
import { describeFeatures } from "./popups.mjs";
import { areaNames, nameField } from "./lettering.mjs";
import { drawings, emptyStyle } from "./style.mjs";
import { say } from "./words.mjs";
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
 * @typedef {object} Shown A product on the map.
 * @property {Product} product
 * @property {Archive} archive
 * @property {string[]} layers Ids of its map layers.
 * @property {boolean} visible
 */

export class Board {
  /** @type {Map<string, Shown>} */
  #shown = new Map();
  /** @type {Language} */
  #language;
  #names = "";
  // closeOnClick would close it in the very click that moves it to another place
  #popup = new Popup({ maxWidth: "min(340px, 84vw)", closeOnClick: false });
  #credits = make("div", { class: "maplibregl-ctrl credits" });

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
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new NavigationControl({ showCompass: false }), "top-right");
    this.map.addControl(new ScaleControl({ unit: "metric" }), "bottom-left");
    this.map.addControl(
      { onAdd: () => this.#credits, onRemove: () => this.#credits.remove() },
      "bottom-right",
    );
    this.map.on("error", (event) => {
      const source = /** @type {{sourceId?: string}} */ (event).sourceId;
      onFault(source ?? null, event.error);
    });
    this.map.on("click", (event) => this.#describe(event));
    this.map.on("idle", () => this.#writeNames());
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
    const { url, tileSize } = archive;
    const raster = archive.kind === "raster";
    map.addSource(product.id, raster ? { type: "raster", url, tileSize } : { type: "vector", url });
    const all = drawings(product.id, archive, ink);
    if (!raster) all.push(...this.#nameSource(product, archive));
    for (const { slot, layer } of all) {
      map.addLayer(layer, slot);
      if (!visible) map.setLayoutProperty(layer.id, "visibility", "none");
    }
    this.#shown.set(product.id, { product, archive, layers: all.map(({ layer }) => layer.id), visible });
    this.#writeCredits();
  }

  /**
   * @param {Product} product
   * @param {Archive} archive
   */
  #nameSource(product, archive) {
    const source = nameSource(product.id);
    this.map.addSource(source, { type: "geojson", data: { type: "FeatureCollection", features: [] } });
    return areaNames(source, archive);
  }

  /**
   * @param {string} id
   * @param {boolean} visible
   */
  show(id, visible) {
    const shown = this.#shown.get(id);
    if (!shown) return;
    shown.visible = visible;
    for (const layer of shown.layers)
      this.map.setLayoutProperty(layer, "visibility", visible ? "visible" : "none");
    this.#writeCredits();
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
    const container = this.map.getContainer();
    label(container, ".maplibregl-ctrl-zoom-in", say(language, "zoomIn"));
    label(container, ".maplibregl-ctrl-zoom-out", say(language, "zoomOut"));
    label(container, ".maplibregl-canvas", say(language, "mapKeys"));
    write(container, ".maplibregl-desktop-message", say(language, "scrollKeys"));
    write(container, ".maplibregl-mobile-message", say(language, "twoFingers"));
    this.#popup.remove();
    this.#writeCredits();
  }

  /** Return whether nothing more will be drawn while nobody moves the map. */
  settled() {
    return this.map.loaded() && !this.map.isMoving() && this.#namesOf().signature === this.#names;
  }

  #writeCredits() {
    const texts = [...this.#shown.values()]
      .filter(({ visible }) => visible)
      .map(({ product }) => product.attribution);
    const lines = [...new Set(texts.filter(Boolean))];
    this.#credits.textContent = say(this.#language, "sources", { list: lines.join(" | ") }); // text, never markup
    this.#credits.hidden = lines.length === 0;
  }

  /** @param {MapMouseEvent} event */
  #describe(event) {
    const { x, y } = event.point;
    const box = /** @type {[[number, number], [number, number]]} */ ([
      [x - CLICK_SLACK, y - CLICK_SLACK],
      [x + CLICK_SLACK, y + CLICK_SLACK],
    ]);
    const titleOf = (/** @type {string} */ source) => this.#shown.get(source)?.product.title ?? null;
    const told = describeFeatures(this.map.queryRenderedFeatures(box), titleOf, this.#language);
    if (!told) {
      this.#popup.remove();
      return;
    }
    this.#popup.setLngLat(event.lngLat).setDOMContent(told).addTo(this.map);
    label(this.map.getContainer(), ".maplibregl-popup-close-button", say(this.#language, "close"));
  }

  /** Write the names of the areas in view; the tiles that hold these areas have been loaded. */
  #writeNames() {
    const { signature, bySource } = this.#namesOf();
    if (signature === this.#names) return;
    this.#names = signature;
    for (const [id, features] of bySource) {
      const source = /** @type {GeoJSONSource | undefined} */ (this.map.getSource(nameSource(id)));
      source?.setData({ type: "FeatureCollection", features });
    }
  }

  #namesOf() {
    /** @type {Map<string, GeoJSON.Feature<GeoJSON.Point>[]>} */
    const bySource = new Map();
    for (const [id, { archive, visible }] of this.#shown) {
      if (archive.kind === "vector" && visible)
        bySource.set(
          id,
          archive.layers.flatMap((layer) => this.#namesIn(id, layer)),
        );
    }
    return { signature: JSON.stringify([...bySource]), bySource };
  }

  /**
   * @param {string} id
   * @param {import("./archives.mjs").TileLayer} layer
   */
  #namesIn(id, layer) {
    const field = nameField(layer);
    const drawn = this.map.getLayer(`${nameSource(id)}/${layer.id}/names`);
    const zoom = this.map.getZoom();
    if (field === null || !drawn || zoom < drawn.minzoom || zoom >= drawn.maxzoom) return [];
    const pieces = this.map.querySourceFeatures(id, {
      sourceLayer: layer.id,
      filter: ["==", ["geometry-type"], "Polygon"],
    });
    return namePoints(pieces, field, layer.id);
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

/** @param {string} id */
function nameSource(id) {
  return `${id}/names`;
}

/**
 * @param {HTMLElement} container
 * @param {string} selector
 * @param {string} text
 */
function label(container, selector, text) {
  const element = container.querySelector(selector);
  element?.setAttribute("aria-label", text);
  if (element?.hasAttribute("title") || element instanceof HTMLButtonElement)
    element.setAttribute("title", text);
}

/**
 * @param {HTMLElement} container
 * @param {string} selector
 * @param {string} text
 */
function write(container, selector, text) {
  const element = container.querySelector(selector);
  if (element) element.textContent = text;
}
