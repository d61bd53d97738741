/**
 * What the colours and lines of a product mean, told from what draws it. Pure.
 *
 * @typedef {object} Sign One kind of mark on the map.
 * @property {"area" | "line" | "point"} shape
 * @property {string} color
 * @property {Text} title
 *
 * @typedef {{signs: Sign[], ramp: Ramp | null, shade: boolean}} Legend `shade`: light and shadow show slopes.
 */

/** @import { LayerSpecification } from "maplibre-gl" */
/** @import { Ramp } from "../archives.mjs" */
/** @import { Shown } from "../stack.mjs" */
/** @import { Text } from "../words.mjs" */

/** @type {Record<string, Sign["shape"]>} */
const SHAPES = { fill: "area", line: "line", circle: "point", "fill-extrusion": "area" };

/** How features of a kind are drawn. @type {Record<string, Sign["shape"][]>} */
const SHAPES_OF = { Point: ["point"], LineString: ["line"], Polygon: ["area", "line"] };

/** What layers are called by what is in their name; the first that fits. @type {[RegExp, Text][]} */
const NAMES = [
  [/lower/i, { zh: "省级以下界线", en: "Lines below the nation" }],
  [/bound|jingjie|境界|国界/i, { zh: "境界线", en: "Boundary lines" }],
  [/prov|sheng|省/i, { zh: "省级行政区", en: "Provinces" }],
  [/cit(y|ies)|prefect|地级|市级/i, { zh: "地级行政区", en: "Cities" }],
  [/count(y|ies)|district|县/i, { zh: "县级行政区", en: "Counties" }],
  [/division|区划/i, { zh: "行政区", en: "Divisions" }],
  [/seat|驻地/i, { zh: "行政驻地", en: "Seats" }],
  [/place|poi|地名/i, { zh: "地名", en: "Places" }],
  [/water|river|lake|水/i, { zh: "水系", en: "Water" }],
  [/rail|铁路/i, { zh: "铁路", en: "Railways" }],
  [/road|street|道路|公路/i, { zh: "道路", en: "Roads" }],
  [/green|forest|park|绿/i, { zh: "绿地", en: "Green" }],
  [/build|建筑/i, { zh: "建筑物", en: "Buildings" }],
  [/contour|等高/i, { zh: "等高线", en: "Contours" }],
];

/** Parts of drawings that belong to another mark: a glow beside a line, a halo around an area. */
const BESIDE = /glow|halo|casing/i;

/**
 * Return the legend of what is shown.
 *
 * @param {Shown} shown
 * @returns {Legend}
 */
export function legendOf({ archive, drawings, product }) {
  const classes = product?.legend ?? [];
  /** @type {Sign[]} */
  const ofClasses = classes.map(({ title, color }) => ({ shape: "area", color, title }));
  const kinds = new Map(archive?.layers.map(({ id, geometry }) => [id, geometry]));
  const ofDrawings = drawings.flatMap(({ layer }) => signOf(layer, kinds) ?? []);
  return {
    signs: classes.length ? ofClasses : unlike(ofDrawings),
    ramp: archive?.ramp ?? null,
    shade: archive?.content === "hillshade",
  };
}

/**
 * @param {LayerSpecification} layer
 * @param {Map<string, string | null>} kinds What the features of layers of tiles are, where that is known.
 * @returns {Sign | null}
 */
function signOf(layer, kinds) {
  const shape = SHAPES[layer.type];
  const color = /** @type {any} */ (layer.paint)?.[`${layer.type}-color`];
  if (shape === undefined || typeof color !== "string" || BESIDE.test(layer.id)) return null;
  const id = "source-layer" in layer ? String(layer["source-layer"]) : layer.id;
  const kind = kinds.get(id) ?? null;
  if (kind !== null && !SHAPES_OF[kind]?.includes(shape)) return null;
  const part = layer.id.split("/").at(-1) ?? "";
  const told = /lower/.test(part) ? part : id;
  return { shape, color, title: NAMES.find(([words]) => words.test(told))?.[1] ?? { zh: id, en: id } };
}

/**
 * Keep one mark for each name and shape, and of an area and its edge the area.
 *
 * @param {Sign[]} signs
 */
function unlike(signs) {
  /** @type {Map<string, Sign>} */
  const found = new Map();
  for (const sign of signs) {
    const key = `${sign.title.zh} ${sign.shape === "point"}`;
    if (!found.has(key)) found.set(key, sign);
  }
  return [...found.values()];
}
