/** Measure distances and areas, geodesic on the ellipsoid of CGCS2000, by pointer, finger or keyboard. */

/** @import { LayerSpecification, LngLat } from "maplibre-gl" */
/** @import { Place } from "./geodesy.mjs" */
/** @import { Board } from "../map.mjs" */
/** @import { Content } from "./panel.mjs" */
/** @import { ToolKey } from "./tool_words.mjs" */
import { make } from "../dom.mjs";
import { areaOf, crossesItself, drawnPath, lengthOf } from "./geodesy.mjs";
import { sayTool } from "./tool_words.mjs";
import { amountIn, AREAS, LENGTHS } from "./units.mjs";

/** @typedef {"length" | "area"} Kind */

const OVERLAY = "measure";
const INK = "#b3261e";

/** @type {LayerSpecification[]} */
const LAYERS = [
  {
    id: `${OVERLAY}/area`,
    type: "fill",
    source: OVERLAY,
    filter: ["==", ["geometry-type"], "Polygon"],
    paint: { "fill-color": INK, "fill-opacity": 0.16 },
  },
  {
    id: `${OVERLAY}/line`,
    type: "line",
    source: OVERLAY,
    filter: ["==", ["geometry-type"], "LineString"],
    layout: { "line-join": "round", "line-cap": "round" },
    paint: { "line-color": INK, "line-width": 2.5 },
  },
  {
    id: `${OVERLAY}/point`,
    type: "circle",
    source: OVERLAY,
    filter: ["==", ["geometry-type"], "Point"],
    paint: {
      "circle-radius": 4.5,
      "circle-color": "#ffffff",
      "circle-stroke-color": INK,
      "circle-stroke-width": 2,
    },
  },
];

class Measure {
  /** @type {Place[]} */
  #places = [];
  /** @type {Place | null} Where the pointer is. */
  #next = null;
  #unit = "";
  #amount = make("output", { class: "measured", "aria-live": "off" });
  #detail = make("p", { class: "quiet" });
  #hint = make("p", { class: "quiet" });
  #said = make("p", { class: "unseen", role: "status" });
  #units = make("select");
  #unitLabel = make("span");
  #buttons = { addCentre: button("action"), undo: button("plain"), clear: button("plain") };
  /** @type {(() => void)[]} */
  #ends;
  #board;
  #kind;

  /**
   * @param {Board} board
   * @param {Kind} kind
   */
  constructor(board, kind) {
    this.#board = board;
    this.#kind = kind;
    board.overlay(OVERLAY, { [OVERLAY]: { type: "geojson", data: this.#drawing() } }, LAYERS);
    const container = board.map.getContainer();
    container.classList.add("with-cross"); // marks the centre, where the keyboard sets its points
    const keys = (/** @type {KeyboardEvent} */ event) => this.#key(event);
    container.addEventListener("keydown", keys);
    this.#ends = [
      board.takeClicks(({ lngLat }) => this.#add(lngLat)),
      board.on("pointer", (lngLat) => this.#follow(lngLat)),
      () => board.lift(OVERLAY),
      () => container.classList.remove("with-cross"),
      () => container.removeEventListener("keydown", keys),
    ];
    this.#buttons.addCentre.addEventListener("click", () => this.#add(board.map.getCenter()));
    this.#buttons.undo.addEventListener("click", () => this.#undo());
    this.#buttons.clear.addEventListener("click", () => this.#clear());
    this.#units.addEventListener("change", () => {
      this.#unit = this.#units.value;
      this.#tell();
    });
  }

  /** @returns {Content} */
  content() {
    const { addCentre, undo, clear } = this.#buttons;
    return {
      title: this.#kind === "length" ? "distance" : "area",
      body: [
        this.#amount,
        this.#detail,
        make("label", { class: "tool-line" }, this.#unitLabel, this.#units),
        make("div", { class: "tool-line" }, addCentre, undo, clear),
        this.#hint,
        this.#said,
      ],
      speak: () => this.#speak(),
      close: () => this.#ends.forEach((end) => end()),
    };
  }

  /** @param {LngLat} at */
  #add({ lng, lat }) {
    this.#places.push([lng, lat]);
    this.#next = null;
    this.#change();
  }

  #undo() {
    this.#places.pop();
    this.#change();
  }

  #clear() {
    this.#places = [];
    this.#next = null;
    this.#change();
  }

  /** @param {LngLat | null} at */
  #follow(at) {
    this.#next = at && this.#places.length ? [at.lng, at.lat] : null;
    this.#draw();
    this.#tell();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.target !== this.#board.map.getCanvas()) return;
    if (event.key === "Enter") this.#add(this.#board.map.getCenter());
    else if (event.key === "Backspace") this.#undo();
    else return;
    event.preventDefault();
  }

  #change() {
    this.#draw();
    this.#tell();
    this.#said.textContent = [this.#amount.textContent, this.#detail.textContent].filter(Boolean).join("; ");
  }

  /** What is measured: the points that are set, and the one that would be set next. */
  #path() {
    return this.#next ? [...this.#places, this.#next] : this.#places;
  }

  #drawing() {
    const path = this.#path();
    const area = this.#kind === "area" && path.length > 2;
    const line = drawnPath(area ? [...path, ...path.slice(0, 1)] : path);
    const geometries = /** @type {GeoJSON.Geometry[]} */ ([
      ...(area ? [{ type: "Polygon", coordinates: [line] }] : []),
      ...(line.length > 1 ? [{ type: "LineString", coordinates: line }] : []),
      ...this.#places.map((coordinates) => ({ type: "Point", coordinates })),
    ]);
    return /** @type {GeoJSON.FeatureCollection} */ ({
      type: "FeatureCollection",
      features: geometries.map((geometry) => ({ type: "Feature", properties: {}, geometry })),
    });
  }

  #draw() {
    const source = this.#board.map.getSource(OVERLAY);
    /** @type {import("maplibre-gl").GeoJSONSource} */ (source).setData(this.#drawing());
  }

  #speak() {
    const { language } = this.#board;
    const said = (/** @type {ToolKey} */ key) => sayTool(language, key);
    const units = this.#kind === "length" ? LENGTHS : AREAS;
    const options = Object.entries(units).map(([value, { title }]) => option(value, title[language]));
    this.#units.replaceChildren(option("", said("bestUnit")), ...options);
    this.#units.value = this.#unit;
    this.#unitLabel.textContent = said("unit");
    this.#hint.textContent = said("measureHint");
    for (const [key, element] of Object.entries(this.#buttons)) {
      element.textContent = said(/** @type {ToolKey} */ (key));
    }
    this.#tell();
  }

  #tell() {
    const { language } = this.#board;
    const path = this.#path();
    const [undo, clear] = [this.#buttons.undo, this.#buttons.clear];
    undo.disabled = clear.disabled = this.#places.length === 0;
    const length = (/** @type {number} */ value, unit = this.#unit) =>
      amountIn("length", value, unit, language);
    if (this.#kind === "length") {
      this.#amount.textContent = length(lengthOf(path));
      const last = path.length > 2 ? length(lengthOf(path.slice(-2))) : null;
      this.#detail.textContent = last === null ? "" : sayTool(language, "lastLeg", { length: last });
      return;
    }
    const { area, perimeter } = areaOf(path);
    this.#amount.textContent = amountIn("area", path.length > 2 ? area : 0, this.#unit, language);
    const around = sayTool(language, "perimeter", { length: length(path.length > 2 ? perimeter : 0, "") });
    this.#detail.textContent = crossesItself(path) ? sayTool(language, "crosses") : around;
  }
}

/** @param {"action" | "plain"} kind */
function button(kind) {
  return make("button", { type: "button", class: kind });
}

/**
 * @param {string} value
 * @param {string} text
 */
function option(value, text) {
  return make("option", { value }, text);
}

/**
 * Begin to measure.
 *
 * @param {Board} board
 * @param {Kind} kind
 */
export function measure(board, kind) {
  return new Measure(board, kind).content();
}
