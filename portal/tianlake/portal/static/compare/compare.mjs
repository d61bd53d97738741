/** The panel that compares the current release of a product with another one. */

/** @import { Product } from "../catalog.mjs" */
/** @import { Bench } from "../fittings.mjs" */
/** @import { Content } from "../tools/panel.mjs" */
/** @import { Changes, Release } from "./releases.mjs" */
/** @import { Change } from "./tables.mjs" */
import { openArchive } from "../archives.mjs";
import { PHONE } from "../canvas.mjs";
import { make } from "../dom.mjs";
import { reason } from "../faults.mjs";
import { partsOf } from "../layers/parts.mjs";
import { reliefOf } from "../layers/relief.mjs";
import { askedFor, noteComparison } from "./address.mjs";
import { changesView } from "./changes_view.mjs";
import { sayCompare } from "./compare_words.mjs";
import { changesOf, otherReleases } from "./releases.mjs";
import { Swipe } from "./swipe.mjs";
import { readChanges, readNames } from "./tables.mjs";

/** @typedef {{release: Release, base: string | null, known: Changes | null, list: Change[]}} Compared */

/**
 * Return the panel that compares releases.
 *
 * @param {Bench} bench
 * @returns {Promise<Content>}
 */
export async function comparePanel(bench) {
  (await reliefOf(bench.board))?.lower(); // two maps in three dimensions would not lie on each other
  const comparison = new Comparison(bench);
  const asked = askedFor();
  if (asked) await comparison.choose(asked.id, asked.release);
  return {
    title: "compare",
    body: comparison.elements,
    speak: () => comparison.speak(),
    close: () => comparison.close(),
  };
}

class Comparison {
  #products = make("select", { id: "compare-product" });
  #releases = make("select", { id: "compare-release" });
  #productLabel = make("label", { for: "compare-product" });
  #releaseLabel = make("label", { for: "compare-release" });
  #choice = make("details", { class: "compare-choice" });
  #choiceName = make("summary");
  #told = make("p", { class: "small", role: "status" });
  #changes = make("div", { class: "changes" });
  /** @type {Product | null} */
  #product = null;
  /** The other releases of the product. @type {Release[]} */
  #others = [];
  /** @type {Compared | null} */
  #compared = null;
  /** @type {Swipe | null} */
  #swipe = null;
  /** @type {unknown} */
  #fault = null;
  #asked = 0;
  #bench;

  /** @param {Bench} bench */
  constructor(bench) {
    this.#bench = bench;
    this.#choice.append(
      ...[this.#choiceName, this.#productLabel, this.#products, this.#releaseLabel, this.#releases],
    );
    this.#choice.open = true;
    this.elements = [this.#choice, this.#told, this.#changes];
    this.#products.addEventListener("change", () => void this.choose(this.#products.value, null));
    this.#releases.addEventListener(
      "change",
      () => void this.choose(this.#products.value, this.#releases.value),
    );
  }

  #comparable() {
    return this.#bench.entries.flatMap(({ product, archive }) => (product && archive ? [product] : []));
  }

  /**
   * Compare a product with one of its releases.
   *
   * @param {string} id Of the product.
   * @param {string | null} release Null while none is chosen.
   */
  async choose(id, release) {
    const asked = ++this.#asked;
    this.#clear();
    try {
      const product = this.#comparable().find((each) => each.id === id) ?? null;
      if (product !== this.#product) {
        this.#others = [];
        this.#product = product;
        const others = product ? await otherReleases(product) : [];
        if (asked !== this.#asked) return;
        this.#others = others;
      }
      const chosen = this.#others.find((each) => each.id === release) ?? null;
      if (product && chosen) await this.#compare(product, chosen, asked);
    } catch (error) {
      if (asked === this.#asked) this.#fault = error;
    }
    this.speak();
  }

  /**
   * @param {Product} product
   * @param {Release} release
   * @param {number} asked
   */
  async #compare(product, release, asked) {
    const known = await changesOf(product);
    if (asked !== this.#asked) return;
    this.#compared = { release, base: known?.base ?? null, known, list: [] };
    this.speak();
    if (release.withdrawn || release.tiles === null) return;
    const archive = await openArchive(release.tiles);
    if (asked !== this.#asked) return;
    const { board } = this.#bench;
    if (!board.stack.shown.get(product.id)?.visible) this.#show(product);
    this.#swipe = new Swipe(this.#bench, product.id);
    noteComparison({ id: product.id, release: release.id });
    if (matchMedia(PHONE).matches) this.#choice.open = false; // room for the map
    await this.#swipe.open(archive);
    if (asked !== this.#asked || known?.base !== release.id || known.file === null) return;
    const list = await readChanges(known.file);
    await this.#name(list, product, release);
    if (asked !== this.#asked) return;
    this.#compared.list = list;
    this.#swipe.highlight(list);
  }

  /** @param {Product} product */
  #show(product) {
    const entry = this.#bench.entries.find((each) => each.product === product);
    if (entry === undefined) return;
    entry.visible = true;
    this.#bench.board.stack.show(product.id, true);
    this.#bench.redraw(entry);
  }

  /**
   * Find out what changed features are called; a list without names is still one.
   *
   * @param {Change[]} list
   * @param {Product} product
   * @param {Release} release
   */
  async #name(list, product, release) {
    const parts = await partsOf(product);
    const nothing = () => /** @type {Map<string, string>} */ (new Map());
    const [newer, older] = await Promise.all([
      readNames(product.table, parts).catch(nothing),
      readNames(list.some(({ change }) => change === "removed") ? release.table : null, parts).catch(nothing),
    ]);
    for (const change of list) change.name = newer.get(change.id) ?? older.get(change.id) ?? null;
  }

  /** Say everything in the board's language. */
  speak() {
    const { language } = this.#bench.board;
    this.#choiceName.textContent = sayCompare(language, "choice");
    this.#productLabel.textContent = sayCompare(language, "product");
    this.#releaseLabel.textContent = sayCompare(language, "release");
    const products = this.#comparable();
    fillSelect(this.#products, [
      ["", sayCompare(language, "choose")],
      ...products.map(({ id, title }) => /** @type {[string, string]} */ ([id, title[language]])),
    ]);
    this.#products.value = this.#product?.id ?? "";
    fillSelect(this.#releases, [
      ["", sayCompare(language, "choose")],
      ...this.#others.map((each) => this.#option(each)),
    ]);
    this.#releases.value = this.#compared?.release.id ?? "";
    this.#releases.disabled = this.#others.length === 0;
    this.#told.textContent = products.length ? this.#say() : sayCompare(language, "nothing");
    this.#told.hidden = this.#told.textContent === "";
    this.#tellChanges();
    if (this.#compared && this.#product)
      this.#swipe?.speak(
        sayCompare(language, "older", { day: dayOf(this.#compared.release.id) }),
        sayCompare(language, "newer", { day: dayOf(this.#product.version ?? "") }),
      );
  }

  /**
   * @param {Release} release
   * @returns {[string, string]}
   */
  #option({ id, withdrawn }) {
    const day = dayOf(id);
    return [id, withdrawn ? sayCompare(this.#bench.board.language, "withdrawn", { day }) : day];
  }

  /** Return what there is to say of the choice, honestly; nothing where the list says it all. */
  #say() {
    const { language } = this.#bench.board;
    if (this.#fault !== null)
      return sayCompare(language, "failed", { reason: reason(language, this.#fault) });
    if (this.#product === null) return "";
    if (this.#others.length === 0) return sayCompare(language, "none");
    if (this.#compared === null) return "";
    const { release, known } = this.#compared;
    if (release.withdrawn) {
      const { when, why } = release.withdrawn;
      return sayCompare(language, "gone", { day: when.slice(0, 10), why });
    }
    if (release.tiles === null) return sayCompare(language, "noTiles");
    if (known === null) return sayCompare(language, "noChanges");
    if (known.base !== release.id) return sayCompare(language, "otherBase", { day: dayOf(known.base) });
    return known.file === null ? sayCompare(language, "unchanged") : "";
  }

  #tellChanges() {
    const compared = this.#compared;
    const told = compared !== null && compared.known !== null && compared.known.base === compared.release.id;
    if (!told || compared.release.withdrawn || compared.known?.file === null) this.#changes.replaceChildren();
    else if (compared.known)
      this.#changes.replaceChildren(...changesView(this.#bench.board, compared.known.counts, compared.list));
  }

  #clear() {
    this.#swipe?.close();
    this.#swipe = null;
    this.#compared = null;
    this.#fault = null;
    noteComparison(null);
  }

  close() {
    this.#asked++;
    this.#clear();
  }
}

/**
 * @param {HTMLSelectElement} select
 * @param {[string, string][]} options
 */
function fillSelect(select, options) {
  select.replaceChildren(...options.map(([value, text]) => make("option", { value }, text)));
}

/**
 * Return when a release was built, from its id: `2026-11-27 20:53:02Z`.
 *
 * @param {string} release
 */
function dayOf(release) {
  const found = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/.exec(release);
  if (found === null) return release;
  const [, year, month, day, hour, minute, second] = found;
  return `${year}-${month}-${day} ${hour}:${minute}:${second}Z`;
}
