/** Where the pointer is, or the centre of the map where there is no pointer, in the form the visitor likes. */

/** @import { LngLat } from "maplibre-gl" */
/** @import { Form } from "./places.mjs" */
/** @import { Board } from "../map.mjs" */
import { make } from "../dom.mjs";
import { zoneOf } from "./grid.mjs";
import { FORMS, write } from "./places.mjs";
import { sayTool } from "./tool_words.mjs";

const FIRST_CODE = 4513 - 25; // EPSG code of a zone, less its number

/**
 * Put the coordinates at the foot of the map; pressed, they change their form.
 *
 * @param {Board} board
 */
export function readout(board) {
  const whose = make("span", { class: "readout-whose" });
  const text = make("span", { class: "readout-place" });
  const zone = make("span", { class: "readout-zone" });
  const element = make("button", { type: "button", class: "readout" }, whose, text, zone);
  /** @type {LngLat | null} */
  let pointer = null;
  let form = 0;
  const show = () => {
    const { lng, lat } = pointer ?? board.map.getCenter();
    const { language } = board;
    const current = /** @type {Form} */ (FORMS[form % FORMS.length]);
    const lon = ((lng + 540) % 360) - 180;
    const place = write(current, lon, lat) ?? sayTool(language, "noZone");
    whose.textContent = sayTool(language, pointer ? "pointer" : "centre");
    text.textContent = place;
    const number = current === "grid" ? zoneOf(lon) : null;
    zone.textContent =
      number === null ? "" : sayTool(language, "zone", { zone: number, code: FIRST_CODE + number });
    element.title = sayTool(language, "nextForm");
  };
  element.addEventListener("click", () => {
    form += 1;
    show();
  });
  board.on("pointer", (at) => {
    pointer = at;
    show();
  });
  board.map.on("move", show);
  board.on("language", show);
  board.fix(element, "bottom-left");
  show();
}
