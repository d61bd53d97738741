/**
 * Base maps (底图): the ground that products lie on, drawn by the style which their node publishes.
 *
 * Of a node's own base map that is the style of its release; of another node's, what `node.json` names. Areas and
 * pictures lie below all products, lines and points below the lines of products, names below their names.
 */

/** @import { FilterSpecification, LayerSpecification, Map as MapLibreMap, SourceSpecification } from "maplibre-gl" */
/** @import { Archive } from "./archives.mjs" */
/** @import { Drawing, Slot } from "./drawing.mjs" */
import { openArchive } from "./archives.mjs";
import { readJson } from "./catalog.mjs";
import { webAddress } from "./dom.mjs";

/**
 * @typedef {object} Ground
 * @property {Record<string, SourceSpecification>} sources
 * @property {Drawing[]} drawings Lowest first.
 * @property {string} attribution
 */

const PMTILES = "pmtiles://";

/** @type {Record<string, Slot>} */
const SLOT_OF_TYPE = { line: "base-line", circle: "base-line", symbol: "base-name" };

/**
 * Return how a base map is drawn.
 *
 * @param {string} href Of its style.
 * @param {string} id Stands before the names of its sources and layers, which a product's could share.
 * @param {Archive} [opened] An archive whose head has been read already.
 * @returns {Promise<Ground>}
 */
export async function readGround(href, id, opened) {
  const style = await readJson(href);
  /** @type {Ground["sources"]} */
  const sources = {};
  for (const [name, source] of Object.entries(style.sources)) {
    sources[`${id}/${name}`] = await located(/** @type {any} */ (source), href, opened);
  }
  const told = Object.values(style.sources).map((/** @type {any} */ { attribution }) => attribution);
  const attribution = told.filter((each) => typeof each === "string").join(" | ");
  const drawn = style.layers.filter((/** @type {any} */ { type }) => type !== "background");
  return { sources, drawings: drawn.map((/** @type {any} */ layer) => drawing(layer, id)), attribution };
}

/**
 * Return a source whose addresses hold wherever the page is; in a release's style they are relative to it.
 *
 * @param {any} source
 * @param {string} href Of the style.
 * @param {Archive} [opened]
 */
async function located(source, href, opened) {
  if (typeof source.url !== "string") return source;
  const archived = source.url.startsWith(PMTILES);
  const address = webAddress(archived ? source.url.slice(PMTILES.length) : source.url, href);
  if (address === null) throw new TypeError(`${href}: ${source.url} is no address of the web`);
  if (archived && opened?.url !== PMTILES + address) await openArchive(address);
  return { ...source, url: archived ? PMTILES + address : address };
}

/**
 * @param {any} layer
 * @param {string} id
 * @returns {Drawing}
 */
function drawing(layer, id) {
  const slot = SLOT_OF_TYPE[layer.type] ?? "base";
  const renamed = { ...layer, id: `${id}/${layer.id}`, source: `${id}/${layer.source}` };
  return { slot, layer: /** @type {LayerSpecification} */ (renamed) };
}

/**
 * Return those of some names that a base map writes too, in what is loaded of it.
 *
 * @param {MapLibreMap} map
 * @param {Ground} ground
 * @param {Set<string>} names
 */
export function alsoWritten(map, ground, names) {
  /** @type {Set<string>} */
  const found = new Set();
  for (const { layer } of ground.drawings) {
    if (layer.type !== "symbol" || !map.getSource(layer.source)) continue;
    const sourceLayer = layer["source-layer"] ?? "";
    for (const { properties } of map.querySourceFeatures(layer.source, { sourceLayer })) {
      for (const value of Object.values(properties)) if (names.has(value)) found.add(value);
    }
  }
  return [...found].sort();
}

/**
 * Let a base map write all names but some.
 *
 * @param {MapLibreMap} map
 * @param {Ground} ground
 * @param {string[]} names
 */
export function leaveOut(map, ground, names) {
  for (const { layer } of ground.drawings) {
    if (layer.type !== "symbol" || layer.layout?.["text-field"] === undefined) continue;
    const others = ["match", ["to-string", layer.layout["text-field"]], names, false, true];
    const filter = names.length ? ["all", layer.filter ?? true, others] : layer.filter;
    map.setFilter(layer.id, /** @type {FilterSpecification} */ (filter));
  }
}
