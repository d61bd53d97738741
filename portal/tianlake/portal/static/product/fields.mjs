/** What the rows of a table, or the pixels of a raster, hold. */

/** @import { Language } from "../words.mjs" */
/** @import { Subject } from "./read.mjs" */
import { list } from "../catalog.mjs";
import { make } from "../dom.mjs";
import { bothLanguages, say } from "../words.mjs";
import { number, section, table } from "./section.mjs";

/**
 * @param {Subject} subject
 * @param {Language} language
 */
export function fieldsPart(subject, language) {
  const columns = list(subject.collection["table:columns"]);
  if (columns.length)
    return section("fields", "fields", language, ...columnTable(subject, columns, language));
  const bands = list(subject.built.find(({ facts }) => facts?.kind === "raster")?.facts.bands);
  if (bands.length) return section("fields", "bands", language, bandTable(bands, language));
  return section("fields", "fields", language, make("p", {}, say(language, "noFields")));
}

/**
 * @param {Subject} subject
 * @param {any[]} columns
 * @param {Language} language
 */
function columnTable({ collection, quality }, columns, language) {
  const filled = new Map(list(quality?.columns).map((each) => [each.name, each]));
  const rows = columns.map(({ name, type, description }) => [
    make("code", {}, String(name)),
    String(type ?? ""),
    share(filled.get(name)),
    bothLanguages(String(description ?? ""))[language],
  ]);
  const head = ["fieldName", "fieldType", "fieldFilled", "fieldMeaning"];
  const said = head.map((key) => say(language, /** @type {import("../words.mjs").TextKey} */ (key)));
  const count = number(collection["table:row_count"] ?? 0, language);
  return [make("p", {}, say(language, "rows", { count })), table(say(language, "fields"), said, rows)];
}

/** @param {any} column Of the quality report. */
function share(column) {
  return column?.rows ? `${Math.floor((column.filled / column.rows) * 100)}%` : "";
}

/**
 * @param {any[]} bands
 * @param {Language} language
 */
function bandTable(bands, language) {
  const head = [say(language, "bands"), say(language, "fieldType"), say(language, "bandRange"), "nodata"];
  const rows = bands.map((band, place) => [
    String(place + 1),
    String(band.data_type),
    band.minimum === null ? "" : `${band.minimum} – ${band.maximum}${band.unit ? ` ${band.unit}` : ""}`,
    band.nodata === null ? "" : String(band.nodata),
  ]);
  return table(say(language, "bands"), head, rows);
}
