/** Finding places on the map: by name with suggestions, by kind, by division; and what a point is called. */

/** @import { Bounds } from "../catalog.mjs" */
/** @import { Bench } from "../fittings.mjs" */
/** @import { Board } from "../map.mjs" */
/** @import { TextKey } from "../words.mjs" */
/** @import { Answer, Division, Place } from "./places_api.mjs" */
import { readJson } from "../catalog.mjs";
import { byId, make } from "../dom.mjs";
import { faultNote } from "../faults.mjs";
import { heldKey } from "../keyring.mjs";
import { say } from "../words.mjs";
import { Combobox } from "./combobox.mjs";
import { kindsOf, kindsPart } from "./kinds.mjs";
import { PlacesApi } from "./places_api.mjs";
import { serviceOf } from "./service.mjs";
import { divisionTree } from "./tree.mjs";

const FOUND = "found-places";
const NATION = "156000000";
/** Level of the map that shows a single place. */
const CLOSE = 15;

/**
 * Put the search beside the map, and draw what it finds; plain object storage answers no search, and has none.
 *
 * @param {Bench} bench
 */
export async function fit({ board, node, base, entries }) {
  const catalog = new URL("catalog.json", base).href;
  if (serviceOf(await readJson(catalog), catalog) === null) return;
  document.head.append(
    make("link", { rel: "stylesheet", href: new URL("places.css", import.meta.url).href }),
  );
  const panel = new PlacesPanel(board, new PlacesApi(base), node?.code ?? NATION, () =>
    kindsOf(entries, base),
  );
  byId("tree").before(panel.element);
  board.on("language", () => panel.render());
}

class PlacesPanel {
  #board;
  #api;
  #code;
  #readKinds;
  #combobox;
  /** @type {Division | null} */
  #division = null;
  /** @type {Answer | null} */
  #answer = null;
  #results = make("div", { class: "place-results" });
  #told = make("div", { role: "status" });

  /**
   * @param {Board} board
   * @param {PlacesApi} api
   * @param {string} code Of the node.
   * @param {() => Promise<string[]>} readKinds
   */
  constructor(board, api, code, readKinds) {
    this.#board = board;
    this.#api = api;
    this.#code = code;
    this.#readKinds = readKinds;
    this.#combobox = new Combobox(
      // without a key each letter would be refused; who asks in earnest is told in the server's words
      async (text, signal) => (heldKey() === null ? [] : api.suggest(text, signal)),
      (text) => void this.#search(text),
    );
    this.element = make("section", { class: "places", "aria-labelledby": "places-heading" });
    this.render();
  }

  /** @param {TextKey} key @param {Record<string, string | number>} [values] */
  #say(key, values) {
    return say(this.#board.language, key, values);
  }

  render() {
    const { input, list } = this.#combobox;
    list.setAttribute("aria-label", this.#say("suggestions"));
    const heading = make("h2", { id: "places-heading", class: "small-heading" }, this.#say("places"));
    const label = make("label", { for: "place-text" }, this.#say("placeText"));
    const row = make(
      "div",
      { class: "place-row" },
      input,
      make("button", { class: "action" }, this.#say("search")),
    );
    const form = make("form", { class: "place-form", role: "search" }, label, row, list);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#combobox.close();
      void this.#search(input.value.trim());
    });
    const point = make("button", { type: "button", class: "plain" }, this.#say("whatIsHere"));
    point.addEventListener("click", () => this.#askPoint());
    const tree = divisionTree(this.#api, this.#code, this.#board.language, (each) => void this.#go(each));
    const more = make("div", { class: "place-more" }, this.#kinds(), tree, point, this.#catalogLink());
    this.element.replaceChildren(heading, form, this.#within(), this.#told, this.#results, more);
    this.#show();
  }

  #within() {
    const place = make("p", { id: "place-within" });
    if (this.#division === null) return place;
    const clear = make("button", { type: "button", class: "plain" }, this.#say("anywhere"));
    clear.addEventListener("click", () => {
      this.#division = null;
      this.render();
    });
    place.append(this.#say("within", { name: this.#division.name }), " ", clear);
    return place;
  }

  #kinds() {
    return kindsPart(
      this.#readKinds,
      (key) => this.#say(key),
      (kinds, inView) => {
        const where = { view: inView ? this.#view() : null, division: this.#division?.code ?? this.#code };
        void this.#ask(() => this.#api.ofKind(kinds, where));
      },
    );
  }

  #catalogLink() {
    const link = make("a", { href: new URL("../catalog.html", import.meta.url).href }, this.#say("dataHere"));
    link.addEventListener("click", () => {
      const box = this.#view().map((edge) => edge.toFixed(4));
      link.search = `?bbox=${box.join(",")}`;
    });
    return link;
  }

  /** @returns {Bounds} */
  #view() {
    const bounds = this.#board.map.getBounds();
    const between = (/** @type {number} */ value, /** @type {number} */ most) =>
      Number(Math.min(Math.max(value, -most), most).toFixed(6));
    const [west, south] = [between(bounds.getWest(), 180), between(bounds.getSouth(), 90)];
    return [west, south, between(bounds.getEast(), 180), between(bounds.getNorth(), 90)];
  }

  /** @param {string} text */
  async #search(text) {
    if (text === "") return;
    const where = {
      view: this.#view(),
      zoom: this.#board.map.getZoom(),
      division: this.#division?.code ?? null,
    };
    await this.#ask(async () => {
      const found = await this.#api.find(text, where);
      if (found.total > 0) return found;
      const place = await this.#api.locate(text); // an address is no name
      return place ? { ...found, total: 1, places: [place] } : found;
    });
  }

  /** @param {() => Promise<Answer>} call */
  async #ask(call) {
    this.#told.replaceChildren(make("p", { class: "quiet" }, this.#say("reading")));
    try {
      this.#answer = await call();
      this.#show();
      this.#lookAt(this.#answer);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** @param {unknown} error */
  #fail(error) {
    this.#answer = null;
    this.#show();
    const note = faultNote(this.#board.language, "noPlaces", error);
    if (heldKey() === null) {
      const enter = make("button", { type: "button", class: "plain" }, this.#say("enterKey"));
      enter.addEventListener("click", () => {
        byId("key-panel").hidden = false;
        byId("key-field").focus();
      });
      note.append(" ", enter);
    }
    this.#told.replaceChildren(note);
  }

  #show() {
    const answer = this.#answer;
    this.#draw(answer?.places ?? []);
    this.#told.replaceChildren();
    this.#results.replaceChildren();
    if (answer === null) return;
    const key = answer.total === 0 ? "placesNone" : "placesFound";
    this.#told.append(make("p", { class: "quiet" }, this.#say(key, { count: answer.total })));
    const rows = answer.places.map((place) => this.#row(place));
    const counted = answer.divisions.map((each) => {
      const button = make("button", { type: "button", class: "link" }, each.name);
      button.addEventListener("click", () => {
        this.#division = each;
        this.render();
        void this.#search(this.#combobox.input.value.trim());
      });
      return make("li", {}, button, make("span", { class: "quiet" }, ` ${each.count ?? ""}`));
    });
    this.#results.append(make("ol", {}, ...rows, ...counted));
  }

  /** @param {Place} place */
  #row(place) {
    const button = make("button", { type: "button", class: "link" }, place.name);
    button.addEventListener("click", () => {
      if (place.at)
        this.#board.map.easeTo({ center: place.at, zoom: Math.max(CLOSE, this.#board.map.getZoom()) });
    });
    return make("li", {}, button, make("span", { class: "quiet" }, place.about ? ` ${place.about}` : ""));
  }

  /** @param {Answer} answer */
  #lookAt({ places, bounds }) {
    if (bounds) return this.#board.fit(bounds, true);
    const points = places.flatMap(({ at }) => (at ? [at] : []));
    if (points.length === 0) return;
    const [lons, lats] = [points.map(([lon]) => lon), points.map(([, lat]) => lat)];
    this.#board.fit([Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)], true);
  }

  /** @param {Place[]} places */
  #draw(places) {
    const features = places.flatMap(({ name, at }) =>
      at ? [{ type: "Feature", properties: { name }, geometry: { type: "Point", coordinates: at } }] : [],
    );
    const data = /** @type {GeoJSON.FeatureCollection} */ ({ type: "FeatureCollection", features });
    const paint = {
      ...{ "circle-radius": 7, "circle-color": "#a11d2b" },
      ...{ "circle-stroke-color": "#ffffff", "circle-stroke-width": 2 },
    };
    const source = { type: /** @type {const} */ ("geojson"), data };
    this.#board.overlay(FOUND, { [FOUND]: source }, [{ id: FOUND, type: "circle", source: FOUND, paint }]);
  }

  /** @param {Division} division */
  async #go(division) {
    this.#division = division;
    this.element.querySelector("#place-within")?.replaceWith(this.#within());
    try {
      const bounds = await this.#api.boundsOf(division.code);
      if (bounds) this.#board.fit(bounds, true);
      else if (division.at) this.#board.map.easeTo({ center: division.at });
    } catch (error) {
      this.#fail(error);
    }
  }

  #askPoint() {
    this.#told.replaceChildren(make("p", { class: "quiet" }, this.#say("clickPoint")));
    const release = this.#board.takeClicks(({ lngLat: { lng, lat } }) => {
      release();
      void this.#ask(async () => {
        const name = await this.#api.nameOf(Number(lng.toFixed(6)), Number(lat.toFixed(6)));
        const about = `${lng.toFixed(5)}, ${lat.toFixed(5)}`;
        const places =
          name === null ? [] : [{ name, about, at: /** @type {[number, number]} */ ([lng, lat]) }];
        return { total: places.length, places, divisions: [], bounds: null };
      });
    });
  }
}
