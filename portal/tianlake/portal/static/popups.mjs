/** What a click on the map tells of the features there. */

/** @import { MapGeoJSONFeature } from "maplibre-gl" */
/** @import { Language, Text } from "./words.mjs" */
import { make } from "./dom.mjs";

const MOST_FEATURES = 4;
const MOST_ATTRIBUTES = 24;

/**
 * Return a table for each different feature, or null where there is none.
 *
 * @param {MapGeoJSONFeature[]} features Topmost first; one feature may come once per map layer that draws it.
 * @param {(source: string) => Text | null} titleOf The title of the product behind a source.
 * @param {Language} language
 */
export function describeFeatures(features, titleOf, language) {
  const seen = new Set();
  const tables = [];
  for (const feature of features) {
    const title = titleOf(feature.source);
    const key = JSON.stringify([feature.source, feature.sourceLayer, feature.properties]);
    if (!title || seen.has(key) || tables.length === MOST_FEATURES) continue;
    seen.add(key);
    tables.push(describe(feature, title[language]));
  }
  return tables.length ? make("div", { class: "features" }, ...tables) : null;
}

/**
 * @param {MapGeoJSONFeature} feature
 * @param {string} title
 */
function describe(feature, title) {
  const rows = Object.entries(feature.properties)
    .filter(([, value]) => value !== null && value !== "")
    .slice(0, MOST_ATTRIBUTES)
    .map(([name, value]) =>
      make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, String(value))),
    );
  const caption = make(
    "caption",
    {},
    title,
    " ",
    make("span", { class: "quiet" }, feature.sourceLayer ?? ""),
  );
  return make("table", { class: "feature" }, caption, make("tbody", {}, ...rows));
}
