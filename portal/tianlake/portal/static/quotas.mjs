/** The page of the limits of use: `quotas.json` of the node as tables, one per class of users. */

/** @import { Language, Text, TextKey } from "./words.mjs" */
import { readJson } from "./catalog.mjs";
import { byId, make } from "./dom.mjs";
import { amount, METERS } from "./meters.mjs";
import { BASE, Sheet } from "./sheet.mjs";
import { htmlLanguage, say } from "./words.mjs";

/**
 * @typedef {{per_day: number, per_second: number, burst: number}} Limit Units of a meter.
 * @typedef {{title: Text, reach: string, limits: Record<string, Limit>}} Tier
 *
 * @typedef {object} Policy
 * @property {string} version
 * @property {Record<string, Tier>} tiers
 * @property {string} anonymous
 * @property {Record<string, string>} registration
 * @property {number} subnet_v4
 * @property {number} subnet_v6
 * @property {number} warn_at
 */

/** @type {Record<string, TextKey>} */
const REACHES = { open: "reachOpen", key: "reachKey", professional: "reachProfessional" };
/** @type {Record<string, TextKey>} */
const KINDS = {
  person: "kindPerson",
  company: "kindCompany",
  government: "kindGovernment",
  education: "kindEducation",
  node: "kindNode",
};

/** @type {Policy | null} */
let policy = null;

/** @param {Language} language */
function render(language) {
  if (policy === null) return;
  byId("sheet-lead").textContent = say(language, "quotasVersion", { version: policy.version });
  const { tiers } = policy;
  const tables = Object.values(tiers).map((tier) => tierTable(tier, language));
  byId("sheet").replaceChildren(...tables, registration(policy, language), notes(policy, language));
}

/**
 * @param {Tier} tier
 * @param {Language} language
 */
function tierTable({ title, reach, limits }, language) {
  const caption = make("caption", {}, both(title, language));
  const reached = REACHES[reach];
  if (reached !== undefined) caption.append(make("span", { class: "quiet" }, say(language, reached)));
  const columns = /** @type {TextKey[]} */ (["meter", "perDay", "perSecond", "burst"]);
  const head = columns.map((key) => make("th", { scope: "col" }, bothSaid(key, language)));
  const rows = Object.entries(METERS).map(([meter, key]) => {
    const cells = limits[meter] ? cellsOf(limits[meter], meter, language) : [unavailable(language)];
    return make("tr", {}, make("th", { scope: "row" }, bothSaid(key, language)), ...cells);
  });
  const table = make("table", { class: "limits" }, caption, make("thead", {}, make("tr", {}, ...head)));
  table.append(make("tbody", {}, ...rows));
  return table;
}

/**
 * @param {Limit} limit
 * @param {string} meter
 * @param {Language} language
 */
function cellsOf({ per_day: day, per_second: second, burst }, meter, language) {
  return [day, second, burst].map((value) => make("td", {}, amount(value, meter, language)));
}

/** @param {Language} language */
function unavailable(language) {
  return make("td", { colspan: "3", class: "quiet" }, say(language, "notOffered"));
}

/**
 * @param {Policy} all
 * @param {Language} language
 */
function registration({ registration: kinds, tiers }, language) {
  const items = Object.entries(kinds).flatMap(([kind, name]) => {
    const key = KINDS[kind];
    const tier = tiers[name];
    if (key === undefined || tier === undefined) return [];
    return [make("dt", {}, bothSaid(key, language)), make("dd", {}, both(tier.title, language))];
  });
  const heading = make("h2", {}, say(language, "registration"));
  return make("section", { class: "notes" }, heading, make("dl", { class: "facts" }, ...items));
}

/**
 * @param {Policy} all
 * @param {Language} language
 */
function notes(all, language) {
  const percent = Math.round(all.warn_at * 100);
  const said = [
    say(language, "notePerAccount"),
    say(language, "noteSubnet", { v4: all.subnet_v4, v6: all.subnet_v6 }),
    say(language, "noteDay", { percent }),
    say(language, "noteBurst"),
  ];
  const list = make("ul", {}, ...said.map((each) => make("li", {}, each)));
  return make("section", { class: "notes" }, make("h2", {}, say(language, "howCounted")), list);
}

/**
 * Return a text in both languages, the visitor's first.
 *
 * @param {Text} text
 * @param {Language} language
 */
function both(text, language) {
  const other = language === "zh" ? "en" : "zh";
  return make(
    "span",
    { class: "both" },
    text[language],
    make("span", { class: "other-name", lang: htmlLanguage(other) }, text[other]),
  );
}

/**
 * @param {TextKey} key
 * @param {Language} language
 */
function bothSaid(key, language) {
  return both({ zh: say("zh", key), en: say("en", key) }, language);
}

async function read() {
  policy = await readJson(new URL("quotas.json", BASE));
}

await new Sheet({ title: "quotas", read, render }).run();
