/**
 * Where the name of an area is written. Tiles cut areas into pieces and a map would write a name on each of them;
 * here every area gets one point, in its widest piece.
 *
 * @typedef {[number, number]} Position Degrees: longitude, latitude.
 * @typedef {{at: Position, width: number}} Spot A point inside an area, and how wide the area is there (degrees).
 * @typedef {{geometry: GeoJSON.Geometry, properties: Record<string, any> | null}} Feature
 */

/** How far up an area, as parts of its height, a name may stand. */
const HEIGHTS = [0.5, 0.4, 0.6, 0.3, 0.7];

/**
 * Return one point feature for each name among pieces of areas.
 *
 * @param {Feature[]} pieces
 * @param {string} field The attribute that holds the name.
 * @param {string} layer Becomes the attribute `layer` of each point.
 * @returns {GeoJSON.Feature<GeoJSON.Point>[]}
 */
export function namePoints(pieces, field, layer) {
  /** @type {Map<string, {name: string, spot: Spot}>} */
  const best = new Map();
  for (const piece of pieces) {
    const name = piece.properties?.[field];
    const spot = typeof name === "string" && name ? widestSpot(piece.geometry) : null;
    if (!spot) continue;
    const key = String(piece.properties?.code ?? piece.properties?.gb ?? name);
    const known = best.get(key);
    if (!known || known.spot.width < spot.width) best.set(key, { name, spot });
  }
  return [...best.values()].map(({ name, spot }) => ({
    type: "Feature",
    properties: { name, layer, width: spot.width },
    geometry: { type: "Point", coordinates: spot.at },
  }));
}

/**
 * @param {GeoJSON.Geometry} geometry
 * @returns {Spot | null}
 */
function widestSpot(geometry) {
  /** @type {GeoJSON.Position[][][]} */
  const polygons =
    geometry.type === "MultiPolygon"
      ? geometry.coordinates
      : geometry.type === "Polygon"
        ? [geometry.coordinates]
        : [];
  /** @type {Spot | null} */
  let best = null;
  for (const rings of polygons) {
    const latitudes = rings[0].map((position) => position[1]);
    const south = Math.min(...latitudes);
    const north = Math.max(...latitudes);
    for (const height of HEIGHTS) {
      const spot = widestRun(rings, south + (north - south) * height);
      // a name near the middle is read better than one that is a little wider elsewhere
      if (spot && (!best || spot.width > best.width * 1.2)) best = spot;
    }
  }
  return best;
}

/**
 * Return the middle of the longest stretch of a parallel that lies within a polygon.
 *
 * @param {GeoJSON.Position[][]} rings
 * @param {number} latitude
 * @returns {Spot | null}
 */
function widestRun(rings, latitude) {
  const crossings = rings.flatMap((ring) => crossingsOf(ring, latitude)).sort((a, b) => a - b);
  /** @type {Spot | null} */
  let best = null;
  for (let i = 0; i + 1 < crossings.length; i += 2) {
    const width = crossings[i + 1] - crossings[i];
    if (!best || width > best.width) best = { at: [crossings[i] + width / 2, latitude], width };
  }
  return best;
}

/**
 * @param {GeoJSON.Position[]} ring
 * @param {number} latitude
 */
function crossingsOf(ring, latitude) {
  const longitudes = [];
  for (let i = 1; i < ring.length; i++) {
    const [fromX, fromY] = ring[i - 1];
    const [toX, toY] = ring[i];
    if (fromY > latitude !== toY > latitude) {
      longitudes.push(fromX + ((latitude - fromY) / (toY - fromY)) * (toX - fromX));
    }
  }
  return longitudes;
}
