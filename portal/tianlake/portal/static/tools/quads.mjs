/** Which tile matrix sets each product has; and those in degrees (`c`), which MapLibre cannot draw, by OpenLayers. */

/** @import { Bench } from "../fittings.mjs" */
/** @import { Product } from "../catalog.mjs" */
/** @import { Content } from "./panel.mjs" */
import { make } from "../dom.mjs";
import { reason } from "../faults.mjs";
import { sayTool } from "./tool_words.mjs";

export const [MERCATOR, DEGREES] = ["WebMercatorQuad", "CGCS2000Quad"];

/**
 * @param {Bench} bench
 * @returns {Content}
 */
export function quads(bench) {
  const { board, entries } = bench;
  const hint = make("p", { class: "quiet" });
  const said = make("p", { class: "tool-fault", role: "status" });
  const list = make("table", { class: "feature" });
  const tiled = entries.flatMap(({ product }) => (product?.archives.length ? [product] : []));
  const see = async (/** @type {Product} */ product, /** @type {HTMLElement} */ opener) => {
    said.textContent = "";
    try {
      await (await import("./degrees.mjs")).show(bench, product, opener);
    } catch (error) {
      said.textContent = sayTool(board.language, "quadFault", { reason: reason(board.language, error) });
    }
  };
  const speak = () => {
    hint.textContent = sayTool(board.language, "quadsHint");
    list.replaceChildren(...tiled.map((product) => row(product, bench, see)));
  };
  return { title: "quads", body: [list, hint, said], speak };
}

/**
 * @param {Product} product
 * @param {Bench} bench
 * @param {(product: Product, opener: HTMLElement) => Promise<void>} see
 */
function row(product, { board }, see) {
  const title = product.title[board.language];
  const has = (/** @type {string | undefined} */ wanted) =>
    product.archives.some(({ set }) => set === wanted);
  const degrees = make("td");
  if (has(DEGREES)) {
    const button = make("button", { type: "button", class: "plain" }, "c");
    button.setAttribute("aria-label", sayTool(board.language, "quadOf", { title }));
    button.addEventListener("click", () => void see(product, button));
    degrees.append(button);
  }
  return make(
    "tr",
    {},
    make("th", { scope: "row" }, title),
    make("td", {}, has(MERCATOR) ? "w" : ""),
    degrees,
  );
}
