/** How map layers are drawn more faintly than their style says. Pure. */

/** @import { AllPaintProperties, LayerSpecification } from "maplibre-gl" */

/** The properties that say how opaque a layer of each type is. @type {Record<string, (keyof AllPaintProperties)[]>} */
const PROPERTIES = {
  fill: ["fill-opacity"],
  line: ["line-opacity"],
  circle: ["circle-opacity", "circle-stroke-opacity"],
  symbol: ["text-opacity", "icon-opacity"],
  raster: ["raster-opacity"],
  "fill-extrusion": ["fill-extrusion-opacity"],
};

/**
 * Return the paint properties of a layer that say how opaque it is, each times a factor.
 *
 * @param {LayerSpecification} layer
 * @param {number} opacity 0 to 1.
 * @returns {[keyof AllPaintProperties, any][]}
 */
export function faded(layer, opacity) {
  const paint = /** @type {Record<string, any>} */ (layer.paint ?? {});
  return (PROPERTIES[layer.type] ?? []).map((name) => [name, times(paint[name] ?? 1, opacity)]);
}

/**
 * Return a number, or an expression of one, times a factor. What depends on the zoom must stay an `interpolate` or
 * a `step` at its top, so there each output is multiplied.
 *
 * @param {any} value
 * @param {number} factor
 * @returns {any}
 */
function times(value, factor) {
  if (factor === 1) return value;
  if (typeof value === "number") return value * factor;
  if (!Array.isArray(value)) return value;
  const [kind] = value;
  const first = kind === "interpolate" ? 4 : kind === "step" ? 2 : null;
  if (first === null) return ["*", value, factor];
  return value.map((part, place) =>
    place >= first && (place - first) % 2 === 0 ? times(part, factor) : part,
  );
}
