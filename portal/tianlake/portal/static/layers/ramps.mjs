/** The colours that stand for amounts in tiles of rasters, and the way back from a colour to an amount. Pure. */

/** @import { Ramp } from "../archives.mjs" */

/**
 * Every seventeenth of the 256 colours of matplotlib's `viridis` (CC0), which tiles of amounts are drawn in.
 *
 * @type {Record<string, string[]>}
 */
const STOPS = {
  viridis: [
    ...["#440154", "#48196b", "#462f7c", "#404387", "#38568b", "#30678d", "#29788e", "#23888d"],
    ...["#1e988a", "#22a784", "#35b778", "#53c567", "#79d151", "#a5da35", "#d2e11b", "#fde724"],
  ],
};

/** How far, in steps of 0 to 255, a colour may be from the ramp: tiles are compressed. */
const SLACK = 24;

/** Parts of the ramp that are tried between two stops. */
const FINENESS = 16;

/**
 * Return the stops of a ramp as CSS colours, from the lowest amount to the highest; null where it is not known here.
 *
 * @param {Ramp} ramp
 */
export function stopsOf({ name }) {
  return STOPS[name] ?? null;
}

/**
 * Return about which amount a colour stands for; null where it stands for none.
 *
 * @param {Ramp} ramp
 * @param {number[]} pixel Red, green and blue, 0 to 255.
 */
export function amountOf(ramp, pixel) {
  const stops = stopsOf(ramp)?.map(rgbOf) ?? [];
  let best = { away: SLACK, share: -1 };
  for (let step = 0; step <= (stops.length - 1) * FINENESS; step++) {
    const before = Math.min(Math.floor(step / FINENESS), stops.length - 2);
    const part = step / FINENESS - before;
    const color = stops[before].map((value, band) => value + (stops[before + 1][band] - value) * part);
    const away = Math.hypot(...color.map((value, band) => value - pixel[band]));
    if (away < best.away) best = { away, share: step / FINENESS / (stops.length - 1) };
  }
  return best.share < 0 ? null : ramp.low + (ramp.high - ramp.low) * best.share;
}

/**
 * @param {string} color `#rrggbb`.
 * @returns {number[]}
 */
export function rgbOf(color) {
  return [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
}
