/** The field for the visitor's key. */

/** @import { Language } from "./words.mjs" */
import { byId } from "./dom.mjs";
import { couldBeKey, dropKey, heldKey, holdKey, shownKey } from "./keyring.mjs";
import { say } from "./words.mjs";

export class KeyPanel {
  /** @type {Language} */
  #language = "zh";
  #malformed = false;

  /** @param {() => void} onChange Told when there is another key, or none. */
  constructor(onChange) {
    const field = /** @type {HTMLInputElement} */ (byId("key-field"));
    const remember = /** @type {HTMLInputElement} */ (byId("key-remember"));
    byId("key-form").addEventListener("submit", (event) => {
      event.preventDefault(); // nothing is sent: a form would write the key into the address
      const key = field.value.trim();
      this.#malformed = !couldBeKey(key);
      if (!this.#malformed) {
        holdKey(key, remember.checked);
        field.value = "";
        onChange();
      }
      this.#renderKey(true);
    });
    byId("key-drop").addEventListener("click", () => {
      dropKey();
      onChange();
      this.#renderKey(true);
      field.focus();
    });
  }

  /**
   * @param {Language} language
   * @param {boolean} needed Whether a key is good for anything here.
   * @param {boolean} given Whether this node gives keys.
   */
  render(language, needed, given) {
    this.#language = language;
    byId("key-get").hidden = !given;
    byId("key-get").setAttribute("href", new URL("account.html", import.meta.url).href);
    this.#renderKey(needed);
  }

  /** @param {boolean} needed */
  #renderKey(needed) {
    const key = heldKey();
    byId("key-panel").hidden = !needed && key === null;
    byId("key-form").hidden = key !== null;
    byId("key-held").hidden = key === null;
    byId("key-text").textContent = key === null ? "" : say(this.#language, "keyHeld", { key: shownKey(key) });
    byId("key-message").textContent = this.#malformed ? say(this.#language, "keyMalformed") : "";
  }

  /** Lead the visitor to the field. */
  enter() {
    byId("key-panel").scrollIntoView({ block: "nearest" });
    byId("key-field").focus();
  }
}
