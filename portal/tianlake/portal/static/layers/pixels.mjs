/** What the tiles of a raster say at one place: read as they are drawn, whether or not the map draws them. */

/** @import { Archive } from "../archives.mjs" */
import { readTile } from "../archives.mjs";

/**
 * Return red, green, blue and alpha (0 to 255) at a place; null where the archive has no data.
 *
 * @param {Archive} archive In web mercator.
 * @param {{lng: number, lat: number}} place Degrees.
 * @returns {Promise<number[] | null>}
 */
export async function pixelAt(archive, place) {
  const [, zoom] = archive.zooms;
  const across = 2 ** zoom;
  const [x, y] = worldOf(place).map((share) => share * across);
  const bytes = await readTile(archive, [zoom, Math.floor(x), Math.floor(y)]);
  if (bytes === null) return null;
  // as the bytes have it: a colour that stands for something must not be matched to the screen
  const options = /** @type {const} */ ({ colorSpaceConversion: "none", premultiplyAlpha: "none" });
  const picture = await createImageBitmap(new Blob([bytes]), options);
  const column = Math.floor((x % 1) * picture.width);
  const row = Math.floor((y % 1) * picture.height);
  const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  if (context === null) return null;
  context.drawImage(picture, -column, -row);
  picture.close();
  const pixel = [...context.getImageData(0, 0, 1, 1).data];
  return pixel[3] === 0 ? null : pixel;
}

/**
 * Return where a place lies in the square of web mercator: 0 to 1 from the west, and from the north.
 *
 * @param {{lng: number, lat: number}} place
 */
function worldOf({ lng, lat }) {
  const sine = Math.sin((lat * Math.PI) / 180);
  return [lng / 360 + 0.5, 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)];
}

/**
 * Return the height that a colour says, in metres: terrain-RGB of Mapbox, see docs/products.md.
 *
 * @param {number[]} pixel
 */
export function heightOf([red, green, blue]) {
  return -10_000 + (red * 65_536 + green * 256 + blue) * 0.1;
}
