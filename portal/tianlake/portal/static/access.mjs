/** Who may have a product, in words for its card. */

/** @import { Access } from "./catalog.mjs" */
/** @import { Language, TextKey } from "./words.mjs" */
import { make } from "./dom.mjs";
import { heldKey } from "./keyring.mjs";
import { say } from "./words.mjs";

/** @type {Record<Access, TextKey>} */
const CHIPS = { open: "accessOpen", key: "accessKey", professional: "accessProfessional" };
/** @type {Record<Exclude<Access, "open">, TextKey>} */
const NOTES = { key: "noteKey", professional: "noteProfessional" };

/**
 * @param {Access} access
 * @param {Language} language
 */
export function accessName(access, language) {
  return say(language, CHIPS[access]);
}

/**
 * @param {Access} access
 * @param {Language} language
 */
export function accessChip(access, language) {
  return make("span", { class: `chip access-${access}` }, accessName(access, language));
}

/**
 * Return the line that says what the product's tiles and files need, with the way to the field for the key while there
 * is none.
 *
 * @param {Access} access
 * @param {Language} language
 * @param {() => void} enterKey
 */
export function accessNote(access, language, enterKey) {
  if (access === "open") return [];
  const note = make("p", { class: "access-note" }, say(language, NOTES[access]));
  if (heldKey() === null) {
    const button = make("button", { type: "button", class: "plain" }, say(language, "enterKey"));
    button.addEventListener("click", enterKey);
    note.append(" ", button);
  }
  return [note];
}
