/**
 * The visitor's key (`tk`): where it is kept, and which requests carry it.
 *
 * It travels in the header `X-Api-Key` and only to the host the page came from, so that neither an address, nor a
 * history, nor a cache ever holds it.
 */

const STORED = "tianlake.tk";
/** What a header field can carry (RFC 9110 §5.5), without blanks. */
const SENDABLE = /^[\x21-\x7e]{1,256}$/;

/** @type {string | null} */
let held = kept();
/** @type {Map<string, string>} By origin. */
const lent = new Map();

/**
 * Return the key of this visit, or of earlier ones where the visitor wanted it remembered.
 *
 * @returns {string | null}
 */
export function heldKey() {
  return held;
}

/**
 * Return whether a text could be a key at all.
 *
 * @param {string} text
 */
export function couldBeKey(text) {
  return SENDABLE.test(text);
}

/**
 * Keep a key until the tab is closed, or for good.
 *
 * @param {string} key
 * @param {boolean} remember
 */
export function holdKey(key, remember) {
  dropKey();
  held = key;
  try {
    (remember ? localStorage : sessionStorage).setItem(STORED, key);
  } catch {
    // nothing is kept, and the key holds until the page is left
  }
}

/** Forget the key, here and for later visits. */
export function dropKey() {
  held = null;
  try {
    sessionStorage.removeItem(STORED);
    localStorage.removeItem(STORED);
  } catch {
    // a browser that keeps nothing has nothing to forget
  }
}

/**
 * Use a key for one host, whatever page this is: what `<tianlake-map>` is given in another site's page.
 *
 * @param {string} key
 * @param {string} origin
 */
export function lendKey(key, origin) {
  lent.set(origin, key);
}

/**
 * Return the header fields that a request carries for its key's sake.
 *
 * @param {string} url Absolute.
 * @returns {Record<string, string>}
 */
export function keyHeaders(url) {
  const { origin } = new URL(url);
  const key = lent.get(origin) ?? (origin === location.origin ? held : null);
  return key === null ? {} : { "X-Api-Key": key };
}

/**
 * Return whether requests for an address carry a key.
 *
 * @param {string} url Absolute.
 */
export function hasKeyFor(url) {
  return "X-Api-Key" in keyHeaders(url);
}

/**
 * Return a key as it may be shown: its two ends.
 *
 * @param {string} key
 */
export function shownKey(key) {
  return key.length > 12 ? `${key.slice(0, 4)}…${key.slice(-4)}` : "…";
}

function kept() {
  try {
    const key = sessionStorage.getItem(STORED) ?? localStorage.getItem(STORED);
    return key !== null && SENDABLE.test(key) ? key : null;
  } catch {
    return null; // a browser that keeps nothing still shows the page
  }
}
