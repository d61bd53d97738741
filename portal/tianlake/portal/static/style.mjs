/** Cartography: which MapLibre layers draw a product. Pure; the map adds what is returned here. */

/** @import { LayerSpecification, StyleSpecification } from "maplibre-gl" */
/** @import { Archive, TileLayer } from "./archives.mjs" */
/** @import { Drawing } from "./drawing.mjs" */
import {
  boundaryDrawings,
  DIVISION_INK,
  divisionDrawings,
  divisionOf,
  holdsBoundaries,
} from "./divisions.mjs";
import { byZoom, line, only, SLOTS } from "./drawing.mjs";
import { nameField, pointNames } from "./lettering.mjs";

/** Where no product has data: neither sea nor land, but calm. */
const EMPTY = "#dfe7ed";

/** Colours of products that are not divisions, by the order of products in the list. */
const INKS = ["#b4532a", "#0f766e", "#7a4aa0", "#a16207", "#be3455", "#2563a8"];

/**
 * Return the colour a product is drawn in.
 *
 * @param {Archive} archive
 * @param {number} place The product's place in the list.
 */
export function inkOf(archive, place) {
  return archive.layers.some(divisionOf) ? DIVISION_INK : INKS[place % INKS.length];
}

/**
 * Return the style of a map without products. It has no `glyphs`; see `lettering.mjs`.
 *
 * @returns {StyleSpecification}
 */
export function emptyStyle() {
  const markers = SLOTS.map((slot) => ({ id: slot, type: "background", layout: { visibility: "none" } }));
  const ground = { id: "ground", type: "background", paint: { "background-color": EMPTY } };
  return { version: 8, sources: {}, layers: /** @type {LayerSpecification[]} */ ([ground, ...markers]) };
}

/**
 * Return everything that draws one product but the names of its areas, lowest first.
 *
 * @param {string} source The source of the product's archive.
 * @param {Archive} archive
 * @param {string} ink
 * @returns {Drawing[]}
 */
export function drawings(source, archive, ink) {
  if (archive.kind === "raster") return [rasterDrawing(source, archive)];
  return archive.layers.flatMap((layer) => {
    const division = divisionOf(layer);
    return [
      ...(division ? divisionDrawings(source, layer, division) : areaDrawings(source, layer, ink)),
      ...(holdsBoundaries(layer) ? boundaryDrawings(source, layer) : lineDrawings(source, layer, ink)),
      ...pointDrawings(source, layer, ink),
    ];
  });
}

/**
 * @param {string} source
 * @param {Archive} archive
 * @returns {Drawing}
 */
function rasterDrawing(source, archive) {
  const resampling = /** @type {"nearest" | "linear"} */ (archive.categorical ? "nearest" : "linear");
  const paint = { "raster-resampling": resampling, "raster-fade-duration": 0 };
  return { slot: "raster", layer: { id: `${source}/raster`, type: "raster", source, paint } };
}

/**
 * @param {string} source
 * @param {TileLayer} layer
 * @param {string} ink
 * @returns {Drawing[]}
 */
function areaDrawings(source, layer, ink) {
  const paint = { "fill-color": ink, "fill-opacity": 0.22 };
  const area = only(source, layer, "area", "Polygon");
  return [
    { slot: "land", layer: { ...area, type: "fill", paint } },
    { slot: "line", layer: line(only(source, layer, "edge", "Polygon"), ink, [0.6, 1.6]) },
  ];
}

/**
 * @param {string} source
 * @param {TileLayer} layer
 * @param {string} ink
 * @returns {Drawing[]}
 */
function lineDrawings(source, layer, ink) {
  return [{ slot: "line", layer: line(only(source, layer, "line", "LineString"), ink, [0.8, 2.5]) }];
}

/**
 * @param {string} source
 * @param {TileLayer} layer
 * @param {string} ink
 * @returns {Drawing[]}
 */
function pointDrawings(source, layer, ink) {
  const paint = {
    "circle-color": ink,
    "circle-opacity": byZoom(0.7, 0.9),
    "circle-radius": layer.dense ? byZoom(1.15, 2.8) : byZoom(1.4, 4),
    "circle-stroke-color": "#ffffff",
    "circle-stroke-width": byZoom(0, 0.8),
  };
  const field = nameField(layer);
  return [
    { slot: "point", layer: { ...only(source, layer, "point", "Point"), type: "circle", paint } },
    ...(field === null ? [] : [pointNames(source, layer, field)]),
  ];
}
