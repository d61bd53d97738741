/**
 * What a PMTiles archive says of itself. The map reads the archive directly, by ranges; no server cuts tiles.
 *
 * @typedef {object} TileLayer
 * @property {string} id
 * @property {string[]} fields
 * @property {number} minzoom
 * @property {boolean} dense Whether its features stand too close for large marks, and for names at every zoom.
 *
 * @typedef {object} Archive
 * @property {string} url What MapLibre's sources are given: `pmtiles://` and the archive's address.
 * @property {"vector" | "raster"} kind
 * @property {TileLayer[]} layers None for a raster.
 * @property {[number, number, number, number]} bounds Degrees: west, south, east, north.
 * @property {number} tileSize Pixels a raster tile is drawn at.
 * @property {boolean} categorical Whether the colours of a raster stand for classes, which must not be mixed.
 */

import { pmtiles } from "./vendor/pmtiles.mjs";

const DENSE = 2000; // features

const protocol = new pmtiles.Protocol();

/** What MapLibre calls for addresses that start with `pmtiles://`. */
export const loadTile = protocol.tile;

/**
 * Read the head of an archive.
 *
 * @param {string} address
 * @returns {Promise<Archive>}
 */
export async function openArchive(address) {
  const archive = new pmtiles.PMTiles(new pmtiles.FetchSource(address));
  protocol.add(archive);
  const header = await archive.getHeader();
  const metadata = /** @type {Record<string, any>} */ (await archive.getMetadata());
  const vector = header.tileType === pmtiles.TileType.Mvt;
  return {
    url: `pmtiles://${address}`,
    kind: vector ? "vector" : "raster",
    layers: vector ? vectorLayers(metadata) : [],
    bounds: [header.minLon, header.minLat, header.maxLon, header.maxLat],
    tileSize: Number(metadata.tile_size ?? 512),
    categorical: Array.isArray(metadata.classes),
  };
}

/**
 * @param {Record<string, any>} metadata
 * @returns {TileLayer[]}
 */
function vectorLayers(metadata) {
  const listed = Array.isArray(metadata.vector_layers) ? metadata.vector_layers : [];
  return listed.map((layer) => ({
    id: String(layer.id),
    fields: Object.keys(layer.fields ?? {}),
    minzoom: Number(layer.minzoom ?? 0),
    dense: featureCount(metadata, layer.id) > DENSE,
  }));
}

/**
 * @param {Record<string, any>} metadata Of tippecanoe, which counts features in `tilestats`.
 * @param {string} layer
 */
function featureCount(metadata, layer) {
  const counts = Array.isArray(metadata.tilestats?.layers) ? metadata.tilestats.layers : [];
  return Number(counts.find((/** @type {any} */ each) => each.layer === layer)?.count ?? 0);
}
