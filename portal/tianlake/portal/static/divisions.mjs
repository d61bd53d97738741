/** Cartography of administrative divisions and boundary lines: the ground of every map here. */

/** @import { ExpressionSpecification } from "maplibre-gl" */
/** @import { TileLayer } from "./archives.mjs" */
/** @import { Drawing } from "./drawing.mjs" */
import { line, only } from "./drawing.mjs";

/**
 * @typedef {object} Division A level of administrative divisions.
 * @property {RegExp} layer Names of tile layers that hold it.
 * @property {string} border
 * @property {[number, number]} width Of the border, pixels at zooms 3 and 10.
 * @property {number[] | null} dashes In line widths.
 * @property {[number, number]} names Zooms between which its names are drawn.
 * @property {[number, number]} size Of its names, pixels at the first and the last of these zooms.
 */

const LAND = "#f9f7f1";

/** 境界线, among them 南海断续线: the most prominent lines of a map of China. */
const BOUNDARY = "#93305c";
/** Beside boundary lines, and around the outermost border of areas, so that both read as one line. */
const GLOW = "#dfb3ca";

/** Layers of lines that are boundary lines whatever else their archive holds. */
const BOUNDARY_LAYER = /bound|jingjie|境界|国界/i;

/** Layers of lines that their name puts below the nation: `province-line`, as the base map's style reads it. */
const BELOW_LAYER = /^(province|city|county)-line$/;

/** Values of the attribute `level` (article 3) that a line below the nation has. */
const LOWER_LEVELS = ["provincial", "city", "county"];

/** @type {Division} */
const PROVINCE = {
  layer: /(^|[-_])prov(ince)?s?($|[-_])|^sheng$|省/i,
  border: "#8d7b9d",
  width: [0.8, 2],
  dashes: null,
  names: [2, 8],
  size: [10, 18],
};
/** @type {Division} */
const CITY = {
  layer: /(^|[-_])(cit(y|ies)|prefectures?)($|[-_])|^shi$|地级|市级/i,
  border: "#a898b4",
  width: [0.4, 1.5],
  dashes: [5, 2],
  names: [5.5, 10],
  size: [11, 16],
};
/** @type {Division} */
const COUNTY = {
  layer: /(^|[-_])(count(y|ies)|districts?)($|[-_])|^xian$|县/i,
  border: "#c0b5ca",
  width: [0.3, 1],
  dashes: [2, 2],
  names: [7.5, 16],
  size: [11, 14],
};

/** From the largest to the smallest. */
const DIVISIONS = [PROVINCE, CITY, COUNTY];

/** The colour that stands for divisions in the list. */
export const DIVISION_INK = PROVINCE.border;

/**
 * Return the level of divisions that a layer of tiles holds, if any.
 *
 * @param {TileLayer} layer
 */
export function divisionOf(layer) {
  return DIVISIONS.find((division) => division.layer.test(layer.id)) ?? null;
}

/**
 * Return 0 for the largest divisions, more for smaller ones, most for what is no division.
 *
 * @param {TileLayer} layer
 */
export function divisionRank(layer) {
  const division = divisionOf(layer);
  return division ? DIVISIONS.indexOf(division) : DIVISIONS.length;
}

/**
 * Return whether the lines of a layer are boundary lines.
 *
 * @param {TileLayer} layer
 */
export function holdsBoundaries(layer) {
  // `province-line` of a base map parts provinces on water: never drawn in the strength of the nation's lines
  if (BELOW_LAYER.test(layer.id)) return false;
  return divisionOf(layer) !== null || BOUNDARY_LAYER.test(layer.id);
}

/**
 * Return what draws the areas of divisions.
 *
 * @param {string} source
 * @param {TileLayer} layer
 * @param {Division} division
 * @returns {Drawing[]}
 */
export function divisionDrawings(source, layer, division) {
  const halo = only(source, layer, "halo", "Polygon");
  const area = only(source, layer, "area", "Polygon");
  const edge = only(source, layer, "edge", "Polygon");
  const dashes = division.dashes ? { "line-dasharray": division.dashes } : {};
  return [
    // Land covers all of it but the outermost border.
    { slot: "halo", layer: line(halo, GLOW, [2.6, 8], { "line-opacity": 0.75 }), covers: true },
    { slot: "land", layer: { ...area, type: "fill", paint: { "fill-color": LAND } }, covers: true },
    { slot: "line", layer: line(edge, division.border, division.width, dashes) },
  ];
}

/**
 * Return what draws boundary lines. A line whose attribute `level` names a level below the nation is drawn as the
 * border it is, such as one between two provinces across water; all others are lines of the nation.
 *
 * @param {string} source
 * @param {TileLayer} layer
 * @returns {Drawing[]}
 */
export function boundaryDrawings(source, layer) {
  const glow = narrowed(only(source, layer, "boundary-glow", "LineString"), false);
  const boundary = narrowed(only(source, layer, "boundary", "LineString"), false);
  const lower = narrowed(only(source, layer, "boundary-lower", "LineString"), true);
  return [
    { slot: "line", layer: line(lower, PROVINCE.border, PROVINCE.width) },
    { slot: "boundary", layer: line(glow, GLOW, [5, 9]) },
    { slot: "boundary", layer: line(boundary, BOUNDARY, [1.8, 3.2]) },
  ];
}

/**
 * Return the same with a filter for lines below the nation, or for all others.
 *
 * @param {ReturnType<typeof only>} common
 * @param {boolean} lower
 */
function narrowed(common, lower) {
  /** @type {ExpressionSpecification} */
  const level = ["match", ["to-string", ["get", "level"]], LOWER_LEVELS, lower, !lower];
  return { ...common, filter: /** @type {ExpressionSpecification} */ (["all", common.filter, level]) };
}
