/**
 * What the pages beside the map share: a head, a foot, a language, one document of the node.
 *
 * Like `page.mjs`, this module lies at `<base>/portal/`, so that the node's base is the folder above it.
 */

/** @import { Catalog, NodeCard } from "./catalog.mjs" */
/** @import { Language, Text, TextKey } from "./words.mjs" */
import { readCatalog, readNode } from "./catalog.mjs";
import { byId } from "./dom.mjs";
import { reason } from "./faults.mjs";
import { showDocuments, showEmblem, showNode, speakFrame } from "./frame.mjs";
import { standBy } from "./standby.mjs";
import { fill, preferredLanguage, remember, say, TEXTS } from "./words.mjs";

/** The node's folder. */
export const BASE = new URL("../", import.meta.url);

/**
 * @typedef {object} Subject
 * @property {TextKey | Text} title
 * @property {Record<string, Text>} [texts] What the page says that no other does.
 * @property {() => Promise<unknown>} read Gets what the sheet is about ready.
 * @property {(language: Language) => void} render Shows it; called anew whenever the language changes.
 */

export class Sheet {
  /** @type {Language} */
  #language = preferredLanguage();
  /** @type {NodeCard | null} */
  #node = null;
  /** @type {Catalog | null} */
  #catalog = null;
  /** @type {unknown} */
  #fault = null;
  #ready = false;
  #subject;

  /** @param {Subject} subject */
  constructor(subject) {
    this.#subject = subject;
  }

  async run() {
    showEmblem();
    byId("language").addEventListener("click", () => {
      this.#language = this.#language === "zh" ? "en" : "zh";
      remember(this.#language);
      this.#render();
    });
    this.#render();
    await Promise.all([this.#readFrame(), this.#read()]);
    this.#render();
    void standBy();
  }

  async #read() {
    try {
      await this.#subject.read();
      this.#ready = true;
    } catch (error) {
      this.#fault = error;
    }
  }

  /** Head and foot: a sheet says what it has to say without them. */
  async #readFrame() {
    const [node, catalog] = await Promise.allSettled([readNode(BASE), readCatalog(BASE)]);
    if (node.status === "fulfilled") this.#node = node.value;
    if (catalog.status === "fulfilled") this.#catalog = catalog.value;
  }

  #render() {
    const language = this.#language;
    const { title, texts } = this.#subject;
    speakFrame(language, texts);
    if (this.#node)
      showNode(this.#node, language, fill(typeof title === "string" ? TEXTS[title] : title, language));
    if (this.#catalog) showDocuments(this.#catalog, language, BASE);
    if (this.#ready) this.#subject.render(language);
    const message = byId("sheet-message");
    if (this.#fault !== null)
      message.textContent = say(language, "noSheet", { reason: reason(language, this.#fault) });
    message.hidden = this.#ready;
  }
}
