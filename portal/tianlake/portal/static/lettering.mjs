/** Names on the map. They are drawn with the fonts of the visitor's machine, so that Chinese needs no download. */

/** @import { LayerSpecification } from "maplibre-gl" */
/** @import { Archive, TileLayer } from "./archives.mjs" */
/** @import { Drawing } from "./drawing.mjs" */
import { divisionOf, divisionRank } from "./divisions.mjs";
import { only } from "./drawing.mjs";

const INK = "#2c3a4b";
const PAPER = "rgba(255, 255, 255, 0.92)";

/** Fields that hold a name, the best first. */
export const NAME_FIELDS = ["name", "name_zh", "name:zh", "std_name", "名称", "地名", "NAME", "n"];

/** Names that no map of China goes without, whatever else wants their place (公开地图内容表示规范). */
const NEVER_LEFT_OUT = ["台湾省"];

/** Zoom from which the points of a dense layer are named. */
const DENSE_ZOOM = 9;

/**
 * Return the field that names the features of a layer, if any.
 *
 * @param {TileLayer} layer
 */
export function nameField(layer) {
  return NAME_FIELDS.find((field) => layer.fields.includes(field)) ?? null;
}

/**
 * Return the layer that writes the names of points.
 *
 * @param {string} source
 * @param {TileLayer} layer
 * @param {string} field
 * @returns {Drawing}
 */
export function pointNames(source, layer, field) {
  return {
    slot: "name",
    layer: {
      ...only(source, layer, "name", "Point"),
      type: "symbol",
      minzoom: layer.dense ? DENSE_ZOOM : layer.minzoom,
      layout: {
        "text-field": ["to-string", ["get", field]],
        "text-size": 12,
        "text-anchor": "top",
        "text-offset": [0, 0.5],
        "text-padding": 4,
      },
      paint: ink(1.3),
    },
  };
}

/**
 * Return the layers that write the names of areas, from points that `names.mjs` finds; the largest areas last, which
 * is on top.
 *
 * @param {string} source The source of these points.
 * @param {Archive} archive
 * @returns {Drawing[]}
 */
export function areaNames(source, archive) {
  const smallFirst = archive.layers
    .filter(nameField)
    .sort((one, other) => divisionRank(other) - divisionRank(one));
  const subject = smallFirst.at(-1);
  return smallFirst.map((layer) => ({ slot: "title", layer: areaName(source, layer, layer === subject) }));
}

/**
 * @param {string} source
 * @param {TileLayer} layer
 * @param {boolean} always Whether its names are drawn from the lowest zoom: it is what the archive is about.
 * @returns {LayerSpecification}
 */
function areaName(source, layer, always) {
  const division = divisionOf(layer);
  const [first, last] = division?.names ?? [layer.minzoom, 24];
  const [small, large] = division?.size ?? [11, 14];
  return {
    id: `${source}/${layer.id}/names`,
    type: "symbol",
    source,
    filter: ["==", ["get", "layer"], layer.id],
    minzoom: always ? layer.minzoom : Math.max(first, layer.minzoom),
    maxzoom: last,
    layout: {
      "text-field": ["get", "name"],
      "text-size": ["interpolate", ["linear"], ["zoom"], first, small, last, large],
      "text-padding": 3,
      "text-max-width": 8,
      "text-variable-anchor": ["center", "bottom", "top", "left", "right"],
      "text-radial-offset": 0.3,
      "symbol-sort-key": ["match", ["get", "name"], NEVER_LEFT_OUT, -360, ["-", 0, ["get", "width"]]],
    },
    paint: ink(1.6),
  };
}

/** @param {number} halo Pixels. */
function ink(halo) {
  return { "text-color": INK, "text-halo-color": PAPER, "text-halo-width": halo };
}
