/**
 * Incidents that the node published: what, where, when each began and ended (docs/layout.md, section 12).
 *
 * @typedef {object} Incident
 * @property {string} id
 * @property {Text} what
 * @property {string | null} product Null where it was of the node as a whole.
 * @property {string} began RFC 3339.
 * @property {string | null} ended Null while it lasts.
 *
 * @typedef {{node: string, incidents: Incident[], error: unknown}} Told `error` is null where they could be read.
 */

/** @import { Link } from "../nodes/harvest.mjs" */
/** @import { Language, Text } from "../words.mjs" */
/** @import { Figures } from "./figures.mjs" */
import { list, readJson } from "../catalog.mjs";
import { make } from "../dom.mjs";
import { reason } from "../faults.mjs";
import { moment, speaker, table } from "./table.mjs";

/** Link of a catalog that leads to what the node published of incidents. */
const INCIDENTS = "tianlake:incidents";

/**
 * Return what the node published; it is asked for only where the catalog leads to it.
 *
 * @param {Link[]} links Of the catalog.
 * @returns {Promise<Told>}
 */
export async function readIncidents(links) {
  const link = links.find(({ rel }) => rel === INCIDENTS);
  if (link === undefined) return { node: "", incidents: [], error: null };
  try {
    const { node, incidents: all } = await readJson(link.href);
    return { node: String(node), incidents: list(all).map(incidentOf), error: null };
  } catch (error) {
    return { node: "", incidents: [], error };
  }
}

/**
 * @param {any} told
 * @returns {Incident}
 */
function incidentOf({ id, what, product, began, ended }) {
  return {
    id: String(id),
    what: { zh: String(what.zh), en: String(what.en) },
    product: product ?? null,
    began: String(began),
    ended: ended ?? null,
  };
}

/**
 * @param {Figures} figures
 * @param {Language} language
 */
export function incidents({ told: { node, incidents: all, error }, ages }, language) {
  const words = speaker(language);
  if (error !== null)
    return [make("p", { class: "fault" }, words("incidentsFault", { reason: reason(language, error) }))];
  if (all.length === 0) return [make("p", {}, words("noIncidents"))];
  const titles = new Map(ages.map(({ name, title }) => [name, title[language]]));
  const rows = all.map(({ what, product, began, ended }) => [
    what[language],
    product === null ? words("wholeNode", { code: node }) : (titles.get(product) ?? product),
    moment(began, language),
    ended === null ? make("span", { class: "chip stale" }, words("lasts")) : moment(ended, language),
  ]);
  return [table(words("incidents"), [words("what"), words("where"), words("began"), words("ended")], rows)];
}
