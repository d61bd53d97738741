/**
 * Finding the record of a product by its id: this node's own, or that of a node below, as the lake keeps it.
 *
 * @typedef {object} Found
 * @property {any} collection STAC Collection.
 * @property {string} href Where it was read: its relative addresses start there.
 * @property {URL | null} base Folder of the node that publishes it, where this page may read it.
 * @property {string} home The same as the public has it: an address, wherever it is.
 * @property {boolean} own Whether this node publishes it.
 */

import { listLinks, readJson, readNode } from "../catalog.mjs";
import { webAddress } from "../dom.mjs";
import { AnswerError } from "../faults.mjs";
import { serviceOf } from "../find/service.mjs";

const ID = /^n(156\d{6})-([a-z][a-z0-9-]*(?:_[a-z0-9-]+)?)$/;
const BELOW = /\/(156\d{6})\/catalog\.json$/;
const POINTER = /collections\/[^/]+\/collection\.json$/;

/**
 * Return node and product of an id, or null where it is none.
 *
 * @param {string} id `n156130000-places`
 */
export function partsOf(id) {
  const parts = ID.exec(id);
  return parts ? { code: parts[1] ?? "", name: parts[2] ?? "" } : null;
}

/**
 * Return the record of a product; null where neither this node nor one below it has one.
 *
 * @param {string} id
 * @param {URL} base This node's folder.
 * @returns {Promise<Found | null>}
 */
export async function findRecord(id, base) {
  const parts = partsOf(id);
  if (parts === null) return null;
  const { code } = await readNode(base);
  if (code === parts.code) return ownRecord(parts.name, base);
  const copy = await copyOf(id, parts, base);
  return copy === null ? null : original(copy);
}

/**
 * @param {string} name
 * @param {URL} base
 * @returns {Promise<Found | null>}
 */
async function ownRecord(name, base) {
  const href = new URL(`collections/${name}/collection.json`, base).href;
  const collection = await unlessMissing(href);
  return collection && { collection, href, base, home: base.href, own: true };
}

/**
 * Return a record of a node below, as the STAC API or the copies of the lake have it.
 *
 * @param {string} id
 * @param {{code: string, name: string}} parts
 * @param {URL} base
 */
async function copyOf(id, parts, base) {
  const catalog = new URL("catalog.json", base).href;
  const document = await readJson(catalog);
  const service = serviceOf(document, catalog);
  if (service === null) return below(document, catalog, parts);
  const href = `${service}/collections/${id}`;
  const collection = await unlessMissing(href);
  return collection && { collection, href };
}

/**
 * Walk down the copies, first where the codes have most in common.
 *
 * @param {any} catalog
 * @param {string} href
 * @param {{code: string, name: string}} parts
 * @returns {Promise<{collection: any, href: string} | null>}
 */
async function below(catalog, href, parts) {
  const children = listLinks(catalog, "child").flatMap((link) => {
    const address = webAddress(link.href, href);
    const code = BELOW.exec(address ?? "")?.[1];
    return address !== null && code ? [{ address, code, near: alike(code, parts.code) }] : [];
  });
  for (const { address, code } of children.sort((one, other) => other.near - one.near)) {
    const document = await readJson(address);
    const found =
      code === parts.code
        ? await listed(document, address, parts.name)
        : await below(document, address, parts);
    if (found) return found;
  }
  return null;
}

/**
 * @param {any} catalog
 * @param {string} href
 * @param {string} name
 */
async function listed(catalog, href, name) {
  const wanted = new URL(`${name}/collection.json`, href).href;
  const there = listLinks(catalog, "child").some((link) => webAddress(link.href, href) === wanted);
  return there ? { collection: await readJson(wanted), href: wanted } : null;
}

/**
 * Go from a copy to the record itself where this page may read it.
 *
 * @param {{collection: any, href: string}} copy
 * @returns {Promise<Found>}
 */
async function original({ collection, href }) {
  const canonical = webAddress(listLinks(collection, "canonical")[0]?.href, href);
  const home = (canonical ?? href).replace(POINTER, "");
  if (canonical === null || new URL(canonical).origin !== location.origin)
    return { collection, href, base: null, home, own: false };
  return { collection: await readJson(canonical), href: canonical, base: new URL(home), home, own: false };
}

/**
 * @param {string} href
 * @returns {Promise<any>}
 */
async function unlessMissing(href) {
  try {
    return await readJson(href);
  } catch (error) {
    if (error instanceof AnswerError && error.status === 404) return null;
    throw error;
  }
}

/**
 * @param {string} one
 * @param {string} other
 */
function alike(one, other) {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return length;
}
