/** What lies on the map: products and base maps, each with its sources and its map layers. */

/** @import { Map as MapLibreMap } from "maplibre-gl" */
/** @import { Archive } from "./archives.mjs" */
/** @import { Product } from "./catalog.mjs" */
/** @import { Drawing } from "./drawing.mjs" */
/** @import { Ground } from "./ground.mjs" */
/** @import { Text } from "./words.mjs" */
import { areaNames } from "./lettering.mjs";
import { drawings } from "./style.mjs";
import { nameSource } from "./writing.mjs";

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

export class Stack {
  /** @type {Map<string, Shown>} */
  shown = new Map();
  #map;
  #changed;

  /**
   * @param {MapLibreMap} map
   * @param {() => void} changed Called whenever what is seen has changed.
   */
  constructor(map, changed) {
    this.#map = map;
    this.#changed = changed;
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
    const { id, title, attribution } = product;
    const { url, tileSize } = archive;
    const raster = archive.kind === "raster";
    this.#map.addSource(id, raster ? { type: "raster", url, tileSize } : { type: "vector", url });
    const all = drawings(id, archive, ink);
    const sources = [id];
    if (!raster) {
      const names = nameSource(id);
      this.#map.addSource(names, { type: "geojson", data: { type: "FeatureCollection", features: [] } });
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
    for (const [name, source] of Object.entries(ground.sources)) this.#map.addSource(name, source);
    const { title = null, attribution = ground.attribution } = product ?? {};
    const sources = Object.keys(ground.sources);
    this.#put(id, { title, attribution, archive: null, ground, sources, drawings: ground.drawings, visible });
  }

  /**
   * @param {string} id
   * @param {Shown} shown
   */
  #put(id, shown) {
    for (const { slot, layer } of shown.drawings) this.#map.addLayer(layer, slot);
    this.shown.set(id, shown);
    this.#settle();
  }

  /**
   * Take a product off the map.
   *
   * @param {string} id
   */
  remove(id) {
    const shown = this.shown.get(id);
    if (!shown) return;
    for (const { layer } of shown.drawings) this.#map.removeLayer(layer.id);
    for (const source of shown.sources) this.#map.removeSource(source);
    this.shown.delete(id);
    this.#settle();
  }

  /**
   * @param {string} id
   * @param {boolean} visible
   */
  show(id, visible) {
    const shown = this.shown.get(id);
    if (!shown) return;
    shown.visible = visible;
    this.#settle();
  }

  /** Let the map show what should be seen; above a base map, without what would cover it. */
  #settle() {
    const all = [...this.shown.values()];
    const grounded = all.some(({ ground, visible }) => ground !== null && visible);
    for (const { drawings: drawn, visible } of all) {
      for (const { layer, covers = false } of drawn) {
        // areas stay, unseen: a click still tells of them
        const bare = covers && grounded && layer.type === "fill";
        if (covers && layer.type === "fill")
          this.#map.setPaintProperty(layer.id, "fill-opacity", bare ? 0 : 1);
        const seen = visible && (bare || !covers || !grounded);
        this.#map.setLayoutProperty(layer.id, "visibility", seen ? "visible" : "none");
      }
    }
    this.#changed();
  }

  /**
   * Ask again for the tiles of a product.
   *
   * @param {string} id
   */
  refresh(id) {
    for (const name of this.shown.get(id)?.sources ?? []) {
      const source = this.#map.getSource(name);
      if (name === nameSource(id) || source === undefined) continue;
      const { tileSize, minzoom, maxzoom, roundZoom } = source;
      const inView = this.#map.coveringTiles({ tileSize, minzoom, maxzoom, roundZoom });
      // told which, as without that tiles that failed wait for ever (MapLibre 6.17)
      this.#map.refreshTiles(
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
    this.#map.setPaintProperty(`${id}/raster`, "raster-opacity", opacity);
  }

  /**
   * Return what draws tiles of a source, with its id; names of areas are nobody's tiles.
   *
   * @param {string} source
   */
  ownerOf(source) {
    return [...this.shown].find(([id, { sources }]) => source !== nameSource(id) && sources.includes(source));
  }

  /** Return the ids of all that is seen. */
  seen() {
    return [...this.shown].filter(([, { visible }]) => visible).map(([id]) => id);
  }

  /** Return the attributions of all that is seen. */
  attributions() {
    return this.seen().map((id) => this.shown.get(id)?.attribution ?? "");
  }
}
