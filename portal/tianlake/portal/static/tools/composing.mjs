/**
 * A picture of the map that says by itself what it means and owes: below the map stand the map-approval numbers, scale
 * bar, legend and sources, on it the mark of a demonstration, in the picture's own pixels, where no page around them can
 * be lost.
 */

/** @import { Bench } from "../fittings.mjs" */
import { htmlLanguage } from "../words.mjs";
import { currentMark } from "./marks.mjs";
import { metresPerPixel, scaleBar } from "./scale.mjs";
import { sayTool } from "./tool_words.mjs";

const FONT = '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "WenQuanYi Micro Hei", sans-serif';
const [INK, PAPER, MARK, NOTICE_INK, NOTICE_PAPER] = ["#1d2a38", "#ffffff", "#a11d2b", "#4a2f00", "#ffd98a"];
const MARGIN = 10; // CSS pixels, as all lengths here
const LINE = 18;
const SMALL = 12;
const BAR_MOST = 120;
const BREAK = /(?<=[ ·|，；、])|(?=[\u4e00-\u9fff])/; // where a line may end

/**
 * Return what a picture says below its map, line by line.
 *
 * @param {Bench} bench
 */
export function words({ board, node }) {
  const { numbers, sources } = board.credits();
  const { language } = board;
  const date = new Intl.DateTimeFormat(htmlLanguage(language), { dateStyle: "medium" }).format(new Date());
  const name = node ? `${node.shortName} · ${node.name}` : "";
  return {
    notice: node?.notice ?? "",
    numbers,
    lines: [name, sources, sayTool(language, "pictureMade", { date, crs: "CGCS2000" })].filter(Boolean),
  };
}

/**
 * Draw the map as it is seen now, with its legend and its words.
 *
 * @param {Bench} bench
 * @param {(pen: CanvasRenderingContext2D, width: number) => {lines: number, draw: (x: number, y: number) => void}} lay
 * Lays out the legend.
 * @returns {HTMLCanvasElement}
 */
export function compose(bench, lay) {
  const { clientWidth: width, clientHeight: height } = bench.board.map.getCanvas();
  const said = words(bench);
  const pen = newPen();
  const lines = said.lines.flatMap((line) => wrapped(pen, line, width - 2 * MARGIN));
  const legend = lay(pen, width - 2 * MARGIN);
  drawMap(pen, bench, MARGIN * 2 + LINE * (1 + legend.lines + lines.length));
  const top = height + MARGIN;
  drawFoot(pen, bench, { top, width, numbers: said.numbers, lines, below: LINE * (1 + legend.lines) });
  legend.draw(MARGIN, top + LINE);
  return pen.canvas;
}

/**
 * Draw the map as it is seen now, with the scale bar below it and nothing else.
 *
 * @param {Bench} bench
 * @returns {HTMLCanvasElement}
 */
export function composeMap(bench) {
  const { clientWidth: width, clientHeight: height } = bench.board.map.getCanvas();
  const pen = newPen();
  drawMap(pen, bench, MARGIN + LINE);
  drawFoot(pen, bench, { top: height + MARGIN / 2, width, numbers: "", lines: [], below: 0 });
  return pen.canvas;
}

function newPen() {
  const pen = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
  pen.font = `${SMALL}px ${FONT}`;
  return pen;
}

/**
 * Make the pen's canvas as large as the map and what stands below it, and draw the map with its mark and notice.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Bench} bench
 * @param {number} foot Height below the map.
 */
function drawMap(pen, bench, foot) {
  const { map } = bench.board;
  const source = map.getCanvas();
  const { clientWidth: width, clientHeight: height } = source;
  const ratio = source.width / width;
  pen.canvas.width = source.width;
  pen.canvas.height = Math.round((height + foot) * ratio);
  pen.scale(ratio, ratio);
  pen.fillStyle = PAPER;
  pen.fillRect(0, 0, width, height + foot);
  map.redraw(); // in this very task, or the browser has cleared what was drawn
  pen.drawImage(source, 0, 0, width, height);
  drawMark(pen, bench);
  if (bench.node?.notice) drawNotice(pen, bench.node.notice, width);
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Bench} bench
 * @param {{top: number, width: number, numbers: string, lines: string[], below: number}} foot `below`: where its lines
 * begin, from its top.
 */
function drawFoot(pen, { board }, { top, width, numbers, lines, below }) {
  pen.font = `${SMALL}px ${FONT}`;
  pen.textBaseline = "middle";
  pen.fillStyle = INK;
  pen.textAlign = "left";
  const first = top + LINE / 2;
  if (numbers) pen.fillText(numbers, MARGIN, first, width * 0.6); // at the bottom left, where they belong
  const { pixels, text } = scaleBar(metresPerPixel(board.map), BAR_MOST, board.language);
  pen.textAlign = "right";
  pen.fillText(text, width - MARGIN - pixels - 6, first);
  pen.strokeStyle = INK;
  pen.lineWidth = 2;
  pen.beginPath();
  pen.moveTo(width - MARGIN - pixels, first - 5);
  pen.lineTo(width - MARGIN - pixels, first + 5);
  pen.lineTo(width - MARGIN, first + 5);
  pen.lineTo(width - MARGIN, first - 5);
  pen.stroke();
  pen.textAlign = "left";
  lines.forEach((line, place) => pen.fillText(line, MARGIN, first + below + LINE * place));
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {string} notice
 * @param {number} width
 */
function drawNotice(pen, notice, width) {
  pen.font = `bold 14px ${FONT}`;
  pen.textBaseline = "middle";
  pen.textAlign = "right";
  const wide = Math.min(pen.measureText(notice).width + 20, width - 2 * MARGIN);
  pen.fillStyle = NOTICE_PAPER;
  pen.fillRect(width - MARGIN - wide, MARGIN, wide, 26);
  pen.fillStyle = NOTICE_INK;
  pen.fillText(notice, width - MARGIN - 10, MARGIN + 13, wide - 20);
}

/**
 * The mark is no part of the map's own canvas.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Bench} bench
 */
function drawMark(pen, { board }) {
  const marked = currentMark();
  if (!marked) return;
  const { x, y } = board.map.project([marked.lon, marked.lat]);
  pen.fillStyle = MARK;
  pen.strokeStyle = PAPER;
  pen.lineWidth = 2;
  pen.beginPath();
  pen.arc(x, y - 9, 7, 0, 2 * Math.PI);
  pen.fill();
  pen.stroke();
  pen.font = `bold 13px ${FONT}`;
  pen.textBaseline = "middle";
  pen.textAlign = "left";
  pen.lineWidth = 4;
  pen.strokeText(marked.label, x + 11, y - 9);
  pen.fillText(marked.label, x + 11, y - 9);
}

/**
 * Return a text in lines of a width.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {string} text
 * @param {number} width
 */
function wrapped(pen, text, width) {
  const lines = [""];
  for (const piece of text.split(BREAK)) {
    const longer = `${lines.at(-1)}${piece}`;
    if (lines.at(-1) !== "" && pen.measureText(longer).width > width) lines.push(piece.trimStart());
    else lines[lines.length - 1] = longer;
  }
  return lines;
}
