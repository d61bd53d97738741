/** The legend of everything that is seen, as it stands below the map in a picture of it. */

/** @import { Board } from "../map.mjs" */
/** @import { Language } from "../words.mjs" */
/** @import { Legend, Sign } from "../layers/legends.mjs" */
import { sayLayer } from "../layers/layer_words.mjs";
import { legendOf } from "../layers/legends.mjs";
import { amountText } from "../layers/legend_view.mjs";
import { partsOf, unitIn } from "../layers/parts.mjs";
import { stopsOf } from "../layers/ramps.mjs";

const LINE = 18; // CSS pixels, as all lengths here
const SWATCH = { width: 14, height: 10 };
const RAMP = 110;
const [NEAR, APART] = [5, 16];

/** @typedef {{title: string, legend: Legend, unit: string | null}} Told What one layer's signs mean. */
/** @typedef {{width: number, draw: (x: number, y: number) => void}} Piece `y` is the middle of its line. */

/**
 * Return the units of the amounts that are seen, by layer: they have to be read.
 *
 * @param {Board} board
 * @returns {Promise<Map<string, string>>}
 */
export async function unitsOn(board) {
  const asked = [...board.stack.shown].map(async ([id, { archive, product, visible }]) => {
    const unit = visible && archive?.ramp && product ? unitIn(await partsOf(product)) : null;
    return /** @type {[string, string][]} */ (unit === null ? [] : [[id, unit]]);
  });
  return new Map((await Promise.all(asked)).flat());
}

/**
 * Return the legends of everything that is seen and has one, the uppermost first.
 *
 * @param {Board} board
 * @param {Map<string, string>} units
 * @returns {Told[]}
 */
export function legendsOn({ language, stack }, units) {
  return [...stack.shown]
    .reverse()
    .filter(([, { visible }]) => visible)
    .map(([id, shown]) => ({
      title: shown.product?.title[language] ?? sayLayer(language, "baseMap"),
      legend: legendOf(shown),
      unit: units.get(id) ?? null,
    }))
    .filter(({ legend }) => legend.signs.length > 0 || legend.ramp !== null || legend.shade);
}

/**
 * Lay legends out in lines, each layer's beginning a line of its own.
 *
 * @param {CanvasRenderingContext2D} pen With the font that they are written in.
 * @param {Told[]} legends
 * @param {Language} language
 * @param {number} width
 * @returns {Piece[][]}
 */
export function legendLines(pen, legends, language, width) {
  return legends.flatMap(({ title, legend: { signs, ramp, shade }, unit }) => {
    const pieces = [words(pen, `${title}${language === "zh" ? "：" : ":"}`)];
    pieces.push(...signs.map((sign) => signPiece(pen, sign, language)));
    if (ramp) {
      const [low, high] = [ramp.low, ramp.high].map((value) => words(pen, amountText(value, language, unit)));
      pieces.push(joined(low, rampBar(pen, stopsOf(ramp) ?? []), high));
    }
    if (shade) pieces.push(words(pen, sayLayer(language, "shade")));
    return inLines(pieces, width);
  });
}

/**
 * @param {Piece[][]} lines
 * @param {number} left
 * @param {number} top
 */
export function drawLegend(lines, left, top) {
  lines.forEach((pieces, place) => {
    let x = left;
    for (const { width, draw } of pieces) {
      draw(x, top + LINE * (place + 0.5));
      x += width + APART;
    }
  });
}

/**
 * @param {Piece[]} pieces
 * @param {number} most
 */
function inLines(pieces, most) {
  /** @type {Piece[][]} */
  const lines = [[]];
  let used = 0;
  for (const piece of pieces) {
    if (used > 0 && used + piece.width > most) {
      lines.push([]);
      used = 0;
    }
    lines.at(-1)?.push(piece);
    used += piece.width + APART;
  }
  return lines;
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {string} text
 * @returns {Piece}
 */
function words(pen, text) {
  return { width: pen.measureText(text).width, draw: (x, y) => pen.fillText(text, x, y) };
}

/** @param {Piece[]} pieces */
function joined(...pieces) {
  const width = pieces.reduce((sum, piece) => sum + piece.width + NEAR, -NEAR);
  const draw = (/** @type {number} */ x, /** @type {number} */ y) => {
    for (const piece of pieces) {
      piece.draw(x, y);
      x += piece.width + NEAR;
    }
  };
  return { width, draw };
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Sign} sign
 * @param {Language} language
 */
function signPiece(pen, { shape, color, title }, language) {
  const { width, height } = SWATCH;
  const draw = (/** @type {number} */ x, /** @type {number} */ y) => {
    pen.save();
    pen.fillStyle = pen.strokeStyle = color;
    pen.lineWidth = 2;
    pen.beginPath();
    if (shape === "area") pen.rect(x, y - height / 2, width, height);
    else if (shape === "point") pen.arc(x + width / 2, y, height / 2, 0, 2 * Math.PI);
    else {
      pen.moveTo(x, y);
      pen.lineTo(x + width, y);
    }
    if (shape === "line") pen.stroke();
    else pen.fill();
    pen.restore();
  };
  return joined({ width, draw }, words(pen, title[language]));
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {string[]} stops
 * @returns {Piece}
 */
function rampBar(pen, stops) {
  const draw = (/** @type {number} */ x, /** @type {number} */ y) => {
    const colors = pen.createLinearGradient(x, 0, x + RAMP, 0);
    stops.forEach((color, place) => colors.addColorStop(place / (stops.length - 1), color));
    pen.save();
    pen.fillStyle = colors;
    pen.fillRect(x, y - SWATCH.height / 2, RAMP, SWATCH.height);
    pen.restore();
  };
  return { width: RAMP, draw };
}
