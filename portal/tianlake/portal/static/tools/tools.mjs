/** Fits the map's tools: coordinates, measuring, going to a place, links, pictures, printing. */

/** @import { Bench } from "../fittings.mjs" */
import { make } from "../dom.mjs";
import { followAddress } from "./linking.mjs";
import { printWithMap } from "./printing.mjs";
import { readout } from "./readout.mjs";
import { toolbar } from "./toolbar.mjs";

/** @param {Bench} bench */
export async function fit(bench) {
  const { embed } = document.documentElement.dataset;
  await styled("tools.css");
  followAddress(bench);
  printWithMap(bench);
  readout(bench.board);
  if (embed === undefined) toolbar(bench);
}

/**
 * Resolves once a style sheet of this folder applies, or cannot be had: tools work without.
 *
 * @param {string} name
 */
function styled(name) {
  const link = make("link", { rel: "stylesheet", href: new URL(name, import.meta.url).href });
  return new Promise((done) => {
    link.addEventListener("load", done);
    link.addEventListener("error", done);
    document.head.append(link);
  });
}
