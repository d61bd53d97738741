/** What a click on the map tells: a popup of the features there. */

/** @import { Map as MapLibreMap, MapMouseEvent } from "maplibre-gl" */
/** @import { Stack } from "./stack.mjs" */
/** @import { Language } from "./words.mjs" */
import { label } from "./controls.mjs";
import { describeFeatures } from "./popups.mjs";
import { Popup } from "./vendor/maplibre-gl.mjs";
import { say } from "./words.mjs";

const CLICK_SLACK = 4; // pixels around a click in which a point or line counts as hit

export class Identify {
  // closeOnClick would close it in the very click that moves it to another place
  #popup = new Popup({ maxWidth: "min(340px, 84vw)", closeOnClick: false });
  #map;
  #stack;

  /**
   * @param {MapLibreMap} map
   * @param {Stack} stack
   */
  constructor(map, stack) {
    this.#map = map;
    this.#stack = stack;
  }

  close() {
    this.#popup.remove();
  }

  /**
   * @param {MapMouseEvent} event
   * @param {Language} language
   */
  tell(event, language) {
    const { x, y } = event.point;
    const box = /** @type {[[number, number], [number, number]]} */ ([
      [x - CLICK_SLACK, y - CLICK_SLACK],
      [x + CLICK_SLACK, y + CLICK_SLACK],
    ]);
    const hit = this.#map.queryRenderedFeatures(box);
    const ofProducts = hit.filter(({ source }) => this.#stack.ownerOf(source)?.[1].ground === null);
    const titleOf = (/** @type {string} */ source) => this.#stack.ownerOf(source)?.[1].title ?? null;
    // of a base map where there is nothing else: it lies below everything
    const told = describeFeatures(ofProducts.length ? ofProducts : hit, titleOf, language);
    if (!told) {
      this.close();
      return;
    }
    this.#popup.setLngLat(event.lngLat).setDOMContent(told).addTo(this.#map);
    label(this.#map.getContainer(), ".maplibregl-popup-close-button", say(language, "close"));
  }
}
