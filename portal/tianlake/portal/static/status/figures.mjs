/**
 * What the node's services and documents say of themselves right now.
 *
 * @typedef {{ms: number, error: unknown}} Probe `error` is null where it works.
 * @typedef {{title: Text, updated: string | null, error: unknown, name: string}} Age
 *
 * @typedef {object} Figures
 * @property {Probe | null} alive Null where there is no gateway.
 * @property {Probe | null} ready
 * @property {Probe} documents
 * @property {Age[]} ages Oldest first.
 * @property {any} harvest
 * @property {Link[]} reports
 * @property {Told} told Of incidents.
 * @property {string | null} quotas Version of the limits of use.
 * @property {Date} at
 */

/** @import { Link } from "../nodes/harvest.mjs" */
/** @import { Told } from "./incidents.mjs" */
/** @import { Text } from "../words.mjs" */
import { readCatalog, readJson } from "../catalog.mjs";
import { AnswerError, answerError } from "../faults.mjs";
import { dataDate } from "../freshness.mjs";
import { readHarvest, readLinks } from "../nodes/harvest.mjs";
import { readIncidents } from "./incidents.mjs";

/** Links of a catalog that lead to reports. */
export const REPORT = "tianlake:report";

const NOT_FOUND = 404;

/**
 * Read everything.
 *
 * @param {URL} base The node's folder.
 * @returns {Promise<Figures>}
 */
export async function readFigures(base) {
  const [alive, ready, documents, catalog, links] = await Promise.all([
    probe(new URL("healthz", base)),
    probe(new URL("readyz", base)),
    probe(new URL("node.json", base)),
    readCatalog(base),
    readLinks(base),
  ]);
  const [ages, told, harvest, quotas] = await Promise.all([
    Promise.all(catalog.products.map(readAge)),
    readIncidents(links),
    readHarvest(base, links).catch(() => null),
    catalog.quotas ? readJson(new URL("quotas.json", base)).catch(() => null) : null,
  ]);
  const gateway = !isMissing(alive);
  return {
    alive: gateway ? alive : null,
    ready: gateway ? ready : null,
    documents,
    ages: ages.sort((one, other) => time(one) - time(other)),
    harvest,
    told,
    reports: links.filter(({ rel }) => rel === REPORT),
    quotas: quotas === null ? null : String(quotas.version ?? ""),
    at: new Date(),
  };
}

/** @param {URL} address @returns {Promise<Probe>} */
async function probe(address) {
  const begun = performance.now();
  let error = null;
  try {
    const answer = await fetch(address, { cache: "no-store" });
    if (!answer.ok) error = await answerError(answer);
  } catch (fault) {
    error = fault;
  }
  return { ms: Math.round(performance.now() - begun), error };
}

/** @param {Probe} probed */
function isMissing({ error }) {
  return error instanceof AnswerError && error.status === NOT_FOUND;
}

/** @param {import("../catalog.mjs").Listed} listed @returns {Promise<Age>} */
async function readAge({ href, title, name }) {
  try {
    return { title, name, updated: dataDate(await readJson(href)), error: null };
  } catch (error) {
    return { title, name, updated: null, error };
  }
}

/** @param {Age} age */
function time({ updated }) {
  return updated === null ? Infinity : Date.parse(updated);
}
