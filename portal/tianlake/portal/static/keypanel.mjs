/** The field for the visitor's key. */

/** @import { Language } from "./words.mjs" */
import { byId } from "./dom.mjs";
import { answerError, reason } from "./faults.mjs";
import { couldBeKey, dropKey, heldKey, holdKey, shownKey } from "./keyring.mjs";
import { say } from "./words.mjs";

const UNAUTHORIZED = 401;

export class KeyPanel {
  /** @type {Language} */
  #language = "zh";
  #given = false;
  #malformed = false;
  /** What the server said of a key that it does not know. @type {unknown} */
  #refusal = null;

  /** @param {() => void} onChange Told when there is another key, or none. */
  constructor(onChange) {
    const field = /** @type {HTMLInputElement} */ (byId("key-field"));
    const remember = /** @type {HTMLInputElement} */ (byId("key-remember"));
    byId("key-form").addEventListener("submit", (event) => {
      event.preventDefault(); // nothing is sent: a form would write the key into the address
      void this.#take(field.value.trim(), remember.checked, onChange);
    });
    byId("key-drop").addEventListener("click", () => {
      dropKey();
      onChange();
      this.#renderKey(true);
      field.focus();
    });
  }

  /**
   * @param {string} key
   * @param {boolean} remember
   * @param {() => void} onChange
   */
  async #take(key, remember, onChange) {
    this.#malformed = !couldBeKey(key);
    this.#refusal = this.#malformed ? null : await this.#wrong(key);
    if (!this.#malformed && this.#refusal === null) {
      holdKey(key, remember);
      /** @type {HTMLInputElement} */ (byId("key-field")).value = "";
      onChange();
    }
    this.#renderKey(true);
  }

  /**
   * Return what the server says of a key it does not know: with such a key, it would refuse open data too.
   *
   * @param {string} key
   */
  async #wrong(key) {
    if (!this.#given) return null;
    try {
      const address = new URL("../usage", import.meta.url);
      const answer = await fetch(address, { headers: { "X-Api-Key": key }, cache: "no-store" });
      return answer.status === UNAUTHORIZED ? await answerError(answer) : null;
    } catch {
      return null; // what cannot be asked now is found out by the first tile
    }
  }

  /** Let go of a key of earlier visits that has ended meanwhile, before anything is asked for with it. */
  async review() {
    const key = heldKey();
    this.#refusal = key === null ? null : await this.#wrong(key);
    if (this.#refusal !== null) dropKey();
  }

  /**
   * @param {Language} language
   * @param {boolean} needed Whether a key is good for anything here.
   * @param {boolean} given Whether this node gives keys.
   */
  render(language, needed, given) {
    this.#language = language;
    this.#given = given;
    byId("key-get").hidden = !given;
    byId("key-get").setAttribute("href", new URL("account.html", import.meta.url).href);
    this.#renderKey(needed);
  }

  /** @param {boolean} needed */
  #renderKey(needed) {
    const key = heldKey();
    byId("key-panel").hidden = !needed && key === null && this.#refusal === null;
    byId("key-form").hidden = key !== null;
    byId("key-held").hidden = key === null;
    byId("key-text").textContent = key === null ? "" : say(this.#language, "keyHeld", { key: shownKey(key) });
    byId("key-message").textContent = this.#message();
  }

  #message() {
    if (this.#malformed) return say(this.#language, "keyMalformed");
    if (this.#refusal === null) return "";
    return say(this.#language, "keyRefused", { reason: reason(this.#language, this.#refusal) });
  }

  /** Lead the visitor to the field. */
  enter() {
    byId("key-panel").scrollIntoView({ block: "nearest" });
    byId("key-field").focus();
  }
}
