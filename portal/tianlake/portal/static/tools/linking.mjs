/** Keep the page's address true to what is seen, follow it when it is changed, and give it to others. */

/** @import { Link } from "../permalink.mjs" */
/** @import { Bench } from "../fittings.mjs" */
/** @import { Content } from "./panel.mjs" */
import { make } from "../dom.mjs";
import { jump, readLink, writeLink } from "../permalink.mjs";
import { copyCode } from "../secrets.mjs";
import { currentMark, mark, unmark } from "./marks.mjs";
import { sayTool } from "./tool_words.mjs";

/**
 * Show the mark that the address asks for, and keep the address true from now on.
 *
 * @param {Bench} bench
 */
export function followAddress({ board }) {
  const follow = () => {
    const link = readLink(location.hash);
    if (link.mark) mark(board, link.mark.lon, link.mark.lat, link.mark.label);
    else unmark();
    return link;
  };
  follow();
  const write = () => history.replaceState(history.state, "", writeLink(location.hash, seen(board)));
  addEventListener("hashchange", () => {
    const { view, layers, lang } = follow();
    const now = seen(board);
    const other = layers !== null && layers.toSorted().join() !== now.layers?.toSorted().join();
    if (other || (lang !== null && lang !== now.lang)) location.reload();
    else if (view) board.map.jumpTo(jump(view));
  });
  board.on("view", write);
  board.on("layers", write);
  board.on("language", write);
  write();
}

/**
 * @param {Bench["board"]} board
 * @returns {Link}
 */
function seen(board) {
  const { lng, lat } = board.map.getCenter();
  const [zoom, bearing, pitch] = [board.map.getZoom(), board.map.getBearing(), board.map.getPitch()];
  const view = { zoom, lat, lon: lng, bearing, pitch };
  return { view, layers: board.stack.seen(), lang: board.language, mark: currentMark() };
}

/**
 * Return the panel that gives the address, and code that shows the same map in other pages.
 *
 * @param {Bench} bench
 * @returns {Content}
 */
export function linkPanel({ board, base }) {
  const rows = [linkText, frameCode, elementCode].map((text) => {
    const title = make("p", { class: "snippet-name" });
    const code = make("code", { tabindex: "0" });
    const copy = make("button", { type: "button", class: "copy" });
    copy.addEventListener("click", () => void copyCode(code, board.language));
    return { text, title, code, copy, row: make("div", { class: "snippet" }, title, copy, code) };
  });
  const speak = () => {
    for (const { text, title, code, copy } of rows) {
      const { key, value } = text(board, base);
      const name = sayTool(board.language, key);
      title.textContent = name;
      code.textContent = value;
      code.setAttribute("aria-label", name);
      copy.textContent = sayTool(board.language, "copy");
      copy.setAttribute("aria-label", sayTool(board.language, "copyOf", { what: name }));
    }
  };
  const ends = [board.on("view", speak), board.on("layers", speak)];
  return {
    title: "link",
    body: rows.map(({ row }) => row),
    speak,
    close: () => ends.forEach((end) => end()),
  };
}

function linkText() {
  return { key: /** @type {const} */ ("linkPage"), value: location.href };
}

/** An entry for other pages, as a frame. */
function frameCode() {
  const address = new URL(location.href);
  address.search = "?embed=1";
  const value = `<iframe src="${address.href.replaceAll("&", "&amp;")}" width="800" height="600" loading="lazy"></iframe>`;
  return { key: /** @type {const} */ ("linkFrame"), value };
}

/**
 * @param {Bench["board"]} board
 * @param {URL} base
 */
function elementCode(board, base) {
  const { lng, lat } = board.map.getCenter();
  const script = `<script type="module" src="${new URL("portal/tianlake-map.mjs", base).href}"></script>`;
  const place = `center="${lng.toFixed(5)},${lat.toFixed(5)}" zoom="${board.map.getZoom().toFixed(2)}"`;
  const element = `<tianlake-map src="${base.href}" ${place} lang="${board.language}"></tianlake-map>`;
  return { key: /** @type {const} */ ("linkElement"), value: `${script} ${element}` };
}
