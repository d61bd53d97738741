/** A product's tiles in degrees of CGCS2000 (EPSG:4490), over the map, as they are: a degree is as high as it is wide. */

/** @import { Archive } from "../archives.mjs" */
/** @import { Bench } from "../fittings.mjs" */
/** @import { Product } from "../catalog.mjs" */
import { openArchive, readTile } from "../archives.mjs";
import { addStyles, make } from "../dom.mjs";
import { ol } from "../vendor/ol.mjs";
import { write } from "./places.mjs";
import { DEGREES } from "./quads.mjs";
import { sayTool } from "./tool_words.mjs";

const WORLD = [-180, -90, 180, 90];
const PIXELS = 256; // of a matrix's tile; levels are counted by these, whatever a tile's own pixels are
const CLOSER = 3; // levels beyond the last of the archive

/** latitude first, as EPSG has it; addresses and extents stay longitude first */
const PROJECTION = new ol.proj.Projection({
  code: "EPSG:4490",
  units: "degrees",
  axisOrientation: "neu",
  extent: WORLD,
});

/**
 * Lay the view over the map until the visitor goes back.
 *
 * @param {Bench} bench
 * @param {Product} product
 * @param {HTMLElement} opener Has the focus again afterwards.
 */
export async function show({ board, node }, product, opener) {
  const href = product.archives.find(({ set }) => set === DEGREES)?.href ?? "";
  const archive = await openArchive(href);
  await addStyles(new URL("../vendor/ol.css", import.meta.url));
  const heading = make("h3");
  const back = make("button", { type: "button", class: "action" });
  const place = make("span", { class: "readout-place" });
  const credits = make("p", { class: "quad-credits" });
  const target = make("div", { class: "quad-map", tabindex: "0", role: "region" });
  const bar = make("div", { class: "quad-bar" }, heading, place, back);
  const element = make("section", { class: "quad-view" }, bar, target, credits);
  board.map.getContainer().append(element);
  const map = olMap(target, archive);
  const tell = () => {
    const { language } = board;
    const title = sayTool(language, "quadTitle", { title: product.title[language] });
    const [lon = 0, lat = 0] = map.getView().getCenter() ?? [];
    const level = Math.round(Math.log2(360 / PIXELS / (map.getView().getResolution() ?? 1)));
    heading.textContent = title;
    target.setAttribute("aria-label", title);
    back.textContent = sayTool(language, "quadBack");
    place.textContent = `${write("degrees", lon, lat)} · ${sayTool(language, "quadLevel", { level })}`;
    credits.textContent = [product.attribution, node?.notice].filter(Boolean).join(" · ");
  };
  map.on("moveend", tell);
  const silence = board.on("language", tell);
  const close = () => {
    silence();
    map.setTarget(undefined);
    element.remove();
    opener.focus();
  };
  back.addEventListener("click", close);
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation(); // it ends this view, not the panel below
    close();
  });
  tell();
  back.focus();
}

/**
 * @param {HTMLElement} target
 * @param {Archive} archive
 */
function olMap(target, archive) {
  const highest = archive.zooms[1];
  const resolutions = Array.from({ length: highest + 1 }, (_, z) => 360 / 2 ** z / archive.tileSize);
  const tileGrid = new ol.tilegrid.TileGrid({
    extent: archive.bounds,
    origin: [-180, 90],
    resolutions,
    minZoom: archive.zooms[0],
    tileSize: archive.tileSize,
  });
  const source = new ol.source.ImageTile({
    projection: PROJECTION,
    tileGrid,
    interpolate: !archive.categorical,
    wrapX: false,
    transition: 0,
    loader: (z, x, y, { signal }) => picture(archive, [z, x, y], signal),
  });
  const view = new ol.View({
    projection: PROJECTION,
    extent: WORLD,
    maxResolution: 360 / PIXELS,
    minResolution: 360 / PIXELS / 2 ** (highest + CLOSER),
  });
  const controls = [new ol.control.Zoom(), new ol.control.ScaleLine({ units: "degrees" })];
  const map = new ol.Map({ target, view, controls, layers: [new ol.layer.Tile({ source })] });
  view.fit(archive.bounds, { padding: [60, 40, 60, 40] });
  return map;
}

/**
 * @param {Archive} archive
 * @param {[number, number, number]} place
 * @param {AbortSignal} signal
 */
async function picture(archive, place, signal) {
  const data = await readTile(archive, place, signal);
  if (data !== null) return createImageBitmap(new Blob([data]));
  const nothing = document.createElement("canvas");
  nothing.width = nothing.height = 1;
  return nothing;
}
