/** What is set about terrain: how high it is drawn, and shade made from heights. */

/** @import { Board } from "../map.mjs" */
/** @import { Relief } from "./relief.mjs" */
import { make } from "../dom.mjs";
import { sayLayer } from "./layer_words.mjs";
import { LEAST_TIMES, MOST_TIMES } from "./relief.mjs";

/**
 * @param {Board} board
 * @param {Relief} relief
 */
export function reliefControls(board, relief) {
  const [min, max] = [String(LEAST_TIMES), String(MOST_TIMES)];
  const times = make("input", { type: "range", min, max, step: "0.5" });
  times.value = String(relief.times);
  const timesText = make("span", {});
  const shade = make("input", { type: "checkbox", id: "live-shade" });
  shade.checked = relief.shaded;
  const shadeText = make("span", {});
  const speak = () => {
    timesText.textContent = sayLayer(board.language, "exaggeration", { times: relief.times });
    shadeText.textContent = `${sayLayer(board.language, "liveShade")} (${relief.product.title[board.language]})`;
  };
  times.addEventListener("input", () => {
    relief.exaggerate(Number(times.value));
    speak();
  });
  shade.addEventListener("change", () => void relief.shade(shade.checked));
  const element = make(
    "div",
    { class: "relief-controls" },
    make("label", { class: "opacity" }, timesText, times),
    make("label", { class: "toggle small" }, shade, shadeText),
  );
  return { element, speak };
}
