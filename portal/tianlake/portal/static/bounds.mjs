/** Boxes in degrees. */

/** @import { Bounds } from "./catalog.mjs" */

/**
 * Return the box of a STAC Collection, or null where it tells none.
 *
 * @param {any} collection
 * @returns {Bounds | null}
 */
export function boundsOf(collection) {
  const box = collection.extent?.spatial?.bbox?.[0];
  const flat = Array.isArray(box) && box.length === 6 ? [box[0], box[1], box[3], box[4]] : box;
  return Array.isArray(flat) && flat.length === 4 && flat.every(Number.isFinite)
    ? /** @type {Bounds} */ (flat)
    : null;
}

/**
 * Return the box around boxes, or null where there are none. None of them crosses the antimeridian.
 *
 * @param {Bounds[]} boxes
 * @returns {Bounds | null}
 */
export function union(boxes) {
  if (boxes.length === 0) return null;
  return [
    Math.min(...boxes.map((box) => box[0])),
    Math.min(...boxes.map((box) => box[1])),
    Math.max(...boxes.map((box) => box[2])),
    Math.max(...boxes.map((box) => box[3])),
  ];
}
