/** Go to coordinates that the visitor types, in whatever form, and mark the place. */

/** @import { Board } from "../map.mjs" */
/** @import { Content } from "./panel.mjs" */
/** @import { ToolKey } from "./tool_words.mjs" */
import { make } from "../dom.mjs";
import { mark } from "./marks.mjs";
import { write } from "./places.mjs";
import { readPlace, Unread } from "./reading.mjs";
import { sayTool } from "./tool_words.mjs";

const CLOSE = 10; // zoom from which the map comes no closer by itself

/**
 * @param {Board} board
 * @returns {Content}
 */
export function going(board) {
  const label = make("label", { for: "go-field" });
  const field = make("input", {
    id: "go-field",
    type: "text",
    autocomplete: "off",
    "aria-describedby": "go-hint go-said",
  });
  const submit = make("button", { type: "submit", class: "action" });
  const hint = make("p", { id: "go-hint", class: "quiet" });
  const said = make("p", { id: "go-said", role: "status" });
  const form = make("form", { class: "go-form", novalidate: "" }, label, field, submit, hint, said);
  /** @type {() => string} */
  let message = () => "";
  const tell = (/** @type {() => string} */ what, /** @type {boolean} */ wrong) => {
    message = what;
    said.textContent = message();
    said.className = wrong ? "tool-fault" : "quiet";
    if (wrong) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    try {
      const [lon, lat] = readPlace(field.value);
      const place = write("degrees", lon, lat) ?? "";
      mark(board, lon, lat, place);
      const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
      board.map.easeTo({ center: [lon, lat], zoom: Math.max(board.map.getZoom(), CLOSE), animate: !still });
      tell(() => sayTool(board.language, "wentTo", { place }), false);
    } catch (error) {
      if (!(error instanceof Unread)) throw error;
      tell(() => sayTool(board.language, error.key, error.values), true);
    }
  });
  const speak = () => {
    const text = (/** @type {ToolKey} */ key) => sayTool(board.language, key);
    label.textContent = text("goToField");
    submit.textContent = text("go");
    hint.textContent = text("goToHint");
    said.textContent = message();
  };
  return { title: "goTo", body: [form], speak };
}
