/** The comparison in the page's address: `compare=<product>@<release>`, beside what else stands there. */

import { readPart, writePart } from "../permalink.mjs";

const PART = "compare";

/**
 * Return which comparison the address asks for.
 *
 * @returns {{id: string, release: string} | null}
 */
export function askedFor() {
  const [id, release] = readPart(location.hash, PART)?.split("@") ?? [];
  return id && release ? { id, release } : null;
}

/**
 * Let the address tell of a comparison, or of none.
 *
 * @param {{id: string, release: string} | null} comparison
 */
export function noteComparison(comparison) {
  const value = comparison && `${comparison.id}@${comparison.release}`;
  history.replaceState(history.state, "", writePart(location.hash, PART, value));
}
