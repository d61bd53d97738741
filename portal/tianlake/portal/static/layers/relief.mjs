/** Terrain in three dimensions, and shade drawn from heights: both from a node's own archive of terrain-RGB. */

/** @import { Bounds, Product } from "../catalog.mjs" */
/** @import { Board } from "../map.mjs" */
import { openArchive } from "../archives.mjs";
import { NavigationControl } from "../vendor/maplibre-gl.mjs";
import { heightsIn, partsOf } from "./parts.mjs";

const PITCH = 60; // degrees from straight down
const FIRST_TIMES = 1.5; // as steep as mountains seem to those who stand before them

/** How many times as high as they are heights may be drawn. */
export const [LEAST_TIMES, MOST_TIMES] = [1, 5];

/** @type {WeakMap<Board, Relief>} */
const made = new WeakMap();

/**
 * Return what raises the map's terrain, the same for all who ask; null where nothing on the map has heights.
 *
 * @param {Board} board
 */
export async function reliefOf(board) {
  for (const [, { product }] of board.stack.shown) {
    const heights = product?.productClass === "terrain" ? heightsIn(await partsOf(product)) : null;
    const known = made.get(board);
    if (known) return known;
    if (product === null || heights === null) continue;
    const relief = new Relief(board, product, heights);
    made.set(board, relief);
    return relief;
  }
  return null;
}

export class Relief {
  /** How many times as high as they are heights are drawn. */
  times = FIRST_TIMES;
  raised = false;
  shaded = false;
  #compass = new NavigationControl({ showZoom: false, visualizePitch: true });
  #board;
  #heights;

  /**
   * @param {Board} board
   * @param {Product} product Whose heights they are.
   * @param {string} heights Address of the archive.
   */
  constructor(board, product, heights) {
    this.#board = board;
    this.product = product;
    this.#heights = heights;
  }

  /**
   * Show the map's terrain in three dimensions, and let it be turned.
   *
   * @param {boolean} [stay] Whether the view is that of the map now; else one from which mountains are seen.
   */
  async raise(stay = false) {
    const { map } = this.#board;
    const source = await this.#source("heights");
    map.setTerrain({ source, exaggeration: this.times });
    if (!this.raised) {
      this.raised = true;
      this.#turnable(true);
      map.addControl(this.#compass, "top-right");
      if (!stay) this.#lookAcross();
    }
    this.#settle();
  }

  /**
   * Lay the map flat again.
   *
   * @param {boolean} [stay] Whether the view is that of the map now; else from straight above.
   */
  lower(stay = false) {
    if (!this.raised) return;
    const { map } = this.#board;
    this.raised = false;
    map.setTerrain(null);
    map.removeControl(this.#compass);
    this.#turnable(false);
    if (!stay) map.easeTo({ pitch: 0, bearing: 0, animate: !still() });
    this.#settle();
  }

  #lookAcross() {
    if (this.product.bounds && !this.#inView(this.product.bounds))
      this.#board.fit(this.product.bounds, false);
    this.#board.map.easeTo({ pitch: PITCH, animate: !still() });
  }

  /**
   * Draw heights so many times as high as they are.
   *
   * @param {number} times
   */
  exaggerate(times) {
    this.times = times;
    if (this.raised) void this.raise();
  }

  /**
   * Draw shade from heights over areas and pictures, or take it away.
   *
   * @param {boolean} shaded
   */
  async shade(shaded) {
    const { map } = this.#board;
    const id = `${this.product.id}/shade`;
    this.shaded = shaded;
    if (!shaded) map.removeLayer(id);
    // of heights of its own: MapLibre asks for two sources, so that each is as fine as it needs to be
    else map.addLayer({ id, type: "hillshade", source: await this.#source("shading") }, "base-line");
    this.#settle();
  }

  /** @param {string} use */
  async #source(use) {
    const { map } = this.#board;
    const id = `${this.product.id}/${use}`;
    if (map.getSource(id)) return id;
    const { url, tileSize } = await openArchive(this.#heights);
    map.addSource(id, { type: "raster-dem", url, tileSize, encoding: "mapbox" });
    return id;
  }

  /** @param {boolean} on */
  #turnable(on) {
    const { dragRotate, touchPitch, touchZoomRotate } = this.#board.map;
    if (on) {
      dragRotate.enable();
      touchPitch.enable();
      touchZoomRotate.enableRotation();
    } else {
      dragRotate.disable();
      touchPitch.disable();
      touchZoomRotate.disableRotation();
    }
  }

  /** @param {Bounds} bounds */
  #inView([west, south, east, north]) {
    const { lng, lat } = this.#board.map.getCenter();
    return lng > west && lng < east && lat > south && lat < north;
  }

  #settle() {
    this.#board.stack.use(this.product.id, this.raised || this.shaded);
  }
}

function still() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
