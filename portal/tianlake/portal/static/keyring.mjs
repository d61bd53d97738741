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
 * Return the header fields that a request carries for its key's sake.
 *
 * @param {string} url Absolute.
 * @returns {Record<string, string>}
 */
export function keyHeaders(url) {
  return held !== null && new URL(url).origin === location.origin ? { "X-Api-Key": held } : {};
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
