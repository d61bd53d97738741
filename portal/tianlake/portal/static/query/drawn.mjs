/** An answer on the map: the same statement once more, as GeoJSON. */

/** @import { Language } from "../words.mjs" */
import { openBoard } from "../small/board.mjs";

const SOURCE = "answer";
const INK = "#b3261e";

/**
 * @typedef {object} Drawn
 * @property {import("../map.mjs").Board} board
 * @property {number} features
 */

/**
 * Draw features.
 *
 * @param {string} id Of the map's element, which is empty.
 * @param {GeoJSON.FeatureCollection} collection Degrees, CGCS2000.
 * @param {URL} base The node's folder.
 * @param {Language} language
 * @returns {Promise<Drawn>}
 */
export async function drawAnswer(id, collection, base, language) {
  const board = await openBoard(id, base, language);
  const { map } = board;
  map.addSource(SOURCE, { type: "geojson", data: collection });
  map.addLayer({
    id: `${SOURCE}/area`,
    type: "fill",
    source: SOURCE,
    filter: ["==", ["geometry-type"], "Polygon"],
    paint: { "fill-color": INK, "fill-opacity": 0.18 },
  });
  map.addLayer({
    id: `${SOURCE}/line`,
    type: "line",
    source: SOURCE,
    filter: ["!=", ["geometry-type"], "Point"],
    paint: { "line-color": INK, "line-width": 1.5 },
  });
  map.addLayer({
    id: `${SOURCE}/point`,
    type: "circle",
    source: SOURCE,
    filter: ["==", ["geometry-type"], "Point"],
    paint: {
      "circle-color": INK,
      "circle-radius": 4,
      "circle-stroke-color": "#ffffff",
      "circle-stroke-width": 1,
    },
  });
  const placed = collection.features.filter(({ geometry }) => geometry !== null);
  const box = boxOf(placed);
  if (box !== null) board.fit(box, false);
  return { board, features: placed.length };
}

/**
 * @param {GeoJSON.Feature[]} features
 * @returns {[number, number, number, number] | null}
 */
function boxOf(features) {
  /** @type {[number, number, number, number]} */
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { geometry } of features) widen(box, geometry);
  return box[0] > box[2] ? null : box;
}

/**
 * @param {[number, number, number, number]} box
 * @param {GeoJSON.Geometry} geometry
 */
function widen(box, geometry) {
  if (geometry.type === "GeometryCollection") return geometry.geometries.forEach((each) => widen(box, each));
  const flat = /** @type {number[][]} */ (
    geometry.type === "Point" ? [geometry.coordinates] : positions(geometry)
  );
  for (const [x = 0, y = 0] of flat) {
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x);
    box[3] = Math.max(box[3], y);
  }
}

/** @param {Exclude<GeoJSON.Geometry, GeoJSON.GeometryCollection | GeoJSON.Point>} geometry */
function positions({ type, coordinates }) {
  const depth = { MultiPoint: 0, LineString: 0, MultiLineString: 1, Polygon: 1, MultiPolygon: 2 }[type];
  return coordinates.flat(depth);
}
