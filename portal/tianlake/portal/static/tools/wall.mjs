/**
 * A screen on a wall: shows one product after another, what it is and how fresh; the time; whether the service answers. It
 * loads itself anew when something is published, and stays as it is while nothing answers.
 */

/** @import { Entry } from "../entries.mjs" */
/** @import { Bench } from "../fittings.mjs" */
/** @import { Product } from "../catalog.mjs" */
import { readJson } from "../catalog.mjs";
import { byId, make } from "../dom.mjs";
import { reason } from "../faults.mjs";
import { ageInDays, freshnessText } from "../freshness.mjs";
import { htmlLanguage } from "../words.mjs";
import { sayTool } from "./tool_words.mjs";

const [LEAST, USUAL, MOST] = [5, 20, 600]; // seconds that a product is shown
const ASK_EVERY = 30; // seconds between two looks at the service, at most
const STILL_AFTER = 3; // seconds after which the pointer vanishes

/** @param {Bench} bench */
export function wall(bench) {
  new Wall(bench).run();
}

class Wall {
  /** @type {Entry[]} */
  #shown;
  #at = -1;
  #paused = false;
  #bench;
  #clock = make("p", { class: "wall-clock" });
  #health = make("p", { class: "wall-health", role: "status" });
  #caption = make("section", { class: "wall-caption", "aria-live": "off" });
  /** @type {Map<string, string | null>} What was published when the page was loaded. */
  #published;
  /** @type {(() => string) | null} */
  #state = null;
  /** @type {number | undefined} */
  #stilling;

  /** @param {Bench} bench */
  constructor(bench) {
    this.#bench = bench;
    this.#shown = bench.entries.filter(({ product, archive }) => product && !product.ground && archive);
    const read = bench.entries.flatMap(({ product }) => (product ? [product] : []));
    this.#published = new Map(read.map(({ name, version }) => [name, version]));
  }

  run() {
    const { board } = this.#bench;
    byId("notice").before(make("div", { class: "wall-state" }, this.#clock, this.#health));
    byId("map").after(this.#caption);
    this.#caption.hidden = this.#shown.length === 0;
    board.on("language", () => this.#say());
    addEventListener("keydown", (event) => this.#key(event));
    addEventListener("pointermove", () => this.#beStill());
    this.#beStill();
    setInterval(() => this.#tellTime(), 1000);
    setInterval(() => void this.#look(), Math.min(ASK_EVERY, seconds()) * 1000);
    setInterval(() => this.#paused || this.#next(), seconds() * 1000);
    void stayAwake();
    void this.#look();
    this.#next();
    this.#tellTime();
  }

  /** Show the next product, over the base map and nothing else. */
  #next() {
    if (this.#shown.length === 0) return;
    const { board, entries } = this.#bench;
    this.#at = (this.#at + 1) % this.#shown.length;
    const current = this.#shown[this.#at];
    for (const entry of entries) {
      if (!entry.product || entry.product.ground) continue;
      entry.visible = entry === current;
      board.stack.show(entry.product.id, entry.visible);
    }
    if (current?.product?.bounds) board.fit(current.product.bounds, true);
    this.#say();
  }

  #say() {
    const product = this.#shown[this.#at]?.product;
    if (product) this.#caption.replaceChildren(...this.#told(product));
    this.#tellTime();
    this.#health.textContent = this.#state?.() ?? "";
  }

  /** @param {Product} product */
  #told({ title, updated, legend }) {
    const { language } = this.#bench.board;
    const other = language === "zh" ? "en" : "zh";
    const place = `${this.#at + 1} / ${this.#shown.length}`;
    const facts = [freshnessText(language, ageInDays(updated, Date.now())), place];
    if (this.#paused) facts.push(sayTool(language, "paused"));
    const classes = legend.map(({ title: name, color }) => {
      const swatch = make("span", { class: "swatch", "aria-hidden": "true" });
      swatch.style.backgroundColor = color;
      return make("li", {}, swatch, name[language]);
    });
    return [
      make("h3", {}, title[language]),
      make("p", { class: "wall-other", lang: htmlLanguage(other) }, title[other]),
      make("p", { class: "wall-facts" }, facts.join(" · ")),
      ...(classes.length ? [make("ul", { class: "legend" }, ...classes)] : []),
    ];
  }

  #tellTime() {
    const format = { dateStyle: /** @type {const} */ ("medium"), timeStyle: /** @type {const} */ ("short") };
    const tag = htmlLanguage(this.#bench.board.language);
    this.#clock.textContent = new Intl.DateTimeFormat(tag, format).format(new Date());
  }

  /** Ask whether the service answers, how fast, and whether it has something new. */
  async #look() {
    const { base, board } = this.#bench;
    const begun = performance.now();
    const time = new Date();
    const clock = () => time.toLocaleTimeString(htmlLanguage(board.language));
    try {
      await readJson(new URL("catalog.json", base));
      const milliseconds = Math.round(performance.now() - begun);
      if (await this.#isNew()) return location.reload();
      this.#state = () => sayTool(board.language, "serviceUp", { milliseconds, time: clock() });
      this.#health.classList.remove("down");
    } catch (error) {
      const why = () => reason(board.language, error);
      if (!this.#health.classList.contains("down")) {
        this.#state = () => sayTool(board.language, "serviceDown", { reason: why(), time: clock() });
      }
      this.#health.classList.add("down");
    }
    this.#say();
  }

  async #isNew() {
    const { base } = this.#bench;
    const asked = [...this.#published].map(async ([name, version]) => {
      const { version: now } = await readJson(new URL(`collections/${name}/collection.json`, base));
      return version !== null && now !== version;
    });
    return (await Promise.all(asked)).includes(true);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key !== " ") return;
    event.preventDefault();
    this.#paused = !this.#paused;
    this.#say();
  }

  #beStill() {
    document.documentElement.classList.remove("still");
    clearTimeout(this.#stilling);
    this.#stilling = setTimeout(() => document.documentElement.classList.add("still"), STILL_AFTER * 1000);
  }
}

/** How long each product is shown: `?embed=wall&seconds=15`. */
function seconds() {
  const asked = Number(new URLSearchParams(location.search).get("seconds") ?? USUAL);
  return Number.isFinite(asked) ? Math.min(Math.max(asked, LEAST), MOST) : USUAL;
}

/** Keep the screen lit, where the browser lets a page do that; again whenever it is looked at again. */
async function stayAwake() {
  const ask = () => navigator.wakeLock?.request("screen").catch(() => {});
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") void ask();
  });
  await ask();
}
