/** Where things are told of at length. */

/**
 * Return the address of a product's page.
 *
 * @param {string} id
 */
export function pageOf(id) {
  return new URL(`../product.html?id=${encodeURIComponent(id)}`, import.meta.url).href;
}
