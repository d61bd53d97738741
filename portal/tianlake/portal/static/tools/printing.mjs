/**
 * Print the map: on paper stand its picture with the scale bar, and in letters what it owes and means: map-approval
 * number, legend, sources, the node's name and the address. Nothing else of the page.
 */

/** @import { Bench } from "../fittings.mjs" */
import { make } from "../dom.mjs";
import { legendView } from "../layers/legend_view.mjs";
import { composeMap, words } from "./composing.mjs";
import { legendsOn, unitsOn } from "./picture_legend.mjs";

/** @param {Bench} bench */
export function printWithMap(bench) {
  const { board } = bench;
  /** @type {HTMLElement | null} */
  let sheet = null;
  /** @type {Map<string, string>} */
  let units = new Map();
  // read beforehand: a browser that prints waits for nobody
  const read = () => void unitsOn(board).then((found) => (units = found));
  board.on("layers", read);
  read();
  addEventListener("beforeprint", () => {
    sheet?.remove();
    sheet = sheetOf(bench, units);
    document.body.append(sheet);
  });
  addEventListener("afterprint", () => {
    sheet?.remove();
    sheet = null;
  });
}

/**
 * @param {Bench} bench
 * @param {Map<string, string>} units Of the amounts that are seen, by layer.
 */
function sheetOf(bench, units) {
  const { board, node } = bench;
  const { notice, numbers, lines } = words(bench);
  const picture = composeMap(bench);
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", [notice, node?.name].filter(Boolean).join(" · "));
  const legends = legendsOn(board, units).map(({ title, legend, unit }) =>
    make(
      "section",
      { class: "layer-legend" },
      make("h2", {}, title),
      ...legendView(legend, board.language, unit),
    ),
  );
  return make(
    "figure",
    { class: "print-sheet" },
    picture,
    make(
      "figcaption",
      {},
      ...(numbers ? [make("p", { class: "print-numbers" }, numbers)] : []),
      make("div", { class: "print-legends" }, ...legends),
      ...lines.map((line) => make("p", {}, line)),
      make("p", {}, location.href),
    ),
  );
}
