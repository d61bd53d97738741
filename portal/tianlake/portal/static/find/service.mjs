/** Whether a server answers for this node, beside its files. */

import { listLinks } from "../catalog.mjs";
import { webAddress } from "../dom.mjs";

/**
 * Return the address of the STAC API of a node, without a final `/`; null where no server answers at the place that
 * this page comes from, as on plain object storage, or on a copy of the lake elsewhere.
 *
 * @param {any} catalog The node's `catalog.json`.
 * @param {string} href Its address.
 * @returns {string | null}
 */
export function serviceOf(catalog, href) {
  const service = publicService(catalog, href);
  return service !== null && new URL(service).origin === location.origin ? service : null;
}

/**
 * Return the same wherever it is: the address that the public has it at.
 *
 * @param {any} catalog
 * @param {string} href
 * @returns {string | null}
 */
export function publicService(catalog, href) {
  return webAddress(listLinks(catalog, "service")[0]?.href, href);
}
