/**
 * Calls of the place search, as today's clients make them (docs/web-api.md): each needs a key, and counts as a search.
 *
 * @typedef {object} Place
 * @property {string} name
 * @property {string} about Address, or what else tells it from others of its name.
 * @property {[number, number] | null} at Longitude and latitude, degrees.
 *
 * @typedef {{name: string, code: string, count: number | null, at: [number, number] | null}} Division
 *
 * @typedef {object} Answer
 * @property {number} total
 * @property {Place[]} places
 * @property {Division[]} divisions How many lie in each, where there are too many to list.
 * @property {Bounds | null} bounds Of the division that was asked for by its name.
 */

/** @import { Bounds } from "../catalog.mjs" */
import { list } from "../catalog.mjs";
import { answerError } from "../faults.mjs";
import { keyHeaders } from "../keyring.mjs";
import { readBox } from "./question.mjs";

/** Places that are listed at most. */
export const MOST = 50;

export class PlacesApi {
  #base;

  /** @param {URL} base The node's folder. */
  constructor(base) {
    this.#base = base;
  }

  /**
   * Return names that begin like a text, or are read like it.
   *
   * @param {string} text
   * @param {AbortSignal} signal
   * @returns {Promise<Place[]>}
   */
  async suggest(text, signal) {
    const found = await this.#search({ keyWord: text, queryType: 4, start: 0, count: 10 }, signal);
    const offered = list(found.suggests).map(({ name, address }) => {
      return { name: String(name), about: String(address ?? ""), at: null };
    });
    // several places of one name and address are one suggestion
    return [...new Map(offered.map((place) => [`${place.name}\n${place.about}`, place])).values()];
  }

  /**
   * Return places by name; those nearer to what the map shows first, or those within a division alone.
   *
   * @param {string} text
   * @param {{view: Bounds, zoom: number, division: string | null}} where
   * @returns {Promise<Answer>}
   */
  async find(text, { view, zoom, division }) {
    const level = Math.min(18, Math.max(1, Math.round(zoom)));
    const common = { keyWord: text, start: 0, count: MOST };
    return answered(
      await this.#search(
        division === null
          ? { ...common, queryType: 1, mapBound: view.join(","), level }
          : { ...common, queryType: 12, specify: division },
      ),
    );
  }

  /**
   * Return places of a kind, within what the map shows or within a division.
   *
   * @param {string} kinds Names or codes, parted by commas.
   * @param {{view: Bounds | null, division: string}} where
   * @returns {Promise<Answer>}
   */
  async ofKind(kinds, { view, division }) {
    const common = { queryType: 13, specify: division, dataTypes: kinds, start: 0, count: MOST };
    return answered(await this.#search(view ? { ...common, mapBound: view.join(",") } : common));
  }

  /**
   * Return where an address lies; null where it is not known.
   *
   * @param {string} address
   * @returns {Promise<Place | null>}
   */
  async locate(address) {
    const { location } = await this.#call("geocoder", { ds: JSON.stringify({ keyWord: address }) });
    const at = location ? pointOf(`${location.lon},${location.lat}`) : null;
    return at && { name: address, about: `${location.level} · ${location.score}`, at };
  }

  /**
   * Return what a point is called.
   *
   * @param {number} lon
   * @param {number} lat
   * @returns {Promise<string | null>}
   */
  async nameOf(lon, lat) {
    const asked = { postStr: JSON.stringify({ lon, lat, ver: 1 }), type: "geocode" };
    const { result } = await this.#call("geocoder", asked);
    return result?.formatted_address || null;
  }

  /**
   * Return the divisions right below one.
   *
   * @param {string} code Of nine digits.
   * @returns {Promise<Division[]>}
   */
  async below(code) {
    const { data } = await this.#call("v2/administrative", { keyword: code, childLevel: "1" });
    return list(list(data?.district)[0]?.children).map(({ gb, name, center }) => {
      const at = /** @type {[number, number] | null} */ (center ? [center.lng, center.lat] : null);
      return { name: String(name), code: String(gb), count: null, at };
    });
  }

  /**
   * Return the box of a division; null where no node publishes its area.
   *
   * @param {string} code
   * @returns {Promise<Bounds | null>}
   */
  async boundsOf(code) {
    const { data } = await this.#call("v2/administrative", { keyword: code, extensions: "true" });
    return boxOf(String(list(data?.district)[0]?.boundary ?? ""));
  }

  /**
   * @param {Record<string, unknown>} asked
   * @param {AbortSignal} [signal]
   */
  async #search(asked, signal) {
    return this.#call("v2/search", { type: "query", postStr: JSON.stringify(asked) }, signal);
  }

  /**
   * @param {string} path
   * @param {Record<string, string>} query
   * @param {AbortSignal} [signal]
   * @returns {Promise<any>}
   */
  async #call(path, query, signal) {
    const url = new URL(path, this.#base);
    url.search = new URLSearchParams(query).toString();
    const answer = await fetch(url, { headers: keyHeaders(url.href), ...(signal && { signal }) });
    if (!answer.ok) throw await answerError(answer);
    return answer.json();
  }
}

/**
 * @param {any} body Of `/v2/search`.
 * @returns {Answer}
 */
function answered(body) {
  const places = list(body.pois).map(({ name, address, typeName, lonlat, distance }) => {
    const about = [address, typeName, distance].filter(Boolean).join(" · ");
    return { name: String(name), about, at: pointOf(lonlat) };
  });
  const divisions = list(body.statistics?.allAdmins).map(({ name, adminCode, count, lonlat }) => ({
    ...{ name: String(name), code: String(adminCode), count: Number(count), at: pointOf(lonlat) },
  }));
  const { area } = body;
  if (area) places.push({ name: String(area.name), about: String(area.adminCode), at: pointOf(area.lonlat) });
  return { total: Number(body.count), places, divisions, bounds: readBox(String(area?.bound ?? "")) };
}

/**
 * @param {unknown} text `116.7,39.5`
 * @returns {[number, number] | null}
 */
function pointOf(text) {
  const [lon = Number.NaN, lat = Number.NaN] = String(text ?? "")
    .split(",")
    .map(Number.parseFloat);
  return Number.isFinite(lon) && Number.isFinite(lat) ? [lon, lat] : null;
}

/**
 * @param {string} outline WKT, longitude first.
 * @returns {Bounds | null}
 */
function boxOf(outline) {
  /** @type {Bounds} */
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [, lon, lat] of outline.matchAll(/(-?[\d.]+) (-?[\d.]+)/g)) {
    box[0] = Math.min(box[0], Number(lon));
    box[1] = Math.min(box[1], Number(lat));
    box[2] = Math.max(box[2], Number(lon));
    box[3] = Math.max(box[3], Number(lat));
  }
  return Number.isFinite(box[0]) ? box : null;
}
