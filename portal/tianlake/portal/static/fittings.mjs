/** Tools of the map. Each is a module that is loaded once the map stands, so that none delays the first view. */

/** @import { NodeCard } from "./catalog.mjs" */
/** @import { Entry } from "./entries.mjs" */
/** @import { Board } from "./map.mjs" */

/**
 * @typedef {object} Bench What a tool works with.
 * @property {Board} board
 * @property {Entry[]} entries The node's products, in the order of the list.
 * @property {NodeCard | null} node Null where its description could not be read.
 * @property {URL} base The node's folder.
 * @property {(entry: Entry) => void} redraw Shows the state of an entry in the list, after a tool has changed it.
 *
 * @typedef {{fit: (bench: Bench) => void | Promise<void>}} Fitting
 */

/** @type {(() => Promise<Fitting>)[]} */
const FITTINGS = [
  () => import("./tools/tools.mjs"),
  () => import("./layers/fit.mjs"),
  () => import("./find/places.mjs"),
];

/**
 * Load all tools and fit them, in their order.
 *
 * @param {Bench} bench
 */
export async function fitAll(bench) {
  for (const loading of FITTINGS.map((load) => load())) await (await loading).fit(bench);
}
