/** How changed features are drawn above both releases. Pure. */

/** @import { LayerSpecification, SourceSpecification } from "maplibre-gl" */
/** @import { Bounds } from "../catalog.mjs" */
/** @import { Kind } from "./releases.mjs" */
/** @import { Change } from "./tables.mjs" */
import { boxArea } from "../layers/boxes.mjs";

/** @type {Record<Kind, string>} */
export const COLORS = { added: "#12773a", geometry: "#a35200", attributes: "#6b3fa0", removed: "#b3261e" };

/** Kinds that only one of both releases has. @type {Record<"older" | "newer", Kind>} */
const FOREIGN = { older: "added", newer: "removed" };

export const HIGHLIGHTS = "changes";

/**
 * Return the source and the layers that highlight changes above a release.
 *
 * @param {Change[]} changes
 * @param {"older" | "newer"} side Which of both releases it is: one does not have what was added, the other not what
 * was removed. Of what moved, the older shows the box in which it was.
 * @returns {{sources: Record<string, SourceSpecification>, layers: LayerSpecification[]}}
 */
export function highlights(changes, side) {
  const features = changes
    .filter(({ change }) => change !== FOREIGN[side])
    .flatMap((change) => featureOf(change, side) ?? []);
  const source = HIGHLIGHTS;
  const color = /** @type {any} */ ([
    "match",
    ["get", "change"],
    ...Object.entries(COLORS).flat(),
    "#000000",
  ]);
  const polygon = /** @type {any} */ (["==", ["geometry-type"], "Polygon"]);
  const point = /** @type {any} */ (["==", ["geometry-type"], "Point"]);
  return {
    sources: { [source]: { type: "geojson", data: { type: "FeatureCollection", features } } },
    layers: [
      {
        ...{ id: `${source}/area`, type: "fill", source, filter: polygon },
        paint: { "fill-color": color, "fill-opacity": 0.25 },
      },
      { id: `${source}/line`, type: "line", source, paint: { "line-color": color, "line-width": 2.5 } },
      {
        ...{ id: `${source}/point`, type: "circle", source, filter: point },
        paint: {
          ...{ "circle-color": color, "circle-opacity": 0.5, "circle-radius": 9 },
          ...{ "circle-stroke-color": color, "circle-stroke-width": 2 },
        },
      },
    ],
  };
}

/**
 * @param {Change} change
 * @param {"older" | "newer"} side
 * @returns {GeoJSON.Feature | null}
 */
function featureOf({ id, change, before, geometry }, side) {
  const shape = side === "older" && before ? boxOf(before) : geometry;
  return shape && { type: "Feature", properties: { id, change }, geometry: shape };
}

/**
 * @param {Bounds} bounds
 * @returns {GeoJSON.Geometry}
 */
function boxOf(bounds) {
  const [west, south, east, north] = bounds;
  return west === east && south === north ? { type: "Point", coordinates: [west, south] } : boxArea(bounds);
}

/**
 * Return the box around a change, where it has a place.
 *
 * @param {Change} change
 * @returns {Bounds | null}
 */
export function placeOf({ geometry, before }) {
  const positions = geometry && "coordinates" in geometry ? positionsIn(geometry.coordinates) : [];
  if (before) positions.push([before[0], before[1]], [before[2], before[3]]);
  if (positions.length === 0) return null;
  const lowest = (/** @type {0 | 1} */ axis, /** @type {1 | -1} */ sign) =>
    sign * positions.reduce((least, position) => Math.min(least, sign * position[axis]), Infinity);
  return [lowest(0, 1), lowest(1, 1), lowest(0, -1), lowest(1, -1)];
}

/**
 * @param {any[]} coordinates Of a geometry: a position, or arrays of them.
 * @returns {GeoJSON.Position[]}
 */
function positionsIn(coordinates) {
  return typeof coordinates[0] === "number" ? [coordinates] : coordinates.flatMap(positionsIn);
}
