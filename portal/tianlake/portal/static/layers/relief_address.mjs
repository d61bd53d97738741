/**
 * Terrain in the page's address: `terrain=1.5` where it is drawn in three dimensions, so many times as high as it is.
 * From where it is seen stands in `map=`, as for every view.
 */

/** @import { Board } from "../map.mjs" */
/** @import { Relief } from "./relief.mjs" */
import { readPart, writePart } from "../permalink.mjs";
import { MOST_TIMES, LEAST_TIMES } from "./relief.mjs";

const PART = "terrain";

/**
 * Return how many times as high as it is the address wants terrain; null where it wants none.
 *
 * @returns {number | null}
 */
export function terrainAskedFor() {
  const times = Number(readPart(location.hash, PART) ?? NaN);
  return times >= LEAST_TIMES && times <= MOST_TIMES ? times : null;
}

/**
 * Draw terrain as the address asks, and keep the address true from then on.
 *
 * @param {Board} board
 * @param {Relief} relief
 */
export async function followTerrain(board, relief) {
  const follow = async () => {
    const times = terrainAskedFor();
    if (times === null) return relief.lower(true);
    relief.exaggerate(times);
    await relief.raise(true);
  };
  if (terrainAskedFor() !== null) await follow();
  const write = () => {
    const hash = writePart(location.hash, PART, relief.raised ? String(relief.times) : null);
    if (hash !== location.hash) history.replaceState(history.state, "", hash);
  };
  addEventListener("hashchange", () => void follow());
  board.on("layers", write);
  write();
}
