/**
 * Coordinates as people type them: degrees; degrees, minutes and seconds (度分秒); the 3-degree grid; with Chinese or
 * other punctuation. Without letters that tell (东经, N), longitude comes first, unless only the other order can be meant.
 */

/** @import { ToolKey } from "./tool_words.mjs" */
import { FIRST_ZONE, fromGrid, LAST_ZONE, PER_ZONE } from "./grid.mjs";

/** Why a text is no place; told by `tool_words.mjs`. */
export class Unread extends Error {
  /**
   * @param {ToolKey} key
   * @param {Record<string, string | number>} [values]
   */
  constructor(key, values = {}) {
    super(key);
    this.key = key;
    this.values = values;
  }
}

const MOST_LATITUDE = 85.051129; // degrees; web mercator ends there (EPSG:3857)
const FARTHEST = 350_000; // metres from its meridian that a place can lie in a zone of 3°, with room for neighbours' maps
const POLE = 10_002_000; // metres of x; none lies farther north
const [ZONE_CODES, MERIDIAN_CODES] = [4513, 4534]; // EPSG codes of zone 25, with its number in y and without

/** What is written in several ways, in the order in which they are made one.
 * @type {[RegExp, string][]} */
const SAME = [
  [/″/g, '"'], // before NFKC, which makes two of ′ of it
  [/(?:三|3)\s*[度°]\s*(?:分)?带/g, " "],
  [/第?\s*(\d{1,3})\s*(?:号)?带/g, " ZONE $1 "],
  [/带号/g, " ZONE "],
  [/中央(?:经线|子午线)/g, " CM "],
  [/东经|经度/g, " E "],
  [/西经/g, " W "],
  [/北纬|纬度/g, " N "],
  [/南纬/g, " S "],
  [/“|”|〃|''|′′|’’|秒/g, '"'],
  [/′|‘|’|分/g, "'"],
  [/º|˚|度/g, "°"],
  [/[、;，；]/g, ","],
  [/−/g, "-"],
];
const GRID = /EPSG|ZONE|CM|[XY]\s*[=:]|(?<![.\d])\d{4,}/;
const NUMBER = /[+-]?\d+(?:\.\d+)?/g;
const PART =
  /^([EWNS])?\s*([+-]?\d+(?:\.\d+)?)\s*°?(?:\s*(\d+(?:\.\d+)?)\s*'?)?(?:\s*(\d+(?:\.\d+)?)\s*"?)?\s*([EWNS])?$/;

/**
 * Return longitude and latitude, in degrees.
 *
 * @param {string} text
 * @returns {[number, number]}
 * @throws {Unread} What is wrong with it.
 */
export function readPlace(text) {
  const plain = normal(text);
  if (plain === "") throw new Unread("readEmpty");
  const [lon, lat] = GRID.test(plain) ? readGrid(plain) : readAngles(plain);
  if (Math.abs(lon) > 180) throw new Unread("readLongitude", { value: lon });
  if (Math.abs(lat) > 90) throw new Unread("readLatitude", { value: lat });
  if (Math.abs(lat) > MOST_LATITUDE) throw new Unread("readBeyond", { value: lat });
  return [lon, lat];
}

/** @param {string} text */
function normal(text) {
  let plain = text;
  for (const [pattern, same] of SAME) plain = plain.replace(pattern, same);
  return plain.normalize("NFKC").replace(/[()]/g, " ").replace(/\s+/g, " ").trim().toUpperCase();
}

/**
 * @param {string} plain
 * @returns {[number, number]}
 */
function readGrid(plain) {
  const { zone: told, rest } = takeZone(plain);
  const labelled = (/** @type {string} */ name) =>
    rest.match(new RegExp(`${name}\\s*[=:]?\\s*([+-]?\\d+(?:\\.\\d+)?)`))?.[1];
  const numbers = [...rest.matchAll(NUMBER)].map(([each]) => Number(each));
  if (numbers.length < 2) throw new Unread("readOne");
  if (numbers.length > 2) throw new Unread("readMany", { count: numbers.length });
  const foreign = rest.replace(NUMBER, "").match(/[^XYM=:,()\s]/);
  if (foreign) throw new Unread("readForeign", { text: foreign[0] });
  const [first, second] = /** @type {[number, number]} */ (numbers);
  const northFirst = labelled("X") ? Number(labelled("X")) === first : !isEasting(first, second);
  const [x, typed] = northFirst ? [first, second] : [second, first];
  const own = Math.floor(typed / PER_ZONE);
  const zone = own > 0 ? own : told;
  if (zone === null) throw new Unread("readZoneMissing");
  if (own > 0 && told !== null && own !== told) throw new Unread("readZones", { one: own, other: told });
  if (zone < FIRST_ZONE || zone > LAST_ZONE) throw new Unread("readZone", { zone });
  const y = own > 0 ? typed : typed + zone * PER_ZONE;
  if (x < 0 || x > POLE) throw new Unread("readNorthing", { value: x });
  const off = Math.abs(y - zone * PER_ZONE - PER_ZONE / 2);
  if (off > FARTHEST) throw new Unread("readEasting", { value: typed });
  return fromGrid({ zone, x, y });
}

/**
 * Return whether the first of two numbers is y: the one that has a zone before it, else the smaller, as x of all of
 * China but the reefs in the south has seven digits.
 *
 * @param {number} first
 * @param {number} second
 */
function isEasting(first, second) {
  if (first >= POLE || second >= POLE) return first > second;
  return first < PER_ZONE && second >= PER_ZONE;
}

/**
 * Return the zone that a text names, and the text without it.
 *
 * @param {string} plain
 * @returns {{zone: number | null, rest: string}}
 */
function takeZone(plain) {
  const found = plain.match(/EPSG\s*:?\s*(\d+)|ZONE\s*[:=]?\s*(\d+)|CM\s*[:=]?\s*(\d+(?:\.\d+)?)\s*°?\s*E?/);
  if (!found) return { zone: null, rest: plain };
  const [whole, code, zone, meridian] = found;
  const rest = plain.replace(whole, " ");
  if (zone) return { zone: Number(zone), rest };
  if (meridian) {
    if (Number(meridian) % 3) throw new Unread("readMeridian", { value: meridian });
    return { zone: Number(meridian) / 3, rest };
  }
  const epsg = Number(code);
  const named = FIRST_ZONE + epsg - (epsg >= MERIDIAN_CODES ? MERIDIAN_CODES : ZONE_CODES);
  if (named < FIRST_ZONE || named > LAST_ZONE) throw new Unread("readCode", { code: epsg });
  return { zone: named, rest };
}

/**
 * @param {string} plain
 * @returns {[number, number]}
 */
function readAngles(plain) {
  const [one, other] = halves(plain.replace(/[:=]/g, " ")).map(readAngle);
  if (!one || !other) throw new Unread("readOne");
  const axis = one.axis ?? (other.axis ? (other.axis === "lat" ? "lon" : "lat") : null);
  if (axis !== null && axis === (other.axis ?? "")) throw new Unread("readTwice");
  const latitudeFirst =
    axis === "lat" || (axis === null && Math.abs(one.value) <= 90 && Math.abs(other.value) > 90);
  return latitudeFirst ? [other.value, one.value] : [one.value, other.value];
}

/**
 * Part two coordinates: at a comma, at letters, before the second number of degrees, or in the middle.
 *
 * @param {string} plain
 * @returns {string[]}
 */
function halves(plain) {
  const commas = plain
    .split(",")
    .map((each) => each.trim())
    .filter(Boolean);
  if (commas.length > 2) throw new Unread("readMany", { count: commas.length });
  if (commas.length === 2) return commas;
  const text = commas[0] ?? "";
  const after = text.match(/^([^EWNS]+[EWNS])\s*(.+)$/) ?? text.match(/^([EWNS][^EWNS]+)([EWNS].*)$/);
  const found = after ?? text.match(/^(.*°.*?)([+-]?\d+(?:\.\d+)?\s*°.*)$/);
  if (found) return [found[1] ?? "", found[2] ?? ""].map((each) => each.trim());
  const numbers = text.split(" ");
  if (numbers.length % 2) return numbers.length === 1 ? numbers : [text, ""].filter(Boolean);
  return [numbers.slice(0, numbers.length / 2).join(" "), numbers.slice(numbers.length / 2).join(" ")];
}

/**
 * @param {string} text
 * @returns {{value: number, axis: "lon" | "lat" | null}}
 */
function readAngle(text) {
  const found = PART.exec(text);
  if (!found) throw new Unread("readForeign", { text });
  const [, before, whole = "", minutes, seconds, after] = found;
  const parts = [whole, minutes, seconds].filter((each) => each !== undefined);
  if (parts.slice(0, -1).some((each) => each.includes("."))) throw new Unread("readFraction", { text });
  if (Number(minutes ?? 0) >= 60) throw new Unread("readMinutes", { value: minutes ?? "" });
  if (Number(seconds ?? 0) >= 60) throw new Unread("readSeconds", { value: seconds ?? "" });
  const letter = after ?? before ?? "";
  const size = Math.abs(Number(whole)) + Number(minutes ?? 0) / 60 + Number(seconds ?? 0) / 3600;
  const negative = whole.startsWith("-") !== /[WS]/.test(letter);
  const axis = letter === "" ? null : /[EW]/.test(letter) ? "lon" : "lat";
  return { value: negative ? -size : size, axis };
}
