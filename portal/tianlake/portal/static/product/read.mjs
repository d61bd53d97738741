/**
 * All that the page of a product tells, read once.
 *
 * @typedef {object} Subject
 * @property {Found} found
 * @property {Product} product
 * @property {any} collection
 * @property {Text} about What the product is, in paragraphs parted by empty lines.
 * @property {any[]} built Files of the release's manifest; none where it cannot be read.
 * @property {any | null} approval `approval.json`.
 * @property {any[]} versions Entries of `versions.json`, newest first.
 * @property {any | null} quality `quality.json`.
 * @property {Usable} usable
 */

/** @import { Product } from "../catalog.mjs" */
/** @import { Text } from "../words.mjs" */
/** @import { Found } from "./record.mjs" */
/** @import { Usable } from "./usable.mjs" */
import { list, listLinks, productOf, readJson, readRelease } from "../catalog.mjs";
import { webAddress } from "../dom.mjs";
import { publicService } from "../find/service.mjs";
import { describedIn } from "./about.mjs";
import { findRecord, partsOf } from "./record.mjs";
import { usable } from "./usable.mjs";

/**
 * Return a product by its id; null where there is none.
 *
 * @param {string} id
 * @param {URL} base This node's folder.
 * @returns {Promise<Subject | null>}
 */
export async function readSubject(id, base) {
  const found = await findRecord(id, base);
  if (found === null) return null;
  const { collection, href } = found;
  const near = found.base;
  const name = partsOf(id)?.name ?? id;
  const version = String(collection.version ?? "");
  const nothing = { card: {}, assets: [] };
  const release = near === null ? nothing : await readRelease(name, version, near);
  const product = productOf(collection, href, name, near ?? new URL(found.home), release);
  const [approval, history, quality, service] = await Promise.all([
    near && optional(listLinks(collection, "related").find(isApproval)?.href, href),
    near && optional(listLinks(collection, "version-history")[0]?.href, href),
    near && optional(named(collection, "quality.json"), href),
    serviceAt(found),
  ]);
  const described = { ...product, version, assets: release.assets, links: list(collection.links) };
  return {
    ...{ found, product, collection, approval, quality, built: release.assets },
    about: release.card.description ?? describedIn(String(collection.description ?? "")),
    versions: list(history?.versions).reverse(),
    usable: usable(described, found.home, service),
  };
}

/** @param {any} link */
function isApproval({ href }) {
  return String(href).endsWith("/approval.json");
}

/**
 * Return the address of an asset by the end of its name.
 *
 * @param {any} collection
 * @param {string} name
 */
function named(collection, name) {
  const assets = /** @type {any[]} */ (Object.values(collection.assets ?? {}));
  return assets.find(({ href }) => String(href).endsWith(`/${name}`))?.href;
}

/**
 * Return a document that a product need not have: the page tells the rest without it.
 *
 * @param {unknown} href
 * @param {string} base
 * @returns {Promise<any>}
 */
async function optional(href, base) {
  const address = webAddress(href, base);
  return address === null ? null : readJson(address).catch(() => null);
}

/**
 * Return where a gateway answers for the node of a product, with a final `/`.
 *
 * @param {Found} found
 */
async function serviceAt({ base }) {
  if (base === null) return null;
  const catalog = new URL("catalog.json", base).href;
  const service = publicService(await readJson(catalog), catalog);
  return service === null ? null : service.replace(/stac$/, "");
}
