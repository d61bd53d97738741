/** A small map on a page that is about something else: the node's base map, for what the page lays on it. */

/** @import { Board } from "../map.mjs" */
/** @import { Language } from "../words.mjs" */
import { readCatalog, readNode } from "../catalog.mjs";
import { byId } from "../dom.mjs";
import { openEntry, readEntry } from "../entries.mjs";
import { readGround } from "../ground.mjs";

const GROUND = "ground";
/** China, with 曾母暗沙 and 南海断续线. @type {[number, number, number, number]} */
const CHINA = [73, 3, 136, 54];

/**
 * Open a map in an element of the page; its code is fetched now, and not before.
 *
 * @param {string} id
 * @param {URL} base The node's folder.
 * @param {Language} language
 * @returns {Promise<Board>}
 */
export async function openBoard(id, base, language) {
  const { Board: MapBoard } = await import("../map.mjs");
  const board = new MapBoard(byId(id), language, () => {}); // without its base map, a small map still shows its own
  board.fit(CHINA, false);
  await board.open();
  await layGround(board, base).catch(() => {}); // see above
  return board;
}

/**
 * Lay the node's base map: its own, else what `node.json` names, where the page's policy lets it be asked for.
 *
 * @param {Board} board
 * @param {URL} base
 */
async function layGround(board, base) {
  const [{ basemap }, { products }] = await Promise.all([readNode(base), readCatalog(base)]);
  const entries = await Promise.all(products.map((listed) => readEntry(listed, base)));
  const own = entries.find(({ product }) => product?.ground);
  const ground = own === undefined ? null : (await openEntry(own)).ground;
  if (ground !== null) return board.stack.lay(GROUND, ground, true);
  if (basemap !== null && new URL(basemap).origin === location.origin)
    board.stack.lay(GROUND, await readGround(basemap, GROUND), true);
}
