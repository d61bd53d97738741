/** The one panel in which a tool of the map speaks with the visitor; opening it for another tool closes the first. */

/** @import { Board } from "../map.mjs" */
/** @import { ToolKey } from "./tool_words.mjs" */
import { make } from "../dom.mjs";
import { sayTool } from "./tool_words.mjs";

/**
 * @typedef {object} Content
 * @property {ToolKey} title
 * @property {Node[]} body
 * @property {() => void} speak Says everything in the board's language, also when it changes.
 * @property {() => void} [close] Clears up behind the tool.
 */

export class Panel {
  /** @type {Content | null} */
  #content = null;
  /** @type {HTMLElement | null} */
  #opener = null;
  #title = make("h3", { id: "tool-title" });
  #close = make("button", { type: "button", class: "tool-close" }, "×");
  #body = make("div", { class: "tool-body" });
  #board;

  /** @param {Board} board */
  constructor(board) {
    this.#board = board;
    const head = make("div", { class: "tool-head" }, this.#title, this.#close);
    this.element = make(
      "section",
      { class: "tool-panel", "aria-labelledby": "tool-title", tabindex: "-1", hidden: "" },
      head,
      this.#body,
    );
    this.#close.addEventListener("click", () => this.close());
    board.map.getContainer().addEventListener("keydown", ({ key }) => {
      if (key === "Escape" && this.#content) this.close();
    });
    board.on("language", () => this.#speak());
  }

  /**
   * Show a tool's content; the focus goes into the panel.
   *
   * @param {HTMLElement} opener The tool's button, which has the focus again afterwards.
   * @param {Content} content
   */
  open(opener, content) {
    this.#leave();
    this.#opener = opener;
    this.#content = content;
    opener.setAttribute("aria-expanded", "true");
    this.#body.replaceChildren(...content.body);
    this.element.hidden = false;
    this.#speak();
    const field = this.#body.querySelector("input, textarea");
    (field instanceof HTMLElement ? field : this.element).focus({ preventScroll: true });
  }

  /** Close it, and give the focus back. */
  close() {
    const opener = this.#opener;
    this.#leave();
    this.element.hidden = true;
    opener?.focus();
  }

  /**
   * Return whether it is open for a tool.
   *
   * @param {HTMLElement} opener
   */
  isOpenFor(opener) {
    return this.#opener === opener;
  }

  #leave() {
    this.#content?.close?.();
    this.#opener?.setAttribute("aria-expanded", "false");
    this.#content = null;
    this.#opener = null;
  }

  #speak() {
    if (!this.#content) return;
    const { language } = this.#board;
    this.#title.textContent = sayTool(language, this.#content.title);
    this.#close.setAttribute("aria-label", sayTool(language, "close"));
    this.#content.speak();
  }
}
