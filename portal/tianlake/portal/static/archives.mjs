/**
 * What a PMTiles archive says of itself. The map reads the archive directly, by ranges; no server cuts tiles.
 *
 * @typedef {object} TileLayer
 * @property {string} id
 * @property {string[]} fields
 * @property {number} minzoom
 * @property {string | null} geometry What its features are, or most of them: `Point`, `LineString` or `Polygon`.
 * @property {boolean} dense Whether its features stand too close for large marks, and for names at every zoom.
 *
 * @typedef {{name: string, low: number, high: number}} Ramp Amounts, and the colours from the first to the second.
 *
 * @typedef {object} Archive
 * @property {string} url What MapLibre's sources are given: `pmtiles://` and the archive's address.
 * @property {"vector" | "raster"} kind
 * @property {TileLayer[]} layers None for a raster.
 * @property {[number, number, number, number]} bounds Degrees: west, south, east, north.
 * @property {number} tileSize Pixels a raster tile is drawn at.
 * @property {[number, number]} zooms The lowest and the highest level.
 * @property {boolean} categorical Whether the colours of a raster stand for classes, which must not be mixed.
 * @property {string | null} content What a raster shows where its values are not its colours: `hillshade`.
 * @property {Ramp | null} ramp The amounts that the colours of a raster stand for.
 * @property {() => AnswerError | null} refusal What the server said when it last refused a part of the archive.
 */

/** @import { AnswerError } from "./faults.mjs" */
import { answerError } from "./faults.mjs";
import { heldKey, keyHeaders } from "./keyring.mjs";
import { pmtiles } from "./vendor/pmtiles.mjs";

const SCHEME = "pmtiles://";
const DENSE = 2000; // features
const REFUSED = /^Bad response code: (400|401|403|418|429|503)$/;

const protocol = new pmtiles.Protocol();

/** What MapLibre calls for addresses that start with `pmtiles://`. */
export const loadTile = protocol.tile;

/** An archive that may need the visitor's key, and keeps the words of a server that refuses it. */
class GuardedSource extends pmtiles.FetchSource {
  /** @type {AnswerError | null} */
  refusal = null;
  /** @type {string | null} */
  #refusedKey = null;
  /** @type {Promise<AnswerError | null> | null} */
  #asking = null;

  /**
   * @param {number} offset
   * @param {number} length
   * @param {AbortSignal} [signal]
   * @param {string} [etag]
   */
  async getBytes(offset, length, signal, etag) {
    this.setHeaders(new Headers(keyHeaders(this.url)));
    try {
      const bytes = await super.getBytes(offset, length, signal, etag);
      this.refusal = null;
      return bytes;
    } catch (error) {
      const status = error instanceof Error ? Number(REFUSED.exec(error.message)?.[1] ?? 0) : 0;
      throw (status && (await this.#words(status))) || error;
    }
  }

  /**
   * Ask once more, for the words: pmtiles keeps nothing of a refusal but its status. Once, not for every tile.
   *
   * @param {number} status
   */
  async #words(status) {
    if (this.refusal?.status !== status || this.#refusedKey !== heldKey()) {
      this.#asking ??= this.#ask();
      this.refusal = await this.#asking;
      this.#asking = null;
    }
    return this.refusal;
  }

  async #ask() {
    this.#refusedKey = heldKey();
    const headers = { ...keyHeaders(this.url), range: "bytes=0-0" };
    const answer = await fetch(this.url, { headers, cache: "no-store" });
    return answer.ok ? null : answerError(answer);
  }
}

/**
 * Read the head of an archive.
 *
 * @param {string} address
 * @returns {Promise<Archive>}
 */
export async function openArchive(address) {
  const source = new GuardedSource(address);
  const archive = new pmtiles.PMTiles(source);
  protocol.add(archive);
  const header = await archive.getHeader();
  const metadata = /** @type {Record<string, any>} */ (await archive.getMetadata());
  const vector = header.tileType === pmtiles.TileType.Mvt;
  return {
    url: `${SCHEME}${address}`,
    kind: vector ? "vector" : "raster",
    layers: vector ? vectorLayers(metadata) : [],
    bounds: [header.minLon, header.minLat, header.maxLon, header.maxLat],
    tileSize: Number(metadata.tile_size ?? 512),
    zooms: [header.minZoom, header.maxZoom],
    categorical: Array.isArray(metadata.classes),
    content: typeof metadata.content === "string" ? metadata.content : null,
    ramp: rampOf(metadata.render),
    refusal: () => source.refusal,
  };
}

/**
 * Return a tile of an archive that has been opened, null where it has none.
 *
 * @param {Archive} archive
 * @param {[number, number, number]} place Level, column, row.
 * @param {AbortSignal} [signal]
 */
export async function readTile({ url }, [z, x, y], signal) {
  const tile = await protocol.get(url.slice(SCHEME.length))?.getZxy(z, x, y, signal);
  return tile?.data ?? null;
}

/**
 * @param {any} render Words of the STAC render extension.
 * @returns {Ramp | null}
 */
function rampOf(render) {
  const [low, high] = render?.rescale?.[0] ?? [];
  const name = render?.colormap_name;
  return typeof name === "string" && Number.isFinite(low) && Number.isFinite(high)
    ? { name, low, high }
    : null;
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
    geometry: layerStats(metadata, layer.id)?.geometry ?? null,
    dense: Number(layerStats(metadata, layer.id)?.count ?? 0) > DENSE,
  }));
}

/**
 * @param {Record<string, any>} metadata Of tippecanoe, which counts features in `tilestats`.
 * @param {string} layer
 */
function layerStats(metadata, layer) {
  const counts = Array.isArray(metadata.tilestats?.layers) ? metadata.tilestats.layers : [];
  return counts.find((/** @type {any} */ each) => each.layer === layer) ?? null;
}
