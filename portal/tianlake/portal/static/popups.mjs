/** What a click on the map tells: one thing at a time, with the way to the next. */

/** @import { MapGeoJSONFeature } from "maplibre-gl" */
/** @import { Shown } from "./stack.mjs" */
/** @import { Language, Text } from "./words.mjs" */
import { make } from "./dom.mjs";
import { sayLayer } from "./layers/layer_words.mjs";
import { pageOf } from "./layers/places.mjs";

const MOST_HITS = 50;
const MOST_ATTRIBUTES = 40;

/**
 * @typedef {object} Hit One thing at the place of a click.
 * @property {string} id Of the product.
 * @property {Text} title Of the product.
 * @property {string} part Which part of it: the layer of its tiles.
 * @property {{name: string, title: Text | null, value: string}[]} rows
 */

/**
 * Return each different feature among those that are drawn at a place.
 *
 * @param {MapGeoJSONFeature[]} features Topmost first; one feature may come once per map layer that draws it.
 * @param {(source: string) => [string, Shown] | undefined} ownerOf What draws a source.
 * @param {(id: string, field: string) => Text | null} fieldTitle What a field is called, where that is known.
 * @returns {Hit[]}
 */
export function featureHits(features, ownerOf, fieldTitle) {
  /** @type {Map<string, Hit>} */
  const found = new Map();
  for (const { source, sourceLayer, properties } of features) {
    const owner = ownerOf(source);
    const key = JSON.stringify([source, sourceLayer, properties]);
    if (!owner?.[1].title || found.has(key) || found.size === MOST_HITS) continue;
    const [id, { title }] = owner;
    const rows = Object.entries(properties)
      .filter(([, value]) => value !== null && value !== "")
      .slice(0, MOST_ATTRIBUTES)
      .map(([name, value]) => ({ name, title: fieldTitle(id, name), value: String(value) }));
    found.set(key, { id, title, part: sourceLayer ?? "", rows });
  }
  return [...found.values()];
}

/** Shows hits, one on a page. */
export class Pages {
  element = make("div", { class: "features" });
  #page = make("div", { class: "feature-page" });
  #count = make("span", { role: "status" });
  #before = make("button", { type: "button", class: "layer-move" }, "‹");
  #after = make("button", { type: "button", class: "layer-move" }, "›");
  #turning = make("div", { class: "feature-turning" }, this.#before, this.#count, this.#after);
  /** @type {Hit[]} */
  #hits = [];
  #place = 0;
  #language;

  /** @param {Language} language */
  constructor(language) {
    this.#language = language;
    this.#before.setAttribute("aria-label", sayLayer(language, "before"));
    this.#after.setAttribute("aria-label", sayLayer(language, "after"));
    this.#before.addEventListener("click", () => this.#turn(-1));
    this.#after.addEventListener("click", () => this.#turn(1));
    this.element.append(this.#turning, this.#page);
  }

  /**
   * Show other hits; whoever had turned to a page stays there.
   *
   * @param {Hit[]} hits At least one.
   */
  fill(hits) {
    this.#hits = hits;
    this.#turn(0);
  }

  /** @param {number} by */
  #turn(by) {
    const all = this.#hits.length;
    this.#place = (this.#place + by + all) % all;
    this.#page.replaceChildren(...hitView(this.#hits[this.#place], this.#language));
    this.#turning.hidden = all === 1;
    this.#count.textContent = sayLayer(this.#language, "hitOf", { place: this.#place + 1, all });
  }
}

/**
 * @param {Hit} hit
 * @param {Language} language
 */
function hitView({ id, title, part, rows }, language) {
  const caption = make("caption", {}, title[language], " ", make("span", { class: "quiet" }, part));
  const lines = rows.map(({ name, title: called, value }) => {
    const label = called ? [`${called[language]} `, make("code", {}, name)] : [name];
    return make("tr", {}, make("th", { scope: "row" }, ...label), make("td", {}, value));
  });
  const about = make("a", { class: "small", href: pageOf(id) }, sayLayer(language, "about"));
  return [make("table", { class: "feature" }, caption, make("tbody", {}, ...lines)), about];
}
