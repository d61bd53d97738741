/**
 * Code that uses a product where it lies, for each program that can. Pure: a snippet is made of addresses alone, and
 * only of those that the product has.
 *
 * @typedef {"maplibre" | "openlayers" | "leaflet" | "cesium" | "qgis" | "duckdb" | "python" | "stac" | "wmts"} Program
 * @typedef {"javascript" | "sql" | "python" | "address"} Form
 * @typedef {{program: Program, form: Form, code: string}} Snippet
 */

/** @import { Usable } from "./usable.mjs" */
import { duckdb, python, qgis, stac, wmts } from "./desk_snippets.mjs";
import { cesium, leaflet, maplibre, openlayers } from "./map_snippets.mjs";

/** @type {[Program, Form, (usable: Usable, key: string | null) => string | null][]} */
const MAKERS = [
  ["maplibre", "javascript", maplibre],
  ["openlayers", "javascript", openlayers],
  ["leaflet", "javascript", leaflet],
  ["cesium", "javascript", cesium],
  ["qgis", "address", qgis],
  ["duckdb", "sql", duckdb],
  ["python", "python", python],
  ["stac", "python", stac],
  ["wmts", "address", wmts],
];

/**
 * Return the snippets that fit a product.
 *
 * @param {Usable} product
 * @param {string | null} key What stands in the place of the key; null where none is sent.
 * @returns {Snippet[]}
 */
export function snippets(product, key) {
  return MAKERS.flatMap(([program, form, make]) => {
    const code = make(product, key);
    return code === null ? [] : [{ program, form, code }];
  });
}
