/**
 * The 3-degree Gauss-Krueger grid of CGCS2000 (高斯-克吕格三度带), as maps of large scale in China have it.
 *
 * Formulas: transverse Mercator, EPSG guidance note 7-2 (method 9807, the JHS formulas), with a scale of 1 on the central
 * meridian and an origin on the equator. Ellipsoid: GB 22021-2008. Zones 25 to 45, central meridian = 3° · zone; x is
 * north and y is east, as in China (GB/T 13989): y is counted from 500 km west of the central meridian, with the number of
 * the zone before it in EPSG:4513 to 4533, and without in EPSG:4534 to 4554.
 *
 * @typedef {object} GridPlace
 * @property {number} zone 25 to 45.
 * @property {number} meridian Degrees east.
 * @property {number} x Metres north of the equator.
 * @property {number} y Metres east, with the number of the zone before them: 39 443 211.5.
 */

/** The ellipsoid of CGCS2000: semi-major axis in metres, and flattening. */
export const ELLIPSOID = { a: 6378137, f: 1 / 298.257222101 };

export const FIRST_ZONE = 25;
export const LAST_ZONE = 45;
const ZONE_WIDTH = 3; // degrees
const FALSE_EASTING = 500_000; // metres
export const PER_ZONE = 1_000_000; // metres of y that a zone's number counts

const N = ELLIPSOID.f / (2 - ELLIPSOID.f);
const E = Math.sqrt(ELLIPSOID.f * (2 - ELLIPSOID.f));
const RECTIFYING = (ELLIPSOID.a / (1 + N)) * (1 + N ** 2 / 4 + N ** 4 / 64); // metres
/** h1 to h4 of the note, there and back. */
const THERE = [
  N / 2 - (2 / 3) * N ** 2 + (5 / 16) * N ** 3 + (41 / 180) * N ** 4,
  (13 / 48) * N ** 2 - (3 / 5) * N ** 3 + (557 / 1440) * N ** 4,
  (61 / 240) * N ** 3 - (103 / 140) * N ** 4,
  (49561 / 161280) * N ** 4,
];
const BACK = [
  N / 2 - (2 / 3) * N ** 2 + (37 / 96) * N ** 3 - (1 / 360) * N ** 4,
  (1 / 48) * N ** 2 + (1 / 15) * N ** 3 - (437 / 1440) * N ** 4,
  (17 / 480) * N ** 3 - (37 / 840) * N ** 4,
  (4397 / 161280) * N ** 4,
];
const DEGREE = Math.PI / 180;
const ROUNDS = 6; // each gains two decimals at least; fewer would do

/**
 * Return the zone a longitude lies in, or null where China has none.
 *
 * @param {number} lon Degrees.
 */
export function zoneOf(lon) {
  const zone = Math.round(lon / ZONE_WIDTH);
  return zone >= FIRST_ZONE && zone <= LAST_ZONE ? zone : null;
}

/**
 * Return a place on the grid of its zone, or null where China has none.
 *
 * @param {number} lon Degrees.
 * @param {number} lat Degrees.
 * @returns {GridPlace | null}
 */
export function toGrid(lon, lat) {
  const zone = zoneOf(lon);
  if (zone === null) return null;
  const meridian = zone * ZONE_WIDTH;
  const sine = Math.sin(lat * DEGREE);
  const beta = Math.atan(Math.sinh(Math.atanh(sine) - E * Math.atanh(E * sine)));
  const eta = Math.atanh(Math.cos(beta) * Math.sin((lon - meridian) * DEGREE));
  const xi = Math.asin(Math.sin(beta) * Math.cosh(eta));
  const [north, east] = series(THERE, xi, eta, 1);
  return { zone, meridian, x: RECTIFYING * north, y: zone * PER_ZONE + FALSE_EASTING + RECTIFYING * east };
}

/**
 * Return longitude and latitude, in degrees, of a place on the grid.
 *
 * @param {{zone: number, x: number, y: number}} place
 * @returns {[number, number]}
 */
export function fromGrid({ zone, x, y }) {
  const east = (y - zone * PER_ZONE - FALSE_EASTING) / RECTIFYING;
  const [xi, eta] = series(BACK, x / RECTIFYING, east, -1);
  const beta = Math.asin(Math.sin(xi) / Math.cosh(eta));
  const isometric = Math.asinh(Math.tan(beta));
  let q = isometric;
  for (let round = 0; round < ROUNDS; round += 1) q = isometric + E * Math.atanh(E * Math.tanh(q));
  const lon = zone * ZONE_WIDTH + Math.asin(Math.tanh(eta) / Math.cos(beta)) / DEGREE;
  return [lon, Math.atan(Math.sinh(q)) / DEGREE];
}

/**
 * Return both coordinates with the terms of a series added, or taken away.
 *
 * @param {number[]} terms
 * @param {number} xi
 * @param {number} eta
 * @param {1 | -1} sign
 * @returns {[number, number]}
 */
function series(terms, xi, eta, sign) {
  let [north, east] = [xi, eta];
  terms.forEach((term, place) => {
    const times = 2 * (place + 1);
    north += sign * term * Math.sin(times * xi) * Math.cosh(times * eta);
    east += sign * term * Math.cos(times * xi) * Math.sinh(times * eta);
  });
  return [north, east];
}
