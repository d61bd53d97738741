/** Fits the button between two and three dimensions, where something on the map has heights. */

/** @import { Bench } from "../fittings.mjs" */
/** @import { Relief } from "./relief.mjs" */
import { askedFor } from "../compare/address.mjs";
import { addStyles, make } from "../dom.mjs";
import { embedMode } from "../embed.mjs";
import { sayLayer } from "./layer_words.mjs";
import { reliefOf } from "./relief.mjs";
import { followTerrain, terrainAskedFor } from "./relief_address.mjs";

/** What the page calls another node's base map; its box in the list shows whether it is seen, whoever hid it. */
const GROUND = "ground";

/** @param {Bench} bench */
export async function fit({ board }) {
  const sheets = ["layers.css", "../compare/compare.css"];
  await Promise.all(sheets.map((sheet) => addStyles(new URL(sheet, import.meta.url))));
  const embedded = embedMode() !== null;
  if (embedded && terrainAskedFor() === null) return;
  let fitted = false;
  const look = async () => {
    const relief = fitted ? null : await reliefOf(board);
    if (relief === null || fitted) return;
    fitted = true;
    if (!embedded) fitButton(board, relief);
    await followTerrain(board, relief);
  };
  board.on("layers", () => void look()); // terrain that needs a key comes when there is one
  await look();
  if (embedded) return;
  board.on("layers", (seen) => {
    const box = document.getElementById("show-ground");
    if (box instanceof HTMLInputElement) box.checked = seen.includes(GROUND);
  });
  // the tool itself reads from the address what to compare
  if (askedFor()) document.querySelector(".tool-compare")?.dispatchEvent(new MouseEvent("click"));
}

/**
 * @param {Bench["board"]} board
 * @param {Relief} relief
 */
function fitButton(board, relief) {
  const button = make("button", { type: "button", class: "raise", id: "raise" });
  const speak = () => {
    button.textContent = relief.raised ? "2D" : "3D";
    button.setAttribute("aria-pressed", String(relief.raised));
    button.title = sayLayer(board.language, relief.raised ? "toTwo" : "toThree");
    button.setAttribute("aria-label", `${button.textContent}: ${button.title}`);
  };
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      if (relief.raised) relief.lower();
      else await relief.raise();
    } finally {
      button.disabled = false;
      button.focus();
    }
  });
  board.on("layers", speak);
  board.on("language", speak);
  speak();
  board.fix(make("div", { class: "maplibregl-ctrl-group" }, button), "top-right");
}
