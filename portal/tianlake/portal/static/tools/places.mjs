/** Coordinates in CGCS2000 as people read them; `reading.mjs` reads every form back. */

import { toGrid } from "./grid.mjs";

/** @typedef {"degrees" | "dms" | "grid"} Form */

/** @type {Form[]} */
export const FORMS = ["degrees", "dms", "grid"];

const DECIMALS = 6; // of degrees: 0.11 m
const TICKS = 100; // of a second: 0.3 m

/**
 * Return a place in one form; the grid's is null where China has no zone.
 *
 * @param {Form} form
 * @param {number} lon Degrees.
 * @param {number} lat Degrees.
 * @returns {string | null}
 */
export function write(form, lon, lat) {
  if (form === "degrees") return `${degrees(lon, "EW")}, ${degrees(lat, "NS")}`;
  if (form === "dms") return `${sexagesimal(lon, "EW")}, ${sexagesimal(lat, "NS")}`;
  const place = toGrid(lon, lat);
  return place && `CM ${place.meridian}°E, x=${place.x.toFixed(2)}, y=${place.y.toFixed(2)}`;
}

/**
 * @param {number} value
 * @param {string} letters Of positive and of negative values.
 */
function degrees(value, letters) {
  return `${Math.abs(value).toFixed(DECIMALS)}°${letters[value < 0 ? 1 : 0]}`;
}

/**
 * Rounded as a whole: 59.999″ is the next minute, never 60.00″.
 *
 * @param {number} value
 * @param {string} letters
 */
function sexagesimal(value, letters) {
  const ticks = Math.round(Math.abs(value) * 3600 * TICKS);
  const seconds = ((ticks % (60 * TICKS)) / TICKS).toFixed(2).padStart(5, "0");
  const minutes = String(Math.floor(ticks / (60 * TICKS)) % 60).padStart(2, "0");
  return `${Math.floor(ticks / (3600 * TICKS))}°${minutes}′${seconds}″${letters[value < 0 ? 1 : 0]}`;
}
