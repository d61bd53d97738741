/** Changed features, counted and listed. */

/** @import { Board } from "../map.mjs" */
/** @import { Kind } from "./releases.mjs" */
/** @import { Change } from "./tables.mjs" */
import { PHONE } from "../canvas.mjs";
import { make } from "../dom.mjs";
import { sayCompare } from "./compare_words.mjs";
import { COLORS, placeOf } from "./highlights.mjs";
import { KINDS } from "./releases.mjs";

/** Changes that are listed; all are counted and highlighted. */
const MOST_LISTED = 500;

/**
 * @param {Board} board
 * @param {Record<Kind, number>} counts
 * @param {Change[]} list Empty until it has been read.
 */
export function changesView(board, counts, list) {
  const { language } = board;
  const figures = KINDS.map((kind) =>
    make(
      "div",
      { "data-kind": kind },
      make("dt", {}, sign(kind), sayCompare(language, kind)),
      make("dd", {}, counts[kind].toLocaleString(language === "zh" ? "zh-CN" : "en")),
    ),
  );
  const shown = [
    make("h4", {}, sayCompare(language, "counts")),
    make("dl", { class: "change-counts" }, ...figures),
  ];
  if (list.length === 0)
    return [...shown, make("p", { class: "quiet small" }, sayCompare(language, "reading"))];
  const items = list.slice(0, MOST_LISTED).map((change) => item(board, change));
  const details = make(
    "details",
    {},
    make("summary", {}, sayCompare(language, "list", { count: list.length })),
    make("ol", { class: "change-list" }, ...items),
  );
  details.open = !matchMedia(PHONE).matches; // on a phone it would hide the map
  if (list.length > MOST_LISTED)
    details.append(make("p", { class: "quiet small" }, sayCompare(language, "cut", { count: MOST_LISTED })));
  return [...shown, details];
}

/**
 * @param {Board} board
 * @param {Change} change
 */
function item(board, change) {
  const { language } = board;
  const name = change.name ?? change.id;
  const place = placeOf(change);
  const button = make("button", { type: "button", class: "plain" }, name);
  button.setAttribute("aria-label", sayCompare(language, "goTo", { name }));
  button.disabled = place === null;
  button.addEventListener("click", () => {
    if (place) board.fit(place, true);
  });
  const what = [make("span", { class: "quiet" }, sayCompare(language, change.change))];
  if (change.attributes.length) {
    const names = change.attributes.join(language === "zh" ? "、" : ", ");
    what.push(make("span", { class: "quiet" }, sayCompare(language, "differs", { names })));
  }
  return make("li", { "data-kind": change.change }, sign(change.change), button, ...what);
}

/** @param {Kind} kind */
function sign(kind) {
  const mark = make("span", { class: "swatch", "aria-hidden": "true" });
  mark.style.backgroundColor = COLORS[kind];
  return mark;
}
