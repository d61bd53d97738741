/** A click on the map: a popup of what is there, the features at once, and what has to be read as soon as it is. */

/** @import { Map as MapLibreMap, MapMouseEvent } from "maplibre-gl" */
/** @import { Stack } from "./stack.mjs" */
/** @import { Language, Text } from "./words.mjs" */
/** @import { Hit } from "./popups.mjs" */
import { label } from "./controls.mjs";
import { fieldTitles, partsOf } from "./layers/parts.mjs";
import { surfaceHits } from "./layers/surfaces.mjs";
import { featureHits, Pages } from "./popups.mjs";
import { Popup } from "./vendor/maplibre-gl.mjs";
import { say } from "./words.mjs";

const CLICK_SLACK = 4; // pixels around a click in which a point or line counts as hit

export class Identify {
  // closeOnClick would close it in the very click that moves it to another place
  #popup = new Popup({ maxWidth: "min(340px, 84vw)", closeOnClick: false });
  #asked = 0;
  #map;
  #stack;
  #above;

  /**
   * @param {MapLibreMap} map
   * @param {Stack} stack
   * @param {MapLibreMap} [above] The map that the popup stands on, where it is another one in the same place.
   */
  constructor(map, stack, above = map) {
    this.#map = map;
    this.#stack = stack;
    this.#above = above;
  }

  close() {
    this.#asked++;
    this.#popup.remove();
  }

  /**
   * @param {MapMouseEvent} event
   * @param {Language} language
   */
  async tell(event, language) {
    const asked = ++this.#asked;
    const pages = new Pages(language);
    const show = (/** @type {Hit[]} */ hits) => {
      if (asked !== this.#asked) return; // another click, or closed
      if (hits.length === 0) this.#popup.remove();
      else {
        pages.fill(hits);
        if (!pages.element.isConnected) this.#open(event, pages.element, language);
      }
    };
    const told = this.#features(event);
    show(featureHits(told, this.#ownerOf, () => null));
    const [titles, surfaces] = await Promise.all([
      this.#titles(told.map(({ source }) => source)),
      surfaceHits(this.#stack, this.#map, event.lngLat, language),
    ]);
    show([
      ...featureHits(told, this.#ownerOf, (id, field) => titles.get(id)?.get(field) ?? null),
      ...surfaces,
    ]);
  }

  /** @param {string} source */
  #ownerOf = (source) => this.#stack.ownerOf(source);

  /**
   * @param {MapMouseEvent} event
   */
  #features({ point: { x, y } }) {
    const box = /** @type {[[number, number], [number, number]]} */ ([
      [x - CLICK_SLACK, y - CLICK_SLACK],
      [x + CLICK_SLACK, y + CLICK_SLACK],
    ]);
    const hit = this.#map.queryRenderedFeatures(box);
    const ofProducts = hit.filter(({ source }) => this.#ownerOf(source)?.[1].ground === null);
    // of a base map where there is nothing else: it lies below everything
    return ofProducts.length ? ofProducts : hit;
  }

  /**
   * @param {string[]} sources
   * @returns {Promise<Map<string, Map<string, Text>>>}
   */
  async #titles(sources) {
    const owners = new Map(
      sources.flatMap((source) => [this.#ownerOf(source)].filter((each) => each !== undefined)),
    );
    const read = [...owners].map(async ([id, { product }]) => {
      const parts = product ? await partsOf(product) : [];
      return /** @type {[string, Map<string, Text>]} */ ([id, fieldTitles(parts)]);
    });
    return new Map(await Promise.all(read));
  }

  /**
   * @param {MapMouseEvent} event
   * @param {HTMLElement} content
   * @param {Language} language
   */
  #open({ lngLat }, content, language) {
    this.#popup.setLngLat(lngLat).setDOMContent(content).addTo(this.#above);
    label(this.#above.getContainer(), ".maplibregl-popup-close-button", say(language, "close"));
  }
}
