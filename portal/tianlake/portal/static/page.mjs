/**
 * The page: reads the node's documents, lists its products, draws them.
 *
 * This module always lies at `<base>/portal/page.mjs`, whatever address the page was opened at: `<base>/`, or
 * `<base>/portal/index.html`. So the node's base is the folder above it, and no address is configured anywhere.
 */

/** @import { Catalog, NodeCard } from "./catalog.mjs" */
/** @import { Entry } from "./entries.mjs" */
/** @import { Board } from "./map.mjs" */
/** @import { Language, TextKey } from "./words.mjs" */
import { union } from "./bounds.mjs";
import { card } from "./cards.mjs";
import { CHINA, classRank, readCatalog, readNode } from "./catalog.mjs";
import { byId, canDraw } from "./dom.mjs";
import { dress } from "./embed.mjs";
import { isLocked, openEntry, readEntry } from "./entries.mjs";
import { AnswerError, reason } from "./faults.mjs";
import { fitAll } from "./fittings.mjs";
import { showDocuments, showEmblem, showNode, showTree, speakFrame } from "./frame.mjs";
import { readGround } from "./ground.mjs";
import { KeyPanel } from "./keypanel.mjs";
import { jump, readLink } from "./permalink.mjs";
import { standBy } from "./standby.mjs";
import { inkOf } from "./style.mjs";
import { preferredLanguage, remember, say } from "./words.mjs";

const BASE = new URL("../", import.meta.url);

/** Of the base map that lies below this node's products and is not its own. */
const GROUND = "ground";

/** Seconds after which a page that was refused asks again by itself, at most. */
const PATIENCE = 600;

/** @typedef {{key: TextKey, error: unknown}} Fault A text and what it is about, to be said in either language. */

/**
 * For whoever looks at the page from outside, such as a test: `ready` once everything is drawn.
 *
 * @type {{map: import("maplibre-gl").Map | null, ready: boolean}}
 */
const outside = { map: null, ready: false };
Object.assign(window, { tianlake: outside });

class Page {
  /** What the page's address asks for. */
  #link = readLink(location.hash);
  /** @type {Language} */
  #language = this.#link.lang ?? preferredLanguage();
  /** @type {NodeCard | null} */
  #node = null;
  /** @type {Entry[]} */
  #entries = [];
  /** @type {Board | null} */
  #board = null;
  /** @type {Catalog | null} */
  #catalog = null;
  #keys = new KeyPanel(() => this.#keyChanged());
  #listed = false;
  /** @type {Fault[]} */
  #listFaults = [];
  /** @type {Fault | null} */
  #mapFault = null;

  async run() {
    showEmblem();
    await dress();
    byId("show-ground").addEventListener("change", ({ target }) =>
      this.#board?.stack.show(GROUND, /** @type {HTMLInputElement} */ (target).checked),
    );
    byId("language").addEventListener("click", () => this.#switchLanguage());
    this.#render();
    // Nine tenths of the page's bytes: the list does not wait for them, nor fall with them.
    const code = canDraw() ? import("./map.mjs") : null;
    code?.catch(() => {}); // told of once the list stands
    await Promise.all([this.#readNode(), this.#readEntries()]);
    await this.#keys.review();
    this.#render();
    const MapBoard = await this.#mapCode(code);
    if (MapBoard) await this.#draw(MapBoard);
    else this.#renderMessages();
    void standBy();
  }

  /**
   * Return what draws the map, or null where that is not to be had.
   *
   * @param {Promise<{Board: typeof Board}> | null} code
   */
  async #mapCode(code) {
    try {
      if (code) return (await code).Board;
      this.#mapFault = { key: "noMap", error: null };
    } catch (error) {
      this.#mapFault = { key: "mapFault", error };
    }
    return null;
  }

  async #readNode() {
    try {
      this.#node = await readNode(BASE);
    } catch (error) {
      this.#listFaults.push({ key: "noNode", error });
    }
    this.#render();
  }

  async #readEntries() {
    try {
      this.#catalog = await readCatalog(BASE);
      const entries = await Promise.all(this.#catalog.products.map((each) => readEntry(each, BASE)));
      this.#entries = entries.sort((one, other) => classRank(one.product) - classRank(other.product));
    } catch (error) {
      this.#listFaults.push({ key: "noCatalog", error });
    }
    this.#listed = true;
    this.#render();
  }

  /** @param {typeof Board} MapBoard */
  async #draw(MapBoard) {
    const board = new MapBoard(byId("map"), this.#language, (product, error) =>
      this.#tileFault(product, error),
    );
    this.#board = board;
    outside.map = board.map;
    const boxes = this.#entries.flatMap(({ product }) => (product?.bounds ? [product.bounds] : []));
    if (this.#link.view) board.map.jumpTo(jump(this.#link.view));
    else board.fit(union(boxes) ?? CHINA, false);
    const opening = this.#entries.map(openEntry);
    await board.open();
    for (const opened of opening) this.#place(board, await opened);
    await this.#layGround(board);
    board.map.on("idle", () => {
      outside.ready ||= board.settled();
    });
    board.map.triggerRepaint();
    const redraw = (/** @type {Entry} */ entry) => this.#renderCard(entry);
    await fitAll({ board, entries: this.#entries, node: this.#node, base: BASE, redraw });
  }

  /**
   * Lay another node's base map under the products. A page without it is whole, so it is not told of where it cannot
   * be had; nor is it asked for where the page's policy forbids it.
   *
   * @param {Board} board
   */
  async #layGround(board) {
    const href = this.#node?.basemap ?? null;
    const own = this.#entries.some(({ product }) => product?.ground);
    if (href === null || own || new URL(href).origin !== location.origin) return;
    try {
      const visible = this.#link.layers?.includes(GROUND) ?? true;
      board.stack.lay(GROUND, await readGround(href, GROUND), visible);
      byId("show-ground").toggleAttribute("checked", visible);
      byId("ground-line").hidden = false;
    } catch {
      // see above
    }
  }

  /**
   * Put an opened product on the map. A raster, which hides what lies below, starts unseen where something does.
   *
   * @param {Board} board
   * @param {Entry} entry
   */
  #place(board, entry) {
    if (entry.product && entry.archive) {
      const below = this.#entries.some((other) => other.visible);
      const asked = this.#link.layers?.includes(entry.product.id);
      entry.visible = asked ?? (entry.archive.kind === "vector" || !below);
      entry.ink = inkOf(entry.archive, this.#entries.indexOf(entry));
      if (entry.ground) board.stack.lay(entry.product.id, entry.ground, entry.visible, entry.product);
      else board.stack.add(entry.product, entry.archive, entry.ink, entry.visible);
    }
    this.#renderCard(entry);
  }

  /**
   * @param {string | null} id
   * @param {unknown} error
   */
  #tileFault(id, error) {
    const entry = this.#entries.find(({ product }) => product !== null && product.id === id);
    if (entry === undefined) {
      if (id === GROUND) return; // see `#layGround`
      this.#mapFault = { key: "mapFault", error };
      this.#renderMessages();
    } else if (entry.undrawn === null) {
      // what comes back from MapLibre has lost all but its message
      entry.undrawn = entry.archive?.refusal() ?? error;
      this.#renderCard(entry);
      const seconds = entry.undrawn instanceof AnswerError ? entry.undrawn.retryAfter : null;
      if (seconds !== null && seconds <= PATIENCE)
        setTimeout(() => void this.#tryAgain(entry), seconds * 1000);
    }
  }

  /**
   * Ask again for what was refused, or could not be asked for without a key.
   *
   * @param {Entry} entry
   */
  async #tryAgain(entry) {
    const board = this.#board;
    if (board === null || (entry.archive !== null && entry.undrawn === null)) return;
    entry.undrawn = null;
    if (entry.archive === null) return this.#place(board, await openEntry(entry));
    board.stack.refresh(entry.product?.id ?? "");
    board.map.once("idle", () => this.#renderCard(entry)); // what is refused again is told of before
  }

  #keyChanged() {
    for (const entry of this.#entries) {
      if (isLocked(entry)) {
        this.#board?.stack.remove(entry.product?.id ?? "");
        Object.assign(entry, { archive: null, ground: null, undrawn: null, visible: false });
      } else void this.#tryAgain(entry);
      this.#renderCard(entry);
    }
  }

  #switchLanguage() {
    this.#language = this.#language === "zh" ? "en" : "zh";
    remember(this.#language);
    this.#render();
    this.#board?.speak(this.#language);
  }

  #render() {
    speakFrame(this.#language);
    if (this.#node) {
      showNode(this.#node, this.#language);
      showTree(this.#node, this.#language);
    }
    if (this.#catalog) showDocuments(this.#catalog, this.#language, BASE);
    this.#keys.render(
      this.#language,
      this.#entries.some(({ product }) => product !== null && product.access !== "open"),
      this.#catalog?.terms ?? false,
    );
    byId("products").replaceChildren(...this.#entries.map((entry) => this.#card(entry)));
    byId("count").textContent = this.#entries.length ? String(this.#entries.length) : "";
    this.#renderMessages();
  }

  #renderMessages() {
    const said = this.#listFaults.map((fault) => this.#say(fault));
    if (!this.#listed) said.push(say(this.#language, "loading"));
    else if (said.length === 0 && this.#entries.length === 0) said.push(say(this.#language, "empty"));
    tell("list-message", said.join(" "));
    tell("map-message", this.#mapFault ? this.#say(this.#mapFault) : "");
  }

  /** @param {Fault} fault */
  #say({ key, error }) {
    return say(this.#language, key, { reason: reason(this.#language, error) });
  }

  /** @param {Entry} entry */
  #renderCard(entry) {
    document.getElementById(`product-${entry.name}`)?.replaceWith(this.#card(entry));
  }

  /** @param {Entry} entry */
  #card(entry) {
    const actions = {
      show: (/** @type {boolean} */ visible) => {
        entry.visible = visible;
        this.#board?.stack.show(entry.product?.id ?? "", visible);
      },
      fade: (/** @type {number} */ opacity) => {
        entry.opacity = opacity;
        this.#board?.stack.fade(entry.product?.id ?? "", opacity);
      },
      zoom: () => {
        if (entry.product?.bounds) this.#board?.fit(entry.product.bounds, true);
      },
      enterKey: () => this.#keys.enter(),
    };
    return card(entry, this.#language, actions, Date.now());
  }
}

/**
 * @param {string} id
 * @param {string} text Nothing hides the element.
 */
function tell(id, text) {
  byId(id).textContent = text;
  byId(id).hidden = text === "";
}

await new Page().run();
