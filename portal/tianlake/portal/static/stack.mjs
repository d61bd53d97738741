/** What lies on the map: products and base maps, each with its sources and its map layers. */

/** @import { Map as MapLibreMap } from "maplibre-gl" */
/** @import { Archive } from "./archives.mjs" */
/** @import { Product } from "./catalog.mjs" */
/** @import { Drawing } from "./drawing.mjs" */
/** @import { Ground } from "./ground.mjs" */
/** @import { Text } from "./words.mjs" */
import { areaNames } from "./lettering.mjs";
import { faded } from "./opacity.mjs";
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
 * @property {number} opacity 0 to 1.
 * @property {Product | null} product Null for another node's base map.
 */

/** What hides what lies below: among these, the visitor's order counts; lines, points and names lie above them all. */
const SURFACES = new Set(["halo", "land", "raster"]);

/** How opaque a product is at first: a raster lets what is below shine through. */
const FIRST_OPACITY = { raster: 0.8, vector: 1 };

export class Stack {
  /** What is on the map, by id; from the ground up. @type {Map<string, Shown>} */
  shown = new Map();
  /** Ids of what is not drawn itself, but something that is drawn is made from it. @type {Set<string>} */
  #used = new Set();
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
    const opacity = FIRST_OPACITY[archive.kind];
    const shown = { title, attribution, archive, ground: null, sources, drawings: all, product };
    this.#put(id, { ...shown, visible, opacity });
  }

  /**
   * Lay a base map under everything.
   *
   * @param {string} id
   * @param {Ground} ground
   * @param {boolean} visible
   * @param {Product} [product] Whose it is, where this node publishes it.
   */
  lay(id, ground, visible, product) {
    for (const [name, source] of Object.entries(ground.sources)) this.#map.addSource(name, source);
    const { title = null, attribution = ground.attribution } = product ?? {};
    const sources = Object.keys(ground.sources);
    const shown = { title, attribution, archive: null, ground, sources, drawings: ground.drawings };
    this.#put(id, { ...shown, visible, opacity: 1, product: product ?? null });
  }

  /**
   * @param {string} id
   * @param {Shown} shown
   */
  #put(id, shown) {
    for (const { slot, layer } of shown.drawings) this.#map.addLayer(layer, slot);
    this.shown.set(id, shown);
    this.#arrange(this.#products());
    this.#settle();
  }

  /** Return what is no base map, from the ground up. */
  #products() {
    return [...this.shown].filter(([, { ground }]) => ground === null);
  }

  /**
   * Put products in an order; base maps lie below them all.
   *
   * @param {[string, Shown][]} products From the ground up.
   */
  #arrange(products) {
    const grounds = [...this.shown].filter(([, { ground }]) => ground !== null);
    this.shown.clear(); // and not a new one: others hold it
    for (const [id, shown] of [...grounds, ...products]) this.shown.set(id, shown);
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
    for (const { drawings: drawn, visible, opacity } of all) {
      for (const { layer, covers = false } of drawn) {
        // areas stay, unseen: a click still tells of them
        const bare = covers && grounded && layer.type === "fill";
        for (const [name, value] of faded(layer, bare ? 0 : opacity))
          this.#map.setPaintProperty(layer.id, name, value);
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
   * @param {number} opacity 0 to 1.
   */
  fade(id, opacity) {
    const shown = this.shown.get(id);
    if (!shown) return;
    shown.opacity = opacity;
    this.#settle();
  }

  /**
   * Move a product one place up or down among the others; base maps stay where they are.
   *
   * @param {string} id
   * @param {1 | -1} step Up, or down.
   */
  move(id, step) {
    const order = this.#products();
    const place = order.findIndex(([other]) => other === id);
    const neighbour = order[place + step];
    if (place < 0 || neighbour === undefined) return;
    [order[place + step], order[place]] = [order[place], neighbour];
    this.#arrange(order);
    for (const [, { drawings: drawn }] of order) {
      for (const { slot, layer } of drawn)
        this.#map.moveLayer(layer.id, SURFACES.has(slot) ? "raster" : slot);
    }
    this.#changed();
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

  /**
   * Tell that something on the map is made from a product, which then is credited as if it were drawn.
   *
   * @param {string} id
   * @param {boolean} used
   */
  use(id, used) {
    if (used) this.#used.add(id);
    else this.#used.delete(id);
    this.#changed();
  }

  /** Return the attributions of all that is seen. */
  attributions() {
    return [...new Set([...this.seen(), ...this.#used])].map((id) => this.shown.get(id)?.attribution ?? "");
  }
}
