/** Snippets of code as tabs, one for each program (WAI-ARIA Authoring Practices, tabs with automatic activation). */

/** @import { Language, TextKey } from "../words.mjs" */
/** @import { Subject } from "./read.mjs" */
/** @import { Program, Snippet } from "./snippets.mjs" */
import { accessNote } from "../access.mjs";
import { make } from "../dom.mjs";
import { heldKey } from "../keyring.mjs";
import { copyCode } from "../secrets.mjs";
import { say } from "../words.mjs";
import { section } from "./section.mjs";
import { snippets } from "./snippets.mjs";

/** @type {Record<Program, [string, TextKey]>} */
const PROGRAMS = {
  maplibre: ["MapLibre", "forMaplibre"],
  openlayers: ["OpenLayers", "forOpenlayers"],
  leaflet: ["Leaflet", "forLeaflet"],
  cesium: ["Cesium", "forCesium"],
  qgis: ["QGIS", "forQgis"],
  duckdb: ["DuckDB", "forDuckdb"],
  python: ["Python", "forPython"],
  stac: ["STAC", "forStac"],
  wmts: ["WMTS", "forWmts"],
};
/** What a key leads to, by how far the tab moves. @type {Record<string, (place: number, count: number) => number>} */
const MOVES = {
  ArrowRight: (place, count) => (place + 1) % count,
  ArrowLeft: (place, count) => (place + count - 1) % count,
  Home: () => 0,
  End: (_, count) => count - 1,
};

export class UsePart {
  /** @type {Program | null} */
  #chosen = null;
  /** Whether the visitor's key is written into the code; null until they say so. @type {boolean | null} */
  #filled = null;

  /**
   * @param {Subject} subject
   * @param {Language} language
   * @param {() => void} enterKey
   */
  render(subject, language, enterKey) {
    const { access } = subject.product;
    const fill = this.#filled ?? access !== "open";
    const held = heldKey();
    const needed = access === "open" ? null : say(language, "yourKey");
    const all = snippets(subject.usable, held !== null && fill ? held : needed);
    const again = () => {
      const made = this.render(subject, language, enterKey);
      part.replaceWith(made);
      return made;
    };
    const part = section("use", "useIt", language, make("p", { class: "quiet" }, say(language, "useLead")));
    part.append(...accessNote(access, language, enterKey));
    if (held !== null) part.append(this.#choice(fill, language, again));
    if (all.length) part.append(...this.#tabs(all, language));
    return part;
  }

  /**
   * @param {boolean} fill
   * @param {Language} language
   * @param {() => HTMLElement} again
   */
  #choice(fill, language, again) {
    const box = make("input", { type: "checkbox", id: "fill-key" });
    box.checked = fill;
    box.addEventListener("change", () => {
      this.#filled = box.checked;
      again().querySelector("input")?.focus();
    });
    const label = make("label", { class: "toggle" }, box, say(language, "fillKey"));
    return make("p", {}, label, " ", make("span", { class: "quiet" }, say(language, "fillKeyNote")));
  }

  /**
   * @param {Snippet[]} all
   * @param {Language} language
   */
  #tabs(all, language) {
    const row = make("div", { class: "tabs", role: "tablist", "aria-label": say(language, "programs") });
    const panels = all.map((snippet) => panel(snippet, language));
    const tabs = all.map(({ program }) => {
      const attributes = {
        role: "tab",
        type: "button",
        id: `tab-${program}`,
        "aria-controls": `code-${program}`,
      };
      return make("button", attributes, PROGRAMS[program][0]);
    });
    const choose = (/** @type {number} */ place) => {
      this.#chosen = all[place]?.program ?? null;
      tabs.forEach((tab, index) => {
        tab.setAttribute("aria-selected", String(index === place));
        tab.tabIndex = index === place ? 0 : -1;
      });
      panels.forEach((each, index) => {
        each.hidden = index !== place;
      });
    };
    tabs.forEach((tab, place) => {
      tab.addEventListener("click", () => choose(place));
      tab.addEventListener("keydown", (event) => {
        const next = MOVES[event.key]?.(place, tabs.length);
        if (next === undefined) return;
        event.preventDefault();
        choose(next);
        tabs[next]?.focus();
      });
    });
    row.append(...tabs);
    const before = all.findIndex(({ program }) => program === this.#chosen);
    choose(Math.max(before, 0));
    return [row, ...panels];
  }
}

/**
 * @param {Snippet} snippet
 * @param {Language} language
 */
function panel({ program, code: text }, language) {
  const [what, note] = PROGRAMS[program];
  const code = make(
    "code",
    { tabindex: "0", role: "textbox", "aria-readonly": "true", "aria-multiline": "true", "aria-label": what },
    text,
  );
  const label = say(language, "copyOf", { what });
  const button = make(
    "button",
    { type: "button", class: "copy", "aria-label": label },
    say(language, "copy"),
  );
  button.addEventListener("click", () => void copyCode(code, language));
  const attributes = {
    role: "tabpanel",
    id: `code-${program}`,
    "aria-labelledby": `tab-${program}`,
    class: "code-panel",
  };
  return make(
    "div",
    attributes,
    make("p", { class: "quiet" }, say(language, note)),
    make("pre", {}, code),
    button,
  );
}
