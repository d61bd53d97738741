/** The one mark (标记) on the map: a place somebody links to, or goes to. */

/** @import { Board } from "../map.mjs" */
import { make } from "../dom.mjs";
import { Marker } from "../vendor/maplibre-gl.mjs";

/** @type {{marker: Marker, lon: number, lat: number, label: string} | null} */
let marked = null;

/**
 * Mark a place, and no other.
 *
 * @param {Board} board
 * @param {number} lon Degrees.
 * @param {number} lat Degrees.
 * @param {string} label Text, never markup.
 */
export function mark(board, lon, lat, label) {
  unmark();
  // an element of our own: MapLibre's has inline styles, which the page's policy refuses
  const element = make(
    "div",
    { class: "mark", role: "img", "aria-label": label },
    make("span", { class: "mark-pin" }),
  );
  if (label !== "") element.append(make("span", { class: "mark-label" }, label));
  const marker = new Marker({ element, anchor: "bottom" }).setLngLat([lon, lat]).addTo(board.map);
  element.removeAttribute("tabindex"); // it does nothing that a key could do
  marked = { marker, lon, lat, label };
}

/** Take the mark away. */
export function unmark() {
  marked?.marker.remove();
  marked = null;
}

/** Return what is marked. */
export function currentMark() {
  return marked;
}
