/** A text field with suggestions (WAI-ARIA Authoring Practices: editable combobox with list autocomplete). */

/** @import { Place } from "./places_api.mjs" */
import { make } from "../dom.mjs";

/** Milliseconds without a key press after which suggestions are asked for. */
const PAUSE_MS = 250;

export class Combobox {
  /** @type {Place[]} */
  #offered = [];
  #active = -1;
  #waiting = 0;
  #asking = new AbortController();
  #suggest;
  #onChoice;
  #composing = false;

  /**
   * @param {(text: string, signal: AbortSignal) => Promise<Place[]>} suggest None where nothing is to be offered.
   * @param {(text: string) => void} onChoice Told of a suggestion that was chosen.
   */
  constructor(suggest, onChoice) {
    this.#suggest = suggest;
    this.#onChoice = onChoice;
    this.list = make("ul", { id: "place-list", class: "place-list", role: "listbox" });
    this.list.hidden = true;
    this.input = make("input", {
      ...{ id: "place-text", type: "text", role: "combobox", maxlength: "100", autocomplete: "off" },
      ...{ "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": "place-list" },
      ...{ enterkeyhint: "search", spellcheck: "false" },
    });
    this.input.addEventListener("input", () => this.#typed());
    this.input.addEventListener("keydown", (event) => this.#pressed(event));
    this.input.addEventListener("blur", () => this.close());
    // half a syllable of an input method is no name yet
    this.input.addEventListener("compositionstart", () => {
      this.#composing = true;
    });
    this.input.addEventListener("compositionend", () => {
      this.#composing = false;
      this.#typed();
    });
  }

  #typed() {
    clearTimeout(this.#waiting);
    this.#asking.abort();
    const text = this.input.value.trim();
    if (this.#composing) return;
    if (text === "") this.close();
    else this.#waiting = setTimeout(() => void this.#ask(text), PAUSE_MS);
  }

  /** @param {string} text */
  async #ask(text) {
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    const found = await this.#suggest(text, signal).catch(() => []);
    if (!signal.aborted && document.activeElement === this.input) this.#offer(found);
  }

  /** @param {Place[]} offered */
  #offer(offered) {
    this.#offered = offered;
    const options = offered.map(({ name, about }, place) => {
      const option = make("li", { role: "option", id: `place-${place}`, "aria-selected": "false" }, name);
      if (about) option.append(" ", make("span", { class: "quiet" }, about));
      // `mousedown`, as a click would come after the field has lost the focus
      option.addEventListener("mousedown", (event) => {
        event.preventDefault();
        this.#choose(place);
      });
      return option;
    });
    this.list.replaceChildren(...options);
    this.list.hidden = options.length === 0;
    this.input.setAttribute("aria-expanded", String(options.length > 0));
    this.#mark(-1);
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const count = this.list.hidden ? 0 : this.#offered.length;
    if (event.key === "Escape") {
      if (count) this.close();
      else this.input.value = "";
    } else if (count && event.key === "ArrowDown") this.#mark((this.#active + 1) % count);
    else if (count && event.key === "ArrowUp") this.#mark((Math.max(this.#active, 0) + count - 1) % count);
    else if (count && event.key === "Enter" && this.#active >= 0) this.#choose(this.#active);
    else return;
    event.preventDefault();
  }

  /** @param {number} place */
  #mark(place) {
    this.#active = place;
    [...this.list.children].forEach((option, index) => {
      option.setAttribute("aria-selected", String(index === place));
      if (index === place) option.scrollIntoView({ block: "nearest" });
    });
    if (place < 0) this.input.removeAttribute("aria-activedescendant");
    else this.input.setAttribute("aria-activedescendant", `place-${place}`);
  }

  /** @param {number} place */
  #choose(place) {
    const chosen = this.#offered[place];
    if (!chosen) return;
    this.input.value = chosen.name;
    this.close();
    this.#onChoice(chosen.name);
  }

  close() {
    clearTimeout(this.#waiting);
    this.#asking.abort();
    this.#offer([]);
  }
}
