/** Lengths and areas in the units people read them in. */

/** @import { Language, Text } from "../words.mjs" */
import { htmlLanguage } from "../words.mjs";

/** @typedef {{title: Text, size: number}} Unit How many metres, or square metres, it has. */

/** @type {Record<string, Unit>} */
export const LENGTHS = {
  m: { title: { zh: "米", en: "m" }, size: 1 },
  km: { title: { zh: "千米", en: "km" }, size: 1000 },
  li: { title: { zh: "里", en: "li" }, size: 500 },
  nmi: { title: { zh: "海里", en: "nmi" }, size: 1852 },
};

/** @type {Record<string, Unit>} */
export const AREAS = {
  m2: { title: { zh: "平方米", en: "m²" }, size: 1 },
  ha: { title: { zh: "公顷", en: "ha" }, size: 10_000 },
  mu: { title: { zh: "亩", en: "mu" }, size: 10_000 / 15 },
  km2: { title: { zh: "平方千米", en: "km²" }, size: 1_000_000 },
};

/** What a measure is read in unless the visitor chooses: from the size at which the larger unit reads better. */
const LARGER = { length: 1000, area: 100_000 };

/**
 * Return a measure in words.
 *
 * @param {"length" | "area"} kind
 * @param {number} value Metres or square metres.
 * @param {string} unit A key of the units, or "" for the one that reads best.
 * @param {Language} language
 */
export function amountIn(kind, value, unit, language) {
  const large = value >= LARGER[kind];
  const best = kind === "length" ? (large ? "km" : "m") : large ? "km2" : "m2";
  const units = kind === "length" ? LENGTHS : AREAS;
  const { title, size } = /** @type {Unit} */ (units[unit] ?? units[best]);
  const number = value / size;
  const digits = number >= 1000 ? 1 : number >= 10 ? 2 : 3;
  const format = new Intl.NumberFormat(htmlLanguage(language), { maximumFractionDigits: digits });
  return `${format.format(number)} ${title[language]}`;
}
