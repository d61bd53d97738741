/** What a node publishes beside its products: what it took over from others, and what its catalog leads to. */

import { readJson } from "../catalog.mjs";
import { webAddress } from "../dom.mjs";

/**
 * @typedef {{rel: string, href: string, title: string, type: string}} Link
 */

/**
 * Return the links of the node's catalog, with absolute addresses.
 *
 * @param {URL} base
 * @returns {Promise<Link[]>}
 */
export async function readLinks(base) {
  const url = new URL("catalog.json", base);
  const { links } = await readJson(url);
  return (Array.isArray(links) ? links : []).flatMap(({ rel, href, title, type }) => {
    const address = webAddress(href, url);
    return address === null
      ? []
      : [{ rel: String(rel), href: address, title: String(title ?? ""), type: String(type ?? "") }];
  });
}

/**
 * Return what the node took over from its children (docs/layout.md, section 10), or null where it took nothing: it is
 * asked for only where the catalog leads to what was taken.
 *
 * @param {URL} base
 * @param {Link[]} links
 * @returns {Promise<any>}
 */
export async function readHarvest(base, links) {
  const taken = new URL("federation/", base).href;
  if (!links.some(({ rel, href }) => rel === "child" && href.startsWith(taken))) return null;
  return readJson(new URL("federation/harvest.json", base));
}
