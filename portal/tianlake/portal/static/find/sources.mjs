/**
 * Where records come from: the STAC API where a server answers for this node, else the documents of the catalog itself,
 * so that a lake on plain object storage is searched too.
 *
 * @typedef {{records: CatalogRecord[], served: boolean, refusal: unknown, more: number}} Gathered `served` says whether
 * the STAC API answered, `refusal` why it did not, `more` how many records there are beside these.
 */

/** @import { Question } from "./question.mjs" */
/** @import { CatalogRecord } from "./records.mjs" */
import { listLinks, readJson } from "../catalog.mjs";
import { webAddress } from "../dom.mjs";
import { answerError } from "../faults.mjs";
import { keyHeaders } from "../keyring.mjs";
import { fits, fitsAll } from "./matching.mjs";
import { FIELDS, recordOf } from "./records.mjs";
import { serviceOf } from "./service.mjs";

const INDEX = "/collections.parquet";
const PAGE = 1000;
/** Records that are looked through at once, at most: more are told of, and found by a narrower question. */
export const MOST = 10_000;
/** Documents of the catalog that are read side by side. */
const SIDE_BY_SIDE = 8;

/** The catalog of a node, and of those below it. */
export class Sources {
  #catalog;
  /** @type {Promise<any> | null} */
  #root = null;
  /** What the documents of the catalog hold, once somebody had to read them. @type {Promise<CatalogRecord[]> | null} */
  #read = null;

  /** @param {URL} base This node's folder. */
  constructor(base) {
    this.#catalog = new URL("catalog.json", base).href;
  }

  /**
   * Return the records that fit text, area and time, best first.
   *
   * @param {Question} question
   * @param {AbortSignal} signal
   * @param {(count: number) => void} onProgress Told how many documents were read.
   * @returns {Promise<Gathered>}
   */
  async find(question, signal, onProgress) {
    this.#root ??= readJson(this.#catalog);
    const service = serviceOf(await this.#root, this.#catalog);
    try {
      if (service !== null) return await ask(`${service}/collections`, question, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      return { ...(await this.#look(question, onProgress)), refusal: error };
    }
    return this.#look(question, onProgress);
  }

  /**
   * @param {Question} question
   * @param {(count: number) => void} onProgress
   * @returns {Promise<Gathered>}
   */
  async #look(question, onProgress) {
    this.#read ??= readAll(await this.#root, this.#catalog, onProgress);
    const records = (await this.#read).filter((record) => fitsAll(record, question));
    if (question.text.trim())
      records.sort((one, other) => fits(other, question.text) - fits(one, question.text));
    return { records, served: false, refusal: null, more: 0 };
  }
}

/**
 * Ask the STAC API, page by page.
 *
 * @param {string} address
 * @param {Question} question
 * @param {AbortSignal} signal
 * @returns {Promise<Gathered>}
 */
async function ask(address, { text, box, from, until }, signal) {
  const first = new URL(address);
  first.searchParams.set("limit", String(PAGE));
  first.searchParams.set("fields", FIELDS.join(","));
  if (text.trim()) first.searchParams.set("q", text.trim());
  if (box) first.searchParams.set("bbox", box.join(","));
  const span = [from && `${from}T00:00:00Z`, until && `${until}T23:59:59Z`].map((each) => each || "..");
  if (from || until) first.searchParams.set("datetime", span.join("/"));
  /** @type {CatalogRecord[]} */
  const records = [];
  let matched = 0;
  let next = /** @type {string | null} */ (first.href);
  while (next !== null && records.length < MOST) {
    const answer = await fetch(next, { headers: keyHeaders(next), signal });
    if (!answer.ok) throw await answerError(answer);
    const page = await answer.json();
    records.push(...page.collections.flatMap((/** @type {any} */ each) => recordOf(each) ?? []));
    matched = Number(page.numberMatched ?? records.length);
    next = webAddress(listLinks(page, "next")[0]?.href, next);
  }
  return { records, served: true, refusal: null, more: next === null ? 0 : matched - records.length };
}

/**
 * Read all records from the merged index, which one file is, or document by document where there is none.
 *
 * @param {any} root
 * @param {string} href
 * @param {(count: number) => void} onProgress
 * @returns {Promise<CatalogRecord[]>}
 */
async function readAll(root, href, onProgress) {
  const index = listLinks(root, "related").find((link) => String(link.href).endsWith(INDEX));
  const address = webAddress(index?.href, href);
  if (address !== null) {
    try {
      const { readMerged } = await import("./merged.mjs");
      return (await readMerged(address)).flatMap((each) => recordOf(each) ?? []);
    } catch {
      // what a harvest just replaced, or a browser cannot read, stands in the documents too
    }
  }
  return walk(root, href, onProgress);
}

/**
 * Read the catalog and all below it.
 *
 * @param {any} root
 * @param {string} href
 * @param {(count: number) => void} onProgress
 */
async function walk(root, href, onProgress) {
  /** @type {CatalogRecord[]} */
  const found = [];
  let waiting = children(root, href);
  while (waiting.length) {
    const batch = waiting.splice(0, SIDE_BY_SIDE);
    const documents = await Promise.all(batch.map(async (each) => ({ each, body: await readable(each) })));
    for (const { each, body } of documents) {
      if (body?.type === "Catalog") waiting = [...waiting, ...children(body, each)];
      else if (body) found.push(...[recordOf(body)].flatMap((record) => record ?? []));
    }
    onProgress(found.length);
  }
  return found;
}

/**
 * Return a document; null for one that cannot be read, which the others do not fall with.
 *
 * @param {string} href
 */
async function readable(href) {
  return readJson(href).catch(() => null);
}

/**
 * @param {any} catalog
 * @param {string} href
 */
function children(catalog, href) {
  return listLinks(catalog, "child").flatMap((link) => webAddress(link.href, href) ?? []);
}
