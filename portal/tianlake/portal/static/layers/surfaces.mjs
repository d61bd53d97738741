/** What rasters and terrain say at one place: a class, an amount, a height. */

/** @import { Map as MapLibreMap } from "maplibre-gl" */
/** @import { Archive } from "../archives.mjs" */
/** @import { Product } from "../catalog.mjs" */
/** @import { Hit } from "../popups.mjs" */
/** @import { Shown, Stack } from "../stack.mjs" */
/** @import { Language } from "../words.mjs" */
import { openArchive } from "../archives.mjs";
import { LAYER_TEXTS, sayLayer } from "./layer_words.mjs";
import { amountText } from "./legend_view.mjs";
import { heightsIn, partsOf, unitIn, verticalIn } from "./parts.mjs";
import { heightOf, pixelAt } from "./pixels.mjs";
import { amountOf, rgbOf } from "./ramps.mjs";

/** How far, in steps of 0 to 255, a colour may be from that of its class: none where tiles are lossless. */
const SAME = 3;

/** @typedef {{lng: number, lat: number}} Place Degrees. */
/** @typedef {Hit["rows"]} Rows */

/**
 * Return what surfaces say at a place, the uppermost first.
 *
 * @param {Stack} stack
 * @param {MapLibreMap} map
 * @param {Place} place
 * @param {Language} language
 * @returns {Promise<Hit[]>}
 */
export async function surfaceHits(stack, map, place, language) {
  const raised = map.getTerrain() !== null;
  const asked = [...stack.shown].reverse().map(async ([id, shown]) => {
    const { product } = shown;
    if (product === null) return [];
    const rows = await rowsOf(shown, product, place, raised, language).catch(() => []); // its tiles are told of elsewhere
    return rows.length ? [{ id, title: product.title, part: "", rows }] : [];
  });
  return (await Promise.all(asked)).flat();
}

/**
 * @param {Shown} shown
 * @param {Product} product
 * @param {Place} place
 * @param {boolean} raised Whether terrain is drawn in three dimensions.
 * @param {Language} language
 * @returns {Promise<Rows>}
 */
async function rowsOf({ archive, visible }, product, place, raised, language) {
  if (product.productClass === "terrain" && (visible || raised)) return heightRows(product, place, language);
  if (!visible || archive?.kind !== "raster") return [];
  if (product.legend.length) return classRows(archive, product, place, language);
  return archive.ramp ? amountRows(archive, product, place, language) : [];
}

/**
 * @param {Product} product
 * @param {Place} place
 * @param {Language} language
 * @returns {Promise<Rows>}
 */
async function heightRows(product, place, language) {
  const parts = await partsOf(product);
  const address = heightsIn(parts);
  if (address === null || !within(product, place)) return [];
  const pixel = await pixelAt(await openArchive(address), place);
  if (pixel === null) return [];
  const value = amountText(heightOf(pixel), language, null);
  const vertical = verticalIn(parts);
  return [
    { name: "height", title: LAYER_TEXTS.height, value: sayLayer(language, "metres", { value }) },
    ...(vertical ? [{ name: "vertical", title: LAYER_TEXTS.vertical, value: vertical }] : []),
  ];
}

/**
 * @param {Archive} archive
 * @param {Product} product
 * @param {Place} place
 * @param {Language} language
 * @returns {Promise<Rows>}
 */
async function classRows(archive, product, place, language) {
  const pixel = await pixelAt(archive, place);
  const found = product.legend.find(
    ({ color }) => pixel && rgbOf(color).every((value, band) => Math.abs(value - pixel[band]) <= SAME),
  );
  return found ? [{ name: found.color, title: LAYER_TEXTS.rasterClass, value: found.title[language] }] : [];
}

/**
 * @param {Archive} archive
 * @param {Product} product
 * @param {Place} place
 * @param {Language} language
 * @returns {Promise<Rows>}
 */
async function amountRows(archive, product, place, language) {
  const pixel = await pixelAt(archive, place);
  const amount = pixel && archive.ramp ? amountOf(archive.ramp, pixel) : null;
  if (amount === null) return [];
  const value = amountText(amount, language, unitIn(await partsOf(product)));
  return [{ name: "value", title: LAYER_TEXTS.amount, value: sayLayer(language, "aboutValue", { value }) }];
}

/**
 * Missing heights are the sea's in such tiles, so beyond a product's box they say nothing.
 *
 * @param {Product} product
 * @param {Place} place
 */
function within({ bounds }, { lng, lat }) {
  if (bounds === null) return true;
  const [west, south, east, north] = bounds;
  return lng >= west && lng <= east && lat >= south && lat <= north;
}
