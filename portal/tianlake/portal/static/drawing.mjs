/**
 * What all of the page's cartography shares: the order of drawing, and small parts of MapLibre layers.
 *
 * Products are drawn in one common order, whatever order they come in: land below rasters, rasters below lines,
 * lines below points, points below names. Each place in that order is marked by an invisible layer, a slot. Of
 * names that want the same place, the one drawn higher wins: those of areas before those of points. A base map's
 * areas, lines and names each lie below those of products: `base`, `base-line`, `base-name`.
 *
 * @typedef {typeof SLOTS[number]} Slot
 * @typedef {{slot: Slot, layer: LayerSpecification, covers?: boolean}} Drawing Whether it covers a base map, and is
 * left out above one.
 */

/** @import { ExpressionSpecification, LayerSpecification } from "maplibre-gl" */
/** @import { TileLayer } from "./archives.mjs" */

/** The slots from the ground up; layers of a slot are added below its marker. */
export const SLOTS = /** @type {const} */ ([
  "base",
  "halo",
  "land",
  "raster",
  "base-line",
  "line",
  "boundary",
  "point",
  "base-name",
  "name",
  "title",
]);

const ROUND = { "line-join": /** @type {const} */ ("round"), "line-cap": /** @type {const} */ ("round") };

/** @typedef {"Point" | "LineString" | "Polygon"} GeometryKind */

/**
 * Return what every map layer has that draws one kind of geometry of one layer of tiles.
 *
 * @param {string} source
 * @param {TileLayer} layer
 * @param {string} part Tells the map layers of one layer of tiles apart.
 * @param {GeometryKind} kind
 */
export function only(source, layer, part, kind) {
  return {
    id: `${source}/${layer.id}/${part}`,
    source,
    "source-layer": layer.id,
    filter: /** @type {ExpressionSpecification} */ (["==", ["geometry-type"], kind]),
  };
}

/**
 * Return a map layer of lines.
 *
 * @param {ReturnType<typeof only>} common
 * @param {string} color
 * @param {[number, number]} width Pixels at zooms 3 and 10.
 * @param {{"line-dasharray"?: number[], "line-opacity"?: number}} [more]
 * @returns {LayerSpecification}
 */
export function line(common, color, [at3, at10], more = {}) {
  const paint = { "line-color": color, "line-width": byZoom(at3, at10), ...more };
  return { ...common, type: "line", layout: ROUND, paint };
}

/**
 * Return a number that grows from zoom 3 to zoom 10.
 *
 * @param {number} at3
 * @param {number} at10
 * @returns {["interpolate", ["linear"], ["zoom"], number, number, number, number]}
 */
export function byZoom(at3, at10) {
  return ["interpolate", ["linear"], ["zoom"], 3, at3, 10, at10];
}
