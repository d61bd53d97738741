/** The part of a card that is about having the data: its files, and lines of code that use it where it lies. */

/** @import { Actions } from "./cards.mjs" */
/** @import { Product } from "./catalog.mjs" */
/** @import { Entry } from "./entries.mjs" */
/** @import { FileLink } from "./files.mjs" */
/** @import { Language } from "./words.mjs" */
import { make } from "./dom.mjs";
import { download } from "./downloads.mjs";
import { heldKey } from "./keyring.mjs";
import { say } from "./words.mjs";

/**
 * @param {Entry} entry
 * @param {Product} product
 * @param {Language} language
 * @param {Actions} actions
 */
export function use(entry, product, language, actions) {
  const details = make("details", { class: "use" }, make("summary", {}, say(language, "use")));
  details.open = entry.open;
  details.addEventListener("toggle", () => {
    entry.open = details.open;
  });
  const told = make("div", { role: "status" });
  const links = product.files.map((file) => make("li", {}, fileLink(file, product, language, actions, told)));
  details.append(make("ul", { class: "files", "aria-label": say(language, "files") }, ...links), told);
  for (const [what, code] of snippets(product, entry, language))
    details.append(snippet(what, code, language, actions));
  return details;
}

/**
 * Return the link to a file. What needs a key is fetched by the page: a link alone cannot send one.
 *
 * @param {FileLink} file
 * @param {Product} product
 * @param {Language} language
 * @param {Actions} actions
 * @param {HTMLElement} told Where it is said how a download goes.
 */
function fileLink({ href, title, type, metered }, product, language, actions, told) {
  const anchor = link(href, title, type);
  if (!metered || product.access === "open") return anchor;
  anchor.addEventListener("click", (event) => {
    event.preventDefault();
    if (heldKey() === null) actions.enterKey();
    else void download(href, told, language);
  });
  return anchor;
}

/**
 * Return lines of code that use a product where it lies, each with what it is for.
 *
 * @param {Product} product
 * @param {Entry} entry
 * @param {Language} language
 * @returns {[string, string][]}
 */
function snippets(product, { archive }, language) {
  /** @type {[string, string][]} */
  const lines = [];
  const key = product.access === "open" ? null : say(language, "yourKey");
  if (product.table) {
    // without its scope, DuckDB would send the key to every host
    const scope = new URL(product.table).origin;
    const secret = `CREATE SECRET (TYPE http, SCOPE '${scope}', EXTRA_HTTP_HEADERS MAP {'X-Api-Key': '${key}'}); `;
    const select = `SELECT * FROM read_parquet('${product.table.replaceAll("'", "''")}') LIMIT 10;`;
    lines.push(["DuckDB", key === null ? select : secret + select]);
  }
  if (product.tiles) {
    // without their size, tiles of a raster would be drawn at 512 pixels, and blurred
    const size = archive?.kind === "raster" ? `, tileSize: ${archive.tileSize}` : "";
    const url = JSON.stringify(product.tiles);
    const source = `{type: "${archive?.kind ?? "vector"}", url: ${JSON.stringify(`pmtiles://${product.tiles}`)}${size}}`;
    const headers = `new Headers({"X-Api-Key": "${key}"})`;
    const keyed = `protocol.add(new pmtiles.PMTiles(new pmtiles.FetchSource(${url}, ${headers}))); `;
    lines.push([
      "MapLibre",
      `${key === null ? "" : keyed}map.addSource(${JSON.stringify(product.id)}, ${source});`,
    ]);
  }
  return lines;
}

/**
 * @param {string} what
 * @param {string} line
 * @param {Language} language
 * @param {Actions} actions
 */
function snippet(what, line, language, actions) {
  const code = make(
    "code",
    { tabindex: "0", role: "textbox", "aria-readonly": "true", "aria-label": what },
    line,
  );
  const button = make(
    "button",
    { type: "button", class: "copy", "aria-label": say(language, "copyOf", { what }) },
    say(language, "copy"),
  );
  button.addEventListener("click", () => actions.copy(code));
  return make("div", { class: "snippet" }, make("p", { class: "snippet-name" }, what), code, button);
}

/**
 * @param {string} href
 * @param {string} text
 * @param {string} [type]
 */
export function link(href, text, type) {
  return make("a", { href, ...(type ? { type } : {}) }, text);
}
