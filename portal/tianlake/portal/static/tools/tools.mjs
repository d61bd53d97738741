/** Fits the map's tools: coordinates, measuring, going to a place, links, pictures, printing. */

/** @import { Bench } from "../fittings.mjs" */
import { addStyles, make } from "../dom.mjs";
import { embedMode } from "../embed.mjs";
import { followAddress } from "./linking.mjs";
import { readout } from "./readout.mjs";
import { sayTool } from "./tool_words.mjs";
import { toolbar } from "./toolbar.mjs";

/** @param {Bench} bench */
export async function fit(bench) {
  const mode = embedMode();
  await addStyles(new URL("tools.css", import.meta.url));
  followAddress(bench);
  prepareToPrint(bench);
  if (mode === "wall") return (await import("./wall.mjs")).wall(bench);
  readout(bench.board);
  if (mode === null) toolbar(bench);
  else leadOut(bench);
}

/**
 * Be ready for paper once the map is drawn: a browser that prints waits for no code, and the first view for none of this.
 *
 * @param {Bench} bench
 */
function prepareToPrint(bench) {
  const { board } = bench;
  const prepare = async () => (await import("./printing.mjs")).printWithMap(bench);
  if (board.settled()) void prepare();
  else board.map.once("idle", () => void prepare());
}

/**
 * Lead from an embedded map to the same view on the site itself.
 *
 * @param {Bench} bench
 */
function leadOut({ board }) {
  const link = make("a", { class: "embed-link", target: "_blank", rel: "noopener" });
  const write = () => {
    link.href = `${location.pathname}${location.hash}`;
    link.textContent = `${sayTool(board.language, "openPage")} ↗`;
  };
  document.querySelector(".masthead")?.append(link);
  board.on("view", write);
  board.on("layers", write);
  board.on("language", write);
  write();
}
