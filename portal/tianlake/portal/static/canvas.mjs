/** The bare MapLibre map that everything is drawn on. */

import { loadTile } from "./archives.mjs";
import { keyHeaders } from "./keyring.mjs";
import { emptyStyle } from "./style.mjs";
import { addProtocol, LngLat, Map as MapLibreMap, setWorkerUrl } from "./vendor/maplibre-gl.mjs";

/** Fonts for names on the map, as good as the visitor's machine has them. */
const FONTS =
  '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Micro Hei", sans-serif';
const MERCATOR_LATITUDE = 85.051129; // degrees; web mercator ends there (EPSG:3857)

/** Which screens are a phone's. */
export const PHONE = "(max-width: 859px)";

/**
 * Return a map without anything on it.
 *
 * @param {HTMLElement} container
 * @param {boolean} [interactive] Whether it follows the visitor; else only whoever made it.
 */
export function makeMap(container, interactive = true) {
  setWorkerUrl(new URL("vendor/maplibre-gl-worker.mjs", import.meta.url).href);
  addProtocol("pmtiles", loadTile);
  const map = new MapLibreMap({
    container,
    style: emptyStyle(),
    attributionControl: false,
    interactive,
    cooperativeGestures: interactive && matchMedia(PHONE).matches, // one finger scrolls the page, two move the map
    dragRotate: false,
    touchPitch: false,
    renderWorldCopies: false,
    transformConstrain: withinWorld,
    localIdeographFontFamily: FONTS,
    fadeDuration: 120,
    transformRequest: (url) => ({ url, headers: keyHeaders(url) }),
  });
  map.touchZoomRotate.disableRotation();
  return map;
}

/**
 * Keep the middle of the map within the world, and nothing more: by default the whole of a map must lie within, and
 * on one that is wide and low, the east of the world could not be brought to the middle.
 *
 * @param {import("maplibre-gl").LngLat} center
 * @param {number} zoom
 */
function withinWorld({ lng, lat }, zoom) {
  const between = (/** @type {number} */ value, /** @type {number} */ most) =>
    Math.min(Math.max(value, -most), most);
  return { center: new LngLat(between(lng, 180), between(lat, MERCATOR_LATITUDE)), zoom: Math.max(zoom, 0) };
}
