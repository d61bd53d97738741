/** Lengths and areas on the ellipsoid of CGCS2000, by the geodesics of C. Karney (GeographicLib). Places: [lon, lat]. */

import { geodesic } from "../vendor/geographiclib-geodesic.mjs";
import { ELLIPSOID } from "./grid.mjs";

/** @typedef {[number, number]} Place Degrees: longitude, latitude. */

const EARTH = new geodesic.Geodesic.Geodesic(ELLIPSOID.a, ELLIPSOID.f);
const STEP = 50_000; // metres between points of a drawn geodesic: on the map, it is no straight line
const MOST_STEPS = 200;

/**
 * Return the length of a path in metres.
 *
 * @param {Place[]} path
 */
export function lengthOf(path) {
  return legs(path).reduce((sum, [[lon1, lat1], [lon2, lat2]]) => {
    return sum + EARTH.Inverse(lat1, lon1, lat2, lon2).s12;
  }, 0);
}

/**
 * Return area in square metres, and perimeter in metres, of what a ring encloses, whichever way it runs round.
 *
 * @param {Place[]} ring Without its first place at the end.
 */
export function areaOf(ring) {
  const polygon = EARTH.Polygon(false);
  for (const [lon, lat] of ring) polygon.AddPoint(lat, lon);
  const { area, perimeter } = polygon.Compute(false, true);
  return { area: Math.abs(area), perimeter };
}

/**
 * Return a path with enough places between its own that, drawn straight from one to the next, it is the geodesic. Its
 * longitudes go on beyond 180° rather than leap.
 *
 * @param {Place[]} path
 * @returns {Place[]}
 */
export function drawnPath(path) {
  const first = path[0];
  if (!first) return [];
  const drawn = [first];
  for (const [[lon1, lat1], [lon2, lat2]] of legs(path)) {
    const line = EARTH.InverseLine(lat1, lon1, lat2, lon2);
    const steps = Math.min(Math.max(Math.ceil(line.s13 / STEP), 1), MOST_STEPS);
    for (let step = 1; step <= steps; step += 1) {
      const { lon2: lon, lat2: lat } = line.Position((line.s13 * step) / steps);
      const before = drawn.at(-1)?.[0] ?? lon;
      drawn.push([lon + 360 * Math.round((before - lon) / 360), lat]);
    }
  }
  return drawn;
}

/**
 * Return whether the sides of a ring cross each other, so that it encloses nothing that has one area.
 *
 * @param {Place[]} ring Without its first place at the end.
 */
export function crossesItself(ring) {
  const sides = legs([...ring, ...ring.slice(0, 1)]);
  return sides.some(([a, b], place) =>
    sides.slice(place + 2).some(([c, d], further) => {
      const neighbours = place === 0 && further + 2 === sides.length - 1;
      return !neighbours && turn(a, b, c) * turn(a, b, d) < 0 && turn(c, d, a) * turn(c, d, b) < 0;
    }),
  );
}

/**
 * @param {Place} a
 * @param {Place} b
 * @param {Place} c
 */
function turn(a, b, c) {
  return Math.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]));
}

/**
 * @param {Place[]} path
 * @returns {[Place, Place][]}
 */
function legs(path) {
  return path.slice(1).map((place, before) => [/** @type {Place} */ (path[before]), place]);
}
