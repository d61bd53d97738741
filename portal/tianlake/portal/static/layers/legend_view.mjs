/** How a legend is shown. */

/** @import { Ramp } from "../archives.mjs" */
/** @import { Language } from "../words.mjs" */
/** @import { Legend, Sign } from "./legends.mjs" */
import { make } from "../dom.mjs";
import { say } from "../words.mjs";
import { sayLayer } from "./layer_words.mjs";
import { stopsOf } from "./ramps.mjs";

/**
 * Return the elements of a legend.
 *
 * @param {Legend} legend
 * @param {Language} language
 * @param {string | null} unit Of its amounts.
 * @returns {HTMLElement[]}
 */
export function legendView({ signs, ramp, shade }, language, unit) {
  const told = [];
  if (signs.length) {
    const items = signs.map((sign) => make("li", {}, signMark(sign), sign.title[language]));
    told.push(make("ul", { class: "legend", "aria-label": say(language, "legend") }, ...items));
  }
  if (ramp) told.push(rampView(ramp, language, unit));
  if (shade) told.push(make("p", { class: "quiet" }, sayLayer(language, "shade")));
  if (told.length === 0) told.push(make("p", { class: "quiet" }, sayLayer(language, "noLegend")));
  return told;
}

/** @param {Sign} sign */
function signMark({ shape, color }) {
  const mark = make("span", { class: `sign sign-${shape}`, "aria-hidden": "true" });
  mark.style.setProperty("--sign", color);
  return mark;
}

/**
 * @param {Ramp} ramp
 * @param {Language} language
 * @param {string | null} unit
 */
function rampView(ramp, language, unit) {
  const stops = stopsOf(ramp);
  const bar = make("span", { class: "ramp-bar", "aria-hidden": "true" });
  if (stops) bar.style.backgroundImage = `linear-gradient(to right, ${stops.join(", ")})`;
  const middle = (ramp.low + ramp.high) / 2;
  const marks = [ramp.low, middle, ramp.high].map((value) =>
    make("span", {}, amountText(value, language, unit)),
  );
  const label = { class: "ramp", role: "group", "aria-label": say(language, "legend") };
  return make("div", label, ...(stops ? [bar] : []), make("div", { class: "ramp-marks" }, ...marks));
}

/**
 * Return an amount with its unit, to four figures.
 *
 * @param {number} value
 * @param {Language} language
 * @param {string | null} unit
 */
export function amountText(value, language, unit) {
  const number = value.toLocaleString(language === "zh" ? "zh-CN" : "en", { maximumSignificantDigits: 4 });
  return unit ? `${number} ${unit}` : number;
}
