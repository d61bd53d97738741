/** The part of a card that is about having the data: its files, and the way to its page. */

/** @import { Actions } from "./cards.mjs" */
/** @import { Product } from "./catalog.mjs" */
/** @import { Entry } from "./entries.mjs" */
/** @import { FileLink } from "./files.mjs" */
/** @import { Language } from "./words.mjs" */
import { make } from "./dom.mjs";
import { download } from "./downloads.mjs";
import { heldKey } from "./keyring.mjs";
import { say } from "./words.mjs";

/**
 * @param {Entry} entry
 * @param {Product} product
 * @param {Language} language
 * @param {Actions} actions
 */
export function use(entry, product, language, actions) {
  const details = make("details", { class: "use" }, make("summary", {}, say(language, "use")));
  details.open = entry.open;
  details.addEventListener("toggle", () => {
    entry.open = details.open;
  });
  const told = make("div", { role: "status" });
  const links = product.files.map((file) =>
    make("li", {}, fileLink(file, product, language, actions.enterKey, told)),
  );
  details.append(make("ul", { class: "files", "aria-label": say(language, "files") }, ...links), told);
  const page = new URL(`product.html?id=${encodeURIComponent(product.id)}`, import.meta.url).href;
  details.append(make("p", {}, link(page, say(language, "wholePage"))));
  return details;
}

/**
 * Return the link to a file. What needs a key is fetched by the page: a link alone cannot send one.
 *
 * @param {FileLink} file
 * @param {Product} product
 * @param {Language} language
 * @param {() => void} enterKey Leads the visitor to where a key is entered.
 * @param {HTMLElement} told Where it is said how a download goes.
 */
export function fileLink({ href, title, type, metered }, product, language, enterKey, told) {
  const anchor = link(href, title, type);
  if (!metered || product.access === "open") return anchor;
  anchor.addEventListener("click", (event) => {
    event.preventDefault();
    if (heldKey() === null) enterKey();
    else void download(href, told, language);
  });
  return anchor;
}

/**
 * @param {string} href
 * @param {string} text
 * @param {string} [type]
 */
export function link(href, text, type) {
  return make("a", { href, ...(type ? { type } : {}) }, text);
}
