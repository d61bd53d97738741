/**
 * The address of what is seen: `#map=ZOOM/LAT/LON[/BEARING/PITCH]&layers=id,id&lang=zh&mark=LON,LAT,label`.
 *
 * Whoever adds a part to it owns that part: what is not known here is kept as it stands. `&compare=id@release` is the
 * comparison's (`compare/address.mjs`), `&terrain=1.5` the terrain's (`layers/relief_address.mjs`).
 *
 * @typedef {object} Link
 * @property {{zoom: number, lat: number, lon: number, bearing: number, pitch: number} | null} view
 * @property {string[] | null} layers Ids of what is seen.
 * @property {Language | null} lang
 * @property {{lon: number, lat: number, label: string} | null} mark
 */

/** @import { Language } from "./words.mjs" */

const MOST_LATITUDE = 90;
const MOST_LABEL = 80; // characters; a link is not there to write on the map

/**
 * Return what an address asks for; a part that is not understood asks for nothing.
 *
 * @param {string} hash With or without its `#`.
 * @returns {Link}
 */
export function readLink(hash) {
  const parts = partsOf(hash);
  const lang = parts.get("lang");
  return {
    view: readView(parts.get("map")),
    layers: parts.get("layers")?.split(",").filter(Boolean) ?? null,
    lang: lang === "zh" || lang === "en" ? lang : null,
    mark: readMark(parts.get("mark")),
  };
}

/**
 * Return an address with what is seen now in place of what it said.
 *
 * @param {string} hash
 * @param {Link} link
 */
export function writeLink(hash, { view, layers, lang, mark }) {
  const parts = partsOf(hash);
  const put = (/** @type {string} */ name, /** @type {string | null} */ value) => {
    if (value === null) parts.delete(name);
    else parts.set(name, value);
  };
  put("map", view && viewText(view));
  put("layers", layers && layers.join(","));
  put("lang", lang);
  put("mark", mark && [degrees(mark.lon), degrees(mark.lat), mark.label].join(","));
  return hashOf(parts);
}

/**
 * Return a part of an address that somebody else owns; null where it is missing.
 *
 * @param {string} hash
 * @param {string} name
 */
export function readPart(hash, name) {
  return partsOf(hash).get(name) ?? null;
}

/**
 * Return an address with such a part, or without it.
 *
 * @param {string} hash
 * @param {string} name
 * @param {string | null} value
 */
export function writePart(hash, name, value) {
  const parts = partsOf(hash);
  if (value === null) parts.delete(name);
  else parts.set(name, value);
  return hashOf(parts);
}

/**
 * Return how a map comes to a view.
 *
 * @param {NonNullable<Link["view"]>} view
 */
export function jump({ lon, lat, zoom, bearing, pitch }) {
  return { center: /** @type {[number, number]} */ ([lon, lat]), zoom, bearing, pitch };
}

/** @param {NonNullable<Link["view"]>} view */
function viewText({ zoom, lat, lon, bearing, pitch }) {
  const place = [Number(zoom.toFixed(2)), degrees(lat), degrees(lon)];
  const turned = Math.abs(bearing) > 0.05 || pitch > 0.05;
  return [...place, ...(turned ? [bearing.toFixed(1), pitch.toFixed(1)] : [])].join("/");
}

/** @param {number} value */
function degrees(value) {
  return String(Number(value.toFixed(5)));
}

/** @param {string | undefined} text */
function readView(text) {
  const numbers = (text ?? "").split("/").map((each) => (each === "" ? NaN : Number(each)));
  const [zoom = NaN, lat = NaN, lon = NaN, bearing = 0, pitch = 0] = numbers;
  const whole = [zoom, lat, lon, bearing, pitch].every(Number.isFinite);
  if (!whole || zoom < 0 || zoom > 24 || !isPlace(lon, lat) || pitch < 0 || pitch > 85) return null;
  return { zoom, lat, lon, bearing, pitch };
}

/** @param {string | undefined} text */
function readMark(text) {
  const [lon = "", lat = "", ...label] = (text ?? "").split(",");
  if (lon.trim() === "" || lat.trim() === "" || !isPlace(Number(lon), Number(lat))) return null;
  return { lon: Number(lon), lat: Number(lat), label: label.join(",").slice(0, MOST_LABEL) };
}

/**
 * @param {number} lon
 * @param {number} lat
 */
function isPlace(lon, lat) {
  return Math.abs(lon) <= 180 && Math.abs(lat) <= MOST_LATITUDE;
}

/**
 * @param {string} hash
 * @returns {Map<string, string>}
 */
function partsOf(hash) {
  const parts = hash
    .replace(/^#/, "")
    .split("&")
    .filter((part) => part.includes("="));
  return new Map(
    parts.map((part) => {
      const at = part.indexOf("=");
      return [part.slice(0, at), unescaped(part.slice(at + 1))];
    }),
  );
}

/** @param {Map<string, string>} parts */
function hashOf(parts) {
  return `#${[...parts].map(([name, value]) => `${name}=${escaped(value)}`).join("&")}`;
}

/** @param {string} text */
function unescaped(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @param {string} text Commas and slashes stay as people read them. */
function escaped(text) {
  return encodeURIComponent(text).replace(/%2C/g, ",").replace(/%2F/g, "/").replace(/%40/g, "@");
}
