/** What an account used of the day's limits, as a chart; the table below it says the same. */

/** @import { Usage } from "./account_api.mjs" */
/** @import { Language } from "./words.mjs" */
import { make } from "./dom.mjs";
import { amount, METERS } from "./meters.mjs";
import { say } from "./words.mjs";

const SVG = "http://www.w3.org/2000/svg";
const ROW = 44; // units of the drawing, as all that follow
const BAR = 14;
const WIDTH = 600;
const SCALE = 24; // below the rows, for the numbers of the axis
const WARNED = 80; // per cent, from which answers carry a warning (quotas.json, `warn_at`)
const DAY_MS = 86_400_000;

/**
 * @param {Usage} usage
 * @param {Language} language
 * @param {number} now Milliseconds since the epoch.
 */
export function usageChart({ meters, resets }, language, now) {
  const used = Object.keys(METERS).filter((meter) => meters[meter] !== undefined);
  const height = used.length * ROW + SCALE;
  const chart = drawn("svg", {
    viewBox: `0 0 ${WIDTH} ${height}`,
    class: "usage-chart",
    "aria-hidden": "true",
  });
  for (const percent of [0, 25, 50, 75, 100]) chart.append(...tick(percent, height));
  used.forEach((meter, row) => chart.append(...bar(meters[meter], meter, row * ROW, language)));
  chart.append(line(WARNED, height, "warn-line"));
  const gone = 100 - ((Date.parse(resets) - now) / DAY_MS) * 100;
  if (gone >= 0 && gone <= 100) chart.append(line(gone, height, "now-line"));
  return chart;
}

/**
 * @param {import("./account_api.mjs").MeterUse | undefined} use
 * @param {string} meter
 * @param {number} top
 * @param {Language} language
 */
function bar(use, meter, top, language) {
  const share = use === undefined ? 0 : Math.min(1, use.used / use.limit);
  const key = METERS[meter];
  const name = drawn("text", { x: "0", y: String(top + 14), class: "meter-name" });
  name.textContent = key === undefined ? meter : say(language, key);
  const value = drawn("text", { x: String(WIDTH), y: String(top + 14), class: "meter-value" });
  value.textContent =
    use === undefined ? "" : `${amount(use.used, meter, language)} / ${amount(use.limit, meter, language)}`;
  const place = { x: "0", y: String(top + 20), height: String(BAR), rx: "3" };
  const whole = drawn("rect", { ...place, width: String(WIDTH), class: "bar-whole" });
  const part = drawn("rect", {
    ...place,
    width: String(share * WIDTH),
    class: use?.warning ? "bar-warned" : "bar-used",
  });
  return [name, value, whole, part];
}

/**
 * @param {number} percent
 * @param {number} height
 */
function tick(percent, height) {
  const anchor = percent === 0 ? "start" : percent === 100 ? "end" : "middle";
  const x = String((percent / 100) * WIDTH);
  const text = drawn("text", { x, y: String(height - 6), "text-anchor": anchor, class: "tick" });
  text.textContent = `${percent}%`;
  return [text];
}

/**
 * @param {number} percent
 * @param {number} height
 * @param {"warn-line" | "now-line"} kind
 */
function line(percent, height, kind) {
  const x = String((percent / 100) * WIDTH);
  return drawn("line", { x1: x, x2: x, y1: "0", y2: String(height - SCALE + 4), class: kind });
}

/**
 * @param {string} tag
 * @param {Record<string, string>} attributes
 */
function drawn(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/**
 * Return what the lines across the chart mean.
 *
 * @param {Language} language
 */
export function chartKey(language) {
  const item = (/** @type {"warn" | "now"} */ kind, /** @type {"chartWarn" | "chartNow"} */ key) =>
    make("li", {}, make("span", { class: `line-sample ${kind}` }), " ", say(language, key));
  return make("ul", { class: "chart-key" }, item("warn", "chartWarn"), item("now", "chartNow"));
}
