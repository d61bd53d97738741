/** What is counted, and in which units people read it. */

/** @import { Language, TextKey } from "./words.mjs" */
import { htmlLanguage } from "./words.mjs";

const MEGABYTE = 1e6;
const GIGABYTE = 1e9;

/** @type {Record<string, TextKey>} */
export const METERS = { tile: "meterTile", search: "meterSearch", data: "meterData", bytes: "meterBytes" };

/**
 * Return a number of units; bytes in GB, or MB where that reads better.
 *
 * @param {number} value
 * @param {string} meter
 * @param {Language} language
 */
export function amount(value, meter, language) {
  const format = new Intl.NumberFormat(htmlLanguage(language), { maximumFractionDigits: 2 });
  if (meter !== "bytes") return format.format(value);
  return value >= GIGABYTE
    ? `${format.format(value / GIGABYTE)} GB`
    : `${format.format(value / MEGABYTE)} MB`;
}
