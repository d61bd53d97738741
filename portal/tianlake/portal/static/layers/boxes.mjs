/** Boxes as geometry. */

/** @import { Bounds } from "../catalog.mjs" */

/**
 * Return the area of a box.
 *
 * @param {Bounds} bounds
 * @returns {GeoJSON.Polygon}
 */
export function boxArea([west, south, east, north]) {
  const ring = [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ];
  return { type: "Polygon", coordinates: [ring] };
}
