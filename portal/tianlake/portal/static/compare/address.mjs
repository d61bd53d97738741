/** The comparison in the page's address: `compare=<product>@<release>`, beside what else stands there. */

/**
 * Return which comparison the address asks for.
 *
 * @returns {{id: string, release: string} | null}
 */
export function askedFor() {
  const [id, release] = new URLSearchParams(location.hash.slice(1)).get("compare")?.split("@") ?? [];
  return id && release ? { id, release } : null;
}

/**
 * Let the address tell of a comparison, or of none.
 *
 * @param {{id: string, release: string} | null} comparison
 */
export function noteComparison(comparison) {
  const kept = location.hash
    .slice(1)
    .split("&")
    .filter((each) => each !== "" && !each.startsWith("compare="));
  if (comparison) kept.push(`compare=${comparison.id}@${comparison.release}`);
  const hash = kept.length ? `#${kept.join("&")}` : location.pathname + location.search;
  history.replaceState(history.state, "", hash);
}
