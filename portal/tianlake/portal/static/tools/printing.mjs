/** Print the map: on paper stand its picture, with all that it owes, and the name of the node; nothing else. */

/** @import { Bench } from "../fittings.mjs" */
import { make } from "../dom.mjs";
import { compose, words } from "./composing.mjs";

/** @param {Bench} bench */
export function printWithMap(bench) {
  /** @type {HTMLElement | null} */
  let sheet = null;
  addEventListener("beforeprint", () => {
    const { notice, numbers, lines } = words(bench);
    const picture = compose(bench);
    picture.setAttribute("role", "img");
    picture.setAttribute("aria-label", [notice, numbers, ...lines].filter(Boolean).join(" · "));
    const address = make("p", {}, location.href);
    sheet?.remove();
    sheet = make("figure", { class: "print-sheet" }, picture, make("figcaption", {}, address));
    document.body.append(sheet);
  });
  addEventListener("afterprint", () => {
    sheet?.remove();
    sheet = null;
  });
}
