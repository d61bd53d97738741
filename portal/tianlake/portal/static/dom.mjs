/**
 * Elements are made here and nowhere else: foreign text only ever becomes text nodes, foreign addresses only links
 * to the web.
 */

/**
 * Return a new element.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/**
 * Return the page's own element with an id.
 *
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`index.html has no element #${id}`);
  return element;
}

/**
 * Return an absolute http(s) address, or null for anything else (`javascript:`, `data:`, nonsense).
 *
 * @param {unknown} href
 * @param {URL | string} base
 * @returns {string | null}
 */
export function webAddress(href, base) {
  if (typeof href !== "string" || !URL.canParse(href, base)) return null;
  const url = new URL(href, base);
  return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
}

/** Return whether this browser can draw the map at all. */
export function canDraw() {
  return document.createElement("canvas").getContext("webgl2") !== null;
}

/**
 * Resolves once a style sheet applies, or cannot be had: pages work without.
 *
 * @param {URL} href
 * @param {Node} where
 * @returns {Promise<unknown>}
 */
export function addStyles(href, where = document.head) {
  const link = make("link", { rel: "stylesheet", href: href.href });
  return new Promise((done) => {
    link.addEventListener("load", done);
    link.addEventListener("error", done);
    where.appendChild(link);
  });
}
