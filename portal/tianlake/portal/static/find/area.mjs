/** Choosing an area: four numbers, what a map shows, or a rectangle that is drawn on it. */

/** @import { Bounds } from "../catalog.mjs" */
/** @import { Board } from "../map.mjs" */
/** @import { Language, TextKey } from "../words.mjs" */
import { readNode } from "../catalog.mjs";
import { byId, canDraw, make } from "../dom.mjs";
import { readGround } from "../ground.mjs";
import { BASE } from "../sheet.mjs";
import { say } from "../words.mjs";
import { readBox } from "./question.mjs";
import { Rectangle } from "./rectangle.mjs";

/** @type {TextKey[]} */
const EDGES = ["areaWest", "areaSouth", "areaEast", "areaNorth"];
/** @type {Bounds} */
const CHINA = [73, 3, 136, 54];
const GROUND = "ground";
const BOX = "area-box";
/** Decimals of a degree: some 10 m. */
const DECIMALS = 4;

export class AreaPart {
  #onArea;
  /** @type {Language} */
  #language = "zh";
  /** @type {Bounds | null} */
  #box = null;
  /** @type {Board | null} */
  #board = null;
  #map = make("div", { id: "area-map", class: "area-map map" });
  #wrong = false;
  /** @type {Rectangle | null} */
  #rectangle = null;
  #open = false;
  #started = false;

  /** @param {(box: Bounds | null) => void} onArea */
  constructor(onArea) {
    this.#onArea = onArea;
  }

  /**
   * @param {Bounds | null} box
   * @param {Language} language
   */
  render(box, language) {
    this.#box = box;
    this.#language = language;
    this.#board?.speak(language);
    this.#draw();
    this.#show();
  }

  /** @param {TextKey} key */
  #say(key) {
    return say(this.#language, key);
  }

  #draw() {
    const held = document.activeElement;
    const inside = byId("area").contains(held);
    const inputs = EDGES.map((key, edge) => {
      const input = make("input", { type: "text", inputmode: "decimal", id: `area-${edge}`, size: "8" });
      input.value = this.#box ? String(Number((this.#box[edge] ?? 0).toFixed(DECIMALS))) : "";
      return make("label", {}, this.#say(key), " ", input);
    });
    const use = this.#button("areaUse", () => this.#take());
    /** @type {HTMLElement[]} */
    const parts = [make("legend", {}, this.#say("areaTitle")), make("div", { class: "edges" }, ...inputs)];
    const buttons = [use];
    if (this.#box) buttons.push(this.#button("areaNone", () => this.#onArea(null)));
    parts.push(make("p", { class: "controls" }, ...buttons));
    parts.push(
      make("p", { class: "key-message", role: "status" }, this.#wrong ? this.#say("areaWrong") : ""),
    );
    if (canDraw()) parts.push(this.#chooser());
    byId("area").replaceChildren(...parts);
    // what had the focus has gone, or was taken out and put back
    if (inside && held instanceof HTMLElement)
      (document.getElementById(held.id) ?? held).focus({ preventScroll: true });
  }

  #chooser() {
    const details = make("details", {}, make("summary", {}, this.#say("areaMap")), this.#map);
    details.open = this.#open;
    details.addEventListener("toggle", () => {
      this.#open = details.open;
      if (details.open) void this.#start();
    });
    const told = make(
      "p",
      { class: "quiet", role: "status" },
      this.#rectangle?.drawing ? this.#say("areaDrawing") : "",
    );
    const view = this.#button("areaView", () => this.#takeView());
    const draw = this.#button("areaDraw", () => {
      if (this.#rectangle === null) return; // the map is not there yet
      told.textContent = this.#say("areaDrawing");
      this.#rectangle.begin();
    });
    details.append(make("p", { class: "controls" }, view, draw), told);
    return details;
  }

  /**
   * @param {TextKey} key
   * @param {() => void} act
   */
  #button(key, act) {
    const button = make("button", { type: "button", class: "plain", id: key }, this.#say(key));
    button.addEventListener("click", act);
    return button;
  }

  #take() {
    const values = EDGES.map((_, edge) => /** @type {HTMLInputElement} */ (byId(`area-${edge}`)).value);
    const box = readBox(values.join(","));
    this.#wrong = box === null;
    if (box) this.#onArea(box);
    else byId("area").querySelector(".key-message")?.replaceChildren(this.#say("areaWrong"));
  }

  #takeView() {
    const bounds = this.#board?.map.getBounds();
    if (bounds) this.#onArea([bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()]);
  }

  async #start() {
    if (this.#started) {
      this.#board?.map.resize();
      return;
    }
    this.#started = true;
    const { Board } = await import("../map.mjs");
    const board = new Board(this.#map, this.#language, () => {});
    Object.assign(window, { tianlake: { map: board.map, ready: false } });
    board.fit(this.#box ?? CHINA, false);
    await board.open();
    this.#board = board; // nothing can be drawn on it before
    await lay(board);
    this.#rectangle = new Rectangle(board, {
      sketch: (box) => this.#outline(box),
      done: (box) => this.#onArea(box),
      cancel: () => {
        this.#draw();
        this.#show();
      },
    });
    this.#show();
    Object.assign(window, { tianlake: { map: board.map, ready: true } });
  }

  #show() {
    if (this.#board) this.#outline(this.#box);
  }

  /** @param {Bounds | null} box */
  #outline(box) {
    const [west, south, east, north] = box ?? [0, 0, 0, 0];
    const right = east < west ? east + 360 : east;
    const ring = [
      [west, south],
      [right, south],
      [right, north],
      [west, north],
      [west, south],
    ];
    const features = box
      ? [{ type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [ring] } }]
      : [];
    const data = /** @type {GeoJSON.FeatureCollection} */ ({ type: "FeatureCollection", features });
    const line = { "line-color": "#a11d2b", "line-width": 2 };
    this.#board?.overlay(BOX, { [BOX]: { type: "geojson", data } }, [
      { id: BOX, type: "line", source: BOX, paint: line },
    ]);
  }
}

/**
 * Lay the node's base map, where it can be had; an area is chosen by numbers without it.
 *
 * @param {Board} board
 */
async function lay(board) {
  try {
    const { basemap } = await readNode(BASE);
    if (basemap !== null && new URL(basemap).origin === location.origin)
      board.stack.lay(GROUND, await readGround(basemap, GROUND), true);
  } catch {
    // see above
  }
}
