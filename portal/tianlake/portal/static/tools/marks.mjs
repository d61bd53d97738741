/** The one mark (标记) on the map: a place somebody links to, or goes to. */

/** @import { Board } from "../map.mjs" */
import { make } from "../dom.mjs";
import { Marker } from "../vendor/maplibre-gl.mjs";

const COLOR = "#a11d2b";

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
  const marker = new Marker({ color: COLOR }).setLngLat([lon, lat]).addTo(board.map);
  const element = marker.getElement();
  element.classList.add("mark");
  element.setAttribute("role", "img");
  element.setAttribute("aria-label", label);
  element.removeAttribute("tabindex");
  if (label !== "") element.append(make("span", { class: "mark-label" }, label));
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
