/** The scale of the map at its centre; web mercator is larger towards the poles. */

/** @import { Map as MapLibreMap } from "maplibre-gl" */
/** @import { Language } from "../words.mjs" */
import { ELLIPSOID } from "./grid.mjs";
import { amountIn } from "./units.mjs";

const WORLD = 512; // CSS pixels of the world at zoom 0

/**
 * @param {MapLibreMap} map
 * @returns {number} Metres of ground that a CSS pixel shows at the centre.
 */
export function metresPerPixel(map) {
  const around = 2 * Math.PI * ELLIPSOID.a * Math.cos((map.getCenter().lat * Math.PI) / 180);
  return around / (WORLD * 2 ** map.getZoom());
}

/**
 * Return the longest bar of a round length: 1, 2 or 5 of a power of ten.
 *
 * @param {number} perPixel Metres.
 * @param {number} most Pixels.
 * @param {Language} language
 */
export function scaleBar(perPixel, most, language) {
  const power = 10 ** Math.floor(Math.log10(perPixel * most));
  const metres = power * ([5, 2].find((times) => times * power <= perPixel * most) ?? 1);
  return { pixels: metres / perPixel, text: amountIn("length", metres, "", language) };
}
