/** What the page knows of each product, and how it comes to know it. */

/** @import { Archive } from "./archives.mjs" */
/** @import { Listed, Product } from "./catalog.mjs" */
/** @import { Ground } from "./ground.mjs" */
/** @import { Text } from "./words.mjs" */
import { openArchive } from "./archives.mjs";
import { readProduct } from "./catalog.mjs";
import { readGround } from "./ground.mjs";
import { hasKeyFor } from "./keyring.mjs";

/**
 * @typedef {object} Entry
 * @property {string} name
 * @property {Text} title
 * @property {Product | null} product Null where its collection could not be read.
 * @property {unknown} unreadable Why not.
 * @property {unknown} undrawn Why its tiles cannot be drawn.
 * @property {Archive | null} archive Its tiles, once their head has been read.
 * @property {Ground | null} ground How it is drawn as a base map, where it is one.
 * @property {string} ink
 * @property {boolean} visible
 * @property {number} opacity
 * @property {boolean} open Whether the part about using the data is unfolded.
 */

/**
 * Return a product of which nothing was opened yet.
 *
 * @param {string} name
 * @param {Text} title
 * @param {Product | null} product
 * @returns {Entry}
 */
export function blankEntry(name, title, product) {
  return {
    ...{ name, title, product, unreadable: null },
    ...{ archive: null, ground: null, undrawn: null, ink: "", visible: false, opacity: 0.8, open: false },
  };
}

/**
 * Read a product's description; one that fails says so on its card.
 *
 * @param {Listed} listed
 * @param {URL} base The node's folder.
 * @returns {Promise<Entry>}
 */
export async function readEntry({ href, name, title }, base) {
  const entry = blankEntry(name, title, null);
  try {
    entry.product = await readProduct(href, name, base);
    entry.title = entry.product.title;
  } catch (error) {
    entry.unreadable = error;
  }
  return entry;
}

/**
 * Return whether a product needs a key that the visitor has not entered.
 *
 * @param {Entry} entry
 */
export function isLocked({ product }) {
  return product !== null && product.access !== "open" && !hasKeyFor(product.tiles ?? location.href);
}

/**
 * Open a product's archive; one that fails says so on its card. What is locked is not asked for.
 *
 * @param {Entry} entry
 */
export async function openEntry(entry) {
  const { product } = entry;
  if (!product?.tiles || isLocked(entry)) return entry;
  try {
    const archive = await openArchive(product.tiles);
    // without its style, a base map is drawn as any product
    const style = product.ground ? product.style : null;
    entry.ground = style === null ? null : await readGround(style, product.id, archive).catch(() => null);
    entry.archive = archive;
    entry.opacity = archive.kind === "raster" ? 0.8 : 1;
  } catch (error) {
    entry.undrawn = error;
  }
  return entry;
}
