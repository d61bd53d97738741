/** What is said on the map: whom the data is owed to, and the map-approval numbers (审图号) of what is drawn. */

/** @import { IControl } from "maplibre-gl" */
/** @import { Language } from "./words.mjs" */
import { make } from "./dom.mjs";
import { say } from "./words.mjs";

const MAP_NUMBER = "审图号"; // what a number begins with, in the attribution of what it was given for

export class Credits {
  #sources = make("div", { class: "maplibregl-ctrl credits" });
  #numbers = make("div", { class: "maplibregl-ctrl numbers" });

  /** Sources of the data, and the mark of a demonstration. */
  sources = control(this.#sources);

  /** The numbers; they belong at the bottom left of an internet map (地图审核管理规定). */
  numbers = control(this.#numbers);

  /**
   * @param {string[]} attributions Of what is drawn: texts parted by `·`, as collections and styles have them.
   * @param {Language} language
   */
  write(attributions, language) {
    const texts = attributions.flatMap((each) => each.split(/ [·|] /)).filter(Boolean);
    const said = [...new Set(texts)];
    const numbers = said.filter((each) => each.startsWith(MAP_NUMBER));
    const sources = said.filter((each) => !each.startsWith(MAP_NUMBER));
    this.#numbers.textContent = numbers.join(" "); // text, never markup
    this.#numbers.hidden = numbers.length === 0;
    this.#sources.textContent = say(language, "sources", { list: sources.join(" | ") });
    this.#sources.hidden = sources.length === 0;
  }

  /** Return what is written: for a picture of the map, which must say the same. */
  said() {
    return { numbers: this.#numbers.textContent ?? "", sources: this.#sources.textContent ?? "" };
  }
}

/**
 * @param {HTMLElement} element
 * @returns {IControl}
 */
function control(element) {
  return { onAdd: () => element, onRemove: () => element.remove() };
}
