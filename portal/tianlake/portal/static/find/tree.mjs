/** The tree of divisions: province, city, county. To go to one, and to look within it alone. */

/** @import { Language } from "../words.mjs" */
/** @import { Division, PlacesApi } from "./places_api.mjs" */
import { make } from "../dom.mjs";
import { faultNote } from "../faults.mjs";
import { say } from "../words.mjs";

/** Levels below the nation that the list of divisions has. */
const DEEPEST = 3;

/**
 * Return the tree; what lies below a division is asked for when it is unfolded.
 *
 * @param {PlacesApi} api
 * @param {string} root Code of the division that it begins below.
 * @param {Language} language
 * @param {(division: Division) => void} onChoice
 */
export function divisionTree(api, root, language, onChoice) {
  const details = make(
    "details",
    { class: "division-tree" },
    make("summary", {}, say(language, "divisionTree")),
  );
  const branch = make("div", {});
  details.append(branch);
  details.addEventListener("toggle", () => {
    if (details.open) void unfold(branch, root, levelOf(root) + 1);
  });

  /**
   * @param {HTMLElement} place
   * @param {string} code
   * @param {number} level Of what lies below.
   */
  async function unfold(place, code, level) {
    if (place.querySelector("ul")) return;
    place.replaceChildren(make("p", { class: "quiet", role: "status" }, say(language, "reading")));
    try {
      const found = await api.below(code);
      place.replaceChildren(make("ul", {}, ...found.map((division) => item(division, level))));
    } catch (error) {
      place.replaceChildren(faultNote(language, "noPlaces", error));
    }
  }

  /**
   * @param {Division} division
   * @param {number} level
   */
  function item(division, level) {
    const name = make("button", { type: "button", class: "link" }, division.name);
    name.addEventListener("click", () => onChoice(division));
    if (level >= DEEPEST) return make("li", {}, name);
    const below = make("div", {});
    below.hidden = true;
    const label = say(language, "divisionBelow", { name: division.name });
    const fold = make(
      "button",
      { type: "button", class: "fold", "aria-expanded": "false", "aria-label": label },
      "▸",
    );
    fold.addEventListener("click", () => {
      below.hidden = !below.hidden;
      fold.setAttribute("aria-expanded", String(!below.hidden));
      fold.textContent = below.hidden ? "▸" : "▾";
      if (!below.hidden) void unfold(below, division.code, level + 1);
    });
    return make("li", {}, fold, name, below);
  }

  return details;
}

/**
 * Return the level of a division: 0 the nation, 3 a county.
 *
 * @param {string} code
 */
function levelOf(code) {
  if (code.endsWith("000000")) return 0;
  if (code.endsWith("0000")) return 1;
  return code.endsWith("00") || /^156\d\d9/.test(code) ? 2 : DEEPEST;
}
