/**
 * The page within others: `?embed=1` is the map alone, for frames; `?embed=wall` is for screens on a wall, where nobody
 * stands at a keyboard. Its clothes are `embed.css`; what the wall does by itself is `tools/wall.mjs`.
 */

import { addStyles } from "./dom.mjs";

/** @typedef {"1" | "wall"} Embed */

/**
 * Return how the page is embedded, null where it is not.
 *
 * @returns {Embed | null}
 */
export function embedMode() {
  const asked = new URLSearchParams(location.search).get("embed");
  if (asked === null || asked === "" || asked === "0") return null;
  return asked === "wall" ? "wall" : "1";
}

/** Dress the page for where it is; at once where it stands for itself. */
export async function dress() {
  const mode = embedMode();
  if (mode === null) return;
  document.documentElement.dataset.embed = mode;
  await addStyles(new URL("embed.css", import.meta.url));
}
