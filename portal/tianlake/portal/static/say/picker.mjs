/** A place, chosen on a small map. */

/** @import { Board } from "../map.mjs" */
/** @import { Language } from "../words.mjs" */
import { openBoard } from "../small/board.mjs";

const PLACES = 5; // decimals of a degree: about a metre
const SOURCE = "chosen";
const CLOSE_UP = 9; // zoom at which a place that a link names is shown

/**
 * Open the map; whoever clicks it chooses a place.
 *
 * @param {string} id Of its element.
 * @param {URL} base The node's folder.
 * @param {Language} language
 * @param {[number, number] | null} place Chosen already.
 * @param {(place: string) => void} onChoice
 */
export async function openPicker(id, base, language, place, onChoice) {
  const board = await openBoard(id, base, language);
  board.map.addSource(SOURCE, { type: "geojson", data: { type: "FeatureCollection", features: [] } });
  board.map.addLayer({
    id: `${SOURCE}/point`,
    type: "circle",
    source: SOURCE,
    paint: {
      "circle-radius": 8,
      "circle-color": "#b3261e",
      "circle-stroke-color": "#ffffff",
      "circle-stroke-width": 2,
    },
  });
  board.takeClicks(({ lngLat }) => onChoice(written(lngLat)));
  mark(board, place);
  if (place !== null) board.map.jumpTo({ center: place, zoom: CLOSE_UP });
  return board;
}

/**
 * Show a place on the map, or none.
 *
 * @param {Board} board
 * @param {[number, number] | null} place
 */
export function mark(board, place) {
  const source = /** @type {import("maplibre-gl").GeoJSONSource} */ (board.map.getSource(SOURCE));
  /** @type {GeoJSON.Feature[]} */
  const features =
    place === null
      ? []
      : [{ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: place } }];
  void source.setData({ type: "FeatureCollection", features });
}

/**
 * Return the middle of the map.
 *
 * @param {Board} board
 */
export function middle(board) {
  return written(board.map.getCenter());
}

/** @param {{lng: number, lat: number}} place */
function written({ lng, lat }) {
  return `${lng.toFixed(PLACES)},${lat.toFixed(PLACES)}`;
}
