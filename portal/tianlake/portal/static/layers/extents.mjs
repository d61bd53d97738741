/** Products that no map of this kind draws, such as 3D Tiles and point clouds: their extent, and where to get them. */

/** @import { Bench } from "../fittings.mjs" */
/** @import { Product } from "../catalog.mjs" */
/** @import { Language } from "../words.mjs" */
/** @import { Part } from "./parts.mjs" */
import { make } from "../dom.mjs";
import { boxArea } from "./boxes.mjs";
import { sayLayer } from "./layer_words.mjs";
import { partsOf } from "./parts.mjs";
import { pageOf } from "./places.mjs";

const INK = "#5b2a86";

/** Products whose extent is drawn; it stays when the panel is closed. @type {Set<string>} */
const drawn = new Set();

/**
 * Return the part of the panel that lists them, or nothing where there are none.
 *
 * @param {Bench} bench
 * @returns {Promise<{element: HTMLElement, speak: () => void}[]>}
 */
export async function extents(bench) {
  const products = bench.entries.flatMap(({ product }) =>
    product && isExtentOnly(product) ? [product] : [],
  );
  if (products.length === 0) return [];
  const rows = await Promise.all(
    products.map(async (product) => ({ product, parts: await partsOf(product) })),
  );
  const element = make("section", { class: "extents" });
  const speak = () => {
    const { language } = bench.board;
    element.replaceChildren(
      make("h4", {}, sayLayer(language, "extents")),
      make("p", { class: "quiet small" }, sayLayer(language, "extentHint")),
      ...rows.map(({ product, parts }) => extentRow(bench, product, parts)),
    );
  };
  return [{ element, speak }];
}

/** @param {Product} product */
function isExtentOnly(product) {
  return product.tiles === null && product.version !== null && product.bounds !== null;
}

/**
 * @param {Bench} bench
 * @param {Product} product
 * @param {Part[]} parts
 */
function extentRow({ board }, product, parts) {
  const { language } = board;
  const box = make("input", { type: "checkbox", id: `extent-${product.name}` });
  box.checked = drawn.has(product.id);
  box.addEventListener("change", () => showExtent(board, product, box.checked));
  const label = make(
    "label",
    { class: "toggle" },
    box,
    make("span", { class: "layer-name" }, product.title[language]),
  );
  const told = parts.flatMap(({ role, facts }) => (role === "data" ? (describe(facts, language) ?? []) : []));
  // a link alone cannot send a key; the product's page can
  const files = product.access === "open" ? product.files.filter(({ metered }) => metered) : [];
  const links = files.map(({ href, title }) =>
    make("a", { class: "small", href }, sayLayer(language, "openFile", { name: title })),
  );
  const about = make("a", { class: "small", href: pageOf(product.id) }, sayLayer(language, "about"));
  about.setAttribute("aria-label", `${sayLayer(language, "about")}: ${product.title[language]}`);
  return make(
    "div",
    { class: "layer", "data-extent": product.id },
    label,
    ...told.map((line) => make("p", { class: "small" }, line)),
    make("div", { class: "layer-links" }, ...links, about),
    make("p", { class: "quiet small" }, sayLayer(language, "owed", { text: product.attribution })),
  );
}

/**
 * @param {Bench["board"]} board
 * @param {Product} product
 * @param {boolean} on
 */
function showExtent(board, { id, bounds }, on) {
  const source = `${id}/extent`;
  if (!on || bounds === null) {
    drawn.delete(id);
    board.lift(source);
    return;
  }
  drawn.add(id);
  const data = /** @type {GeoJSON.Feature} */ ({
    type: "Feature",
    properties: {},
    geometry: boxArea(bounds),
  });
  board.overlay(source, { [source]: { type: "geojson", data } }, [
    { id: `${source}/area`, type: "fill", source, paint: { "fill-color": INK, "fill-opacity": 0.12 } },
    { id: `${source}/casing`, type: "line", source, paint: { "line-color": "#ffffff", "line-width": 6 } },
    {
      id: `${source}/edge`,
      type: "line",
      source,
      paint: { "line-color": INK, "line-width": 2, "line-dasharray": [3, 2] },
    },
  ]);
  board.fit(bounds, true);
}

/**
 * @param {any} facts
 * @param {Language} language
 * @returns {string | null}
 */
function describe(facts, language) {
  const [low, high] = (facts.heights ?? []).map((/** @type {number} */ value) => value.toFixed(1));
  if (facts.kind === "tileset") {
    const { version, contents, content_types: types } = facts;
    const values = { version, contents, types: types.join(", "), low, high };
    return sayLayer(language, facts.heights ? "tileset" : "flatTileset", values);
  }
  if (facts.kind === "pointcloud") {
    const points = facts.points.toLocaleString(language === "zh" ? "zh-CN" : "en");
    return sayLayer(language, "cloud", { points, crs: facts.crs, low, high });
  }
  return facts.kind === "table" ? sayLayer(language, "rows", { rows: facts.rows }) : null;
}
