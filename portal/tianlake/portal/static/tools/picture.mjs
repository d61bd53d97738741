/** Save the map as a PNG; what is owed is drawn into it, and written into the file too. */

/** @import { Bench } from "../fittings.mjs" */
/** @import { Content } from "./panel.mjs" */
import { make } from "../dom.mjs";
import { compose, words } from "./composing.mjs";
import { drawLegend, legendLines, legendsOn, unitsOn } from "./picture_legend.mjs";
import { withTexts } from "./png.mjs";
import { sayTool } from "./tool_words.mjs";

const RELEASE_AFTER = 60_000; // milliseconds that a browser may take to begin the download

/**
 * Make the picture, and offer it at once.
 *
 * @param {Bench} bench
 * @returns {Promise<Content>}
 */
export async function savePicture(bench) {
  const { board, node } = bench;
  const legends = legendsOn(board, await unitsOn(board));
  const canvas = compose(bench, (pen, width) => {
    const lines = legendLines(pen, legends, board.language, width);
    return { lines: lines.length, draw: (x, y) => drawLegend(lines, x, y) };
  });
  const drawn = await new Promise((done) => canvas.toBlob(done, "image/png"));
  const { notice, numbers, lines } = words(bench);
  const texts = {
    Copyright: [numbers, ...lines].filter(Boolean).join("\n"),
    Source: location.href,
    Comment: notice,
  };
  const file = withTexts(await /** @type {Blob} */ (drawn).arrayBuffer(), texts);
  const href = URL.createObjectURL(file);
  const day = new Date().toISOString().slice(0, 10);
  const link = make("a", { href, download: `tianlake-${node?.code ?? "map"}-${day}.png` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(href), RELEASE_AFTER);
  const said = make("p", { role: "status" });
  const speak = () => {
    link.textContent = link.download;
    said.textContent = sayTool(board.language, "pictureSaved", {
      width: canvas.width,
      height: canvas.height,
    });
  };
  return { title: "picture", body: [said, link], speak };
}
