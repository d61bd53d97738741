/**
 * A rectangle, drawn on a map: dragged with the pointer, or from corner to corner with the keyboard, which moves the map
 * below a cross in its middle.
 */

/** @import { Bounds } from "../catalog.mjs" */
/** @import { Board } from "../map.mjs" */

/** @typedef {{lng: number, lat: number}} Corner Degrees. */

/**
 * @typedef {object} Hearer
 * @property {(box: Bounds) => void} sketch Told of the rectangle as it would be now.
 * @property {(box: Bounds) => void} done Told of the rectangle once it is drawn.
 * @property {() => void} cancel Told that there will be none.
 */

export class Rectangle {
  drawing = false;
  /** @type {Corner | null} */
  #start = null;
  #board;
  #hearer;

  /**
   * @param {Board} board
   * @param {Hearer} hearer
   */
  constructor(board, hearer) {
    this.#board = board;
    this.#hearer = hearer;
    const { map } = board;
    map.on("mousedown", ({ lngLat }) => {
      if (this.drawing) this.#start = lngLat;
    });
    map.on("mousemove", ({ lngLat, originalEvent: { buttons } }) => {
      if (buttons === 1) this.#sketch(lngLat);
    });
    map.on("mouseup", ({ lngLat }) => this.#end(lngLat));
    map.on("move", () => this.#sketch(map.getCenter()));
    map.getContainer().addEventListener("keydown", (event) => this.#key(event));
  }

  /** Draw from now on; the map has the keyboard. */
  begin() {
    const { map } = this.#board;
    this.drawing = true;
    map.dragPan.disable();
    map.getContainer().classList.add("with-cross");
    map.getCanvas().focus();
  }

  #stop() {
    const { map } = this.#board;
    this.drawing = false;
    this.#start = null;
    map.dragPan.enable();
    map.getContainer().classList.remove("with-cross");
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { map } = this.#board;
    if (!this.drawing || event.target !== map.getCanvas()) return;
    if (event.key === "Escape") {
      this.#stop();
      this.#hearer.cancel();
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (this.#start === null) this.#start = map.getCenter();
      else this.#end(map.getCenter());
    }
  }

  /** @param {Corner} corner */
  #sketch(corner) {
    if (this.#start !== null) this.#hearer.sketch(between(this.#start, corner));
  }

  /** @param {Corner} corner */
  #end(corner) {
    if (this.#start === null) return;
    const box = between(this.#start, corner);
    this.#stop();
    this.#hearer.done(box);
  }
}

/**
 * @param {Corner} one
 * @param {Corner} other
 * @returns {Bounds}
 */
function between(one, other) {
  const [west, east] = [Math.min(one.lng, other.lng), Math.max(one.lng, other.lng)];
  return [west, Math.min(one.lat, other.lat), east, Math.max(one.lat, other.lat)];
}
