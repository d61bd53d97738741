/** Key figures of a release's quality report, and the way to the whole of it. */

/** @import { Language, TextKey } from "../words.mjs" */
/** @import { Subject } from "./read.mjs" */
import { list } from "../catalog.mjs";
import { make } from "../dom.mjs";
import { say } from "../words.mjs";
import { number, section } from "./section.mjs";

/** @type {[string, TextKey][]} */
const FIGURES = [
  ["read", "qRead"],
  ["left_out", "qLeft"],
  ["dropped", "qDropped"],
  ["repaired", "qRepaired"],
  ["written", "qWritten"],
];
const FINDINGS = 5;

/**
 * @param {Subject} subject
 * @param {Language} language
 */
export function qualityPart({ quality, product }, language) {
  const page = product.files.find(({ href }) => href.endsWith("/quality.html"))?.href;
  const parts = quality === null ? [] : figures(quality, language);
  if (page) parts.push(make("p", {}, make("a", { href: page }, say(language, "qualityPage"))));
  if (parts.length === 0) parts.push(make("p", {}, say(language, "qualityNone")));
  return section("quality", "quality", language, ...parts);
}

/**
 * @param {any} report
 * @param {Language} language
 * @returns {HTMLElement[]}
 */
function figures(report, language) {
  const parts = [];
  // a raster has no features to count
  if (report.quality?.read) {
    const all = FIGURES.map(([name, key]) =>
      make(
        "div",
        { class: "figure" },
        make("dt", {}, say(language, key)),
        make("dd", { "data-figure": name }, number(report.quality[name] ?? 0, language)),
      ),
    );
    parts.push(make("dl", { class: "figures" }, ...all));
  } else if (report.summary) parts.push(make("p", {}, String(report.summary[language] ?? "")));
  const findings = list(report.findings)
    .slice(0, FINDINGS)
    .map(({ count, reason, rule }) =>
      make(
        "li",
        {},
        `${number(count, language)} × ${reason?.[language] ?? rule} `,
        make("code", {}, String(rule)),
      ),
    );
  if (findings.length) parts.push(make("ul", {}, ...findings));
  return parts;
}
