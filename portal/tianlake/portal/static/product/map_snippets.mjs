/** Snippets for maps and globes in a page. They expect an element `map`, and the library named in the first line. */

/** @import { Usable, UsableTiles } from "./usable.mjs" */
import { keyed } from "./usable.mjs";

const PAINTS = {
  polygon: ["fill", { "fill-color": "#2f7fc1", "fill-opacity": 0.4 }],
  mixed: ["line", { "line-color": "#2f7fc1", "line-width": 1.5 }],
  line: ["line", { "line-color": "#2f7fc1", "line-width": 1.5 }],
  point: ["circle", { "circle-color": "#b3261e", "circle-radius": 4 }],
};
/** Features that one request for a picture of them asks for. */
const FEATURES = 500;
/** Characters of an object that stays in one line. */
const SHORT = 90;

/**
 * MapLibre GL JS reads the archive itself, by ranges; where there are heights, it draws the ground in three dimensions.
 *
 * @param {Usable} product
 * @param {string | null} key
 */
export function maplibre(product, key) {
  const shown = [product.map, product.heights].filter((tiles) => tiles !== null);
  if (shown.length === 0) return null;
  const named = key === null ? "Protocol" : "FetchSource, PMTiles, Protocol";
  const lowest = Math.min(...shown.map(({ minZoom }) => minZoom));
  return lines(
    'import * as maplibregl from "maplibre-gl";',
    `import { ${named} } from "pmtiles";`,
    "",
    "const protocol = new Protocol();",
    ...(key === null ? [] : shown.map(({ archive }) => keyedArchive(archive, key))),
    'maplibregl.addProtocol("pmtiles", protocol.tile);',
    "const map = new maplibregl.Map({",
    '  container: "map",',
    `  bounds: ${JSON.stringify(mercatorBounds(product))},`,
    ...(lowest > 0 ? [`  minZoom: ${lowest},`] : []),
    `  style: ${literal(mapStyle(product), "  ")},`,
    "});",
  );
}

/**
 * @param {string} archive
 * @param {string} key
 */
function keyedArchive(archive, key) {
  const headers = `new Headers({ "X-Api-Key": ${text(key)} })`;
  return `protocol.add(new PMTiles(new FetchSource(${text(archive)}, ${headers})));`;
}

/** @param {Usable} product */
function mapStyle({ attribution, map, heights }) {
  const dem = heights && {
    ...{ type: "raster-dem", url: `pmtiles://${heights.archive}` },
    ...{ encoding: "mapbox", tileSize: heights.size },
  };
  const vector = map?.type === "mvt";
  const kind = map && (vector ? { type: "vector" } : { type: "raster", tileSize: map.size });
  const data = map && { ...kind, url: `pmtiles://${map.archive}`, attribution };
  const hills = { id: "hills", type: "hillshade", source: "heights" };
  return {
    version: 8,
    sources: { ...(data && { data }), ...(dem && { heights: dem }) },
    layers: map ? drawn(map) : [hills],
    ...(dem && { terrain: { source: "heights" } }),
  };
}

/**
 * Return what draws tiles: areas below lines, and points above all.
 *
 * @param {UsableTiles} tiles
 */
function drawn(tiles) {
  if (tiles.type !== "mvt") return [{ id: "data", type: "raster", source: "data" }];
  const order = ["polygon", "mixed", "line", "point"];
  const layers = [...tiles.layers].sort(
    (one, other) => order.indexOf(one.geometry) - order.indexOf(other.geometry),
  );
  return layers.map(({ id, geometry }) => {
    const [type, paint] = PAINTS[geometry];
    return { id, type, source: "data", "source-layer": id, paint };
  });
}

/**
 * OpenLayers asks for single tiles.
 *
 * @param {Usable} product
 * @param {string | null} key
 */
export function openlayers(product, key) {
  const tiles = product.map;
  if (!tiles?.template) return null;
  const options = [
    `url: ${text(keyed(tiles.template, key))}`,
    `minZoom: ${tiles.minZoom}`,
    `maxZoom: ${tiles.maxZoom}`,
    `attributions: ${text(product.attribution)}`,
  ];
  const vector = tiles.type === "mvt";
  const special = vector ? "format: new ol.format.MVT()" : `tileSize: ${tiles.size}`;
  const made = vector ? "ol.source.VectorTile" : "ol.source.XYZ";
  return lines(
    "// OpenLayers: ol/dist/ol.js",
    `const source = new ${made}({`,
    ...[special, ...options].map((option) => `  ${option},`),
    "});",
    "const map = new ol.Map({",
    '  target: "map",',
    `  layers: [new ol.layer.${vector ? "VectorTile" : "Tile"}({ source })],`,
    "  view: new ol.View(),",
    "});",
    `map.getView().fit(ol.proj.transformExtent(${JSON.stringify(mercatorBounds(product))}, "EPSG:4326", "EPSG:3857"));`,
  );
}

/**
 * Leaflet draws pictures; of vector data, features in GeoJSON.
 *
 * @param {Usable} product
 * @param {string | null} key
 */
export function leaflet(product, key) {
  const tiles = product.map;
  const pictures = tiles?.template && tiles.type !== "mvt";
  const features = featuresAddress(product, key);
  if (!pictures && features === null) return null;
  const [west, south, east, north] = mercatorBounds(product);
  const start = [
    "// Leaflet: leaflet.js, leaflet.css",
    `const map = L.map("map").fitBounds([[${south}, ${west}], [${north}, ${east}]]);`,
  ];
  const attribution = `attribution: ${text(product.attribution)}`;
  if (!pictures) {
    return lines(
      ...start,
      `const answer = await fetch(${text(features ?? "")});`,
      `L.geoJSON(await answer.json(), { ${attribution}, pointToLayer: (_, at) => L.circleMarker(at, { radius: 4 }) }).addTo(map);`,
    );
  }
  // a tile of 512 pixels covers what four of 256 do, one level deeper
  const offset = Math.log2(tiles.size / 256);
  return lines(
    ...start,
    `L.tileLayer(${text(keyed(tiles.template ?? "", key))}, {`,
    `  tileSize: ${tiles.size},`,
    ...(offset ? [`  zoomOffset: ${-offset},`] : []),
    `  minNativeZoom: ${tiles.minZoom + offset},`,
    `  maxNativeZoom: ${tiles.maxZoom + offset},`,
    `  ${attribution},`,
    "}).addTo(map);",
  );
}

/**
 * Cesium: 3D Tiles, pictures, or features in GeoJSON.
 *
 * @param {Usable} product
 * @param {string | null} key
 */
export function cesium(product, key) {
  const start = [
    "// CesiumJS: Cesium.js, widgets.css",
    "const options = { baseLayer: false, baseLayerPicker: false, geocoder: false }; // asks no other host",
    'const viewer = new Cesium.Viewer("map", options);',
  ];
  if (product.tileset !== null) {
    const address = resource(product.tileset, key);
    return lines(
      ...start,
      `const tileset = await Cesium.Cesium3DTileset.fromUrl(${address});`,
      "viewer.scene.primitives.add(tileset);",
      "await viewer.zoomTo(tileset);",
    );
  }
  const rectangle = `Cesium.Rectangle.fromDegrees(${product.bounds.join(", ")})`;
  const tiles = product.map;
  if (tiles?.template && tiles.type !== "mvt") {
    return lines(
      ...start,
      "viewer.imageryLayers.addImageryProvider(new Cesium.UrlTemplateImageryProvider({",
      `  url: ${resource(tiles.template, key)},`,
      `  maximumLevel: ${tiles.maxZoom},`,
      `  tileWidth: ${tiles.size},`,
      `  tileHeight: ${tiles.size},`,
      `  rectangle: ${rectangle},`,
      `  credit: ${text(product.attribution)},`,
      "}));",
      `viewer.camera.setView({ destination: ${rectangle} });`,
    );
  }
  const features = featuresAddress(product, null);
  if (features === null) return null;
  return lines(
    ...start,
    `const features = await Cesium.GeoJsonDataSource.load(${resource(features, key)}, { credit: ${text(product.attribution)} });`,
    "await viewer.dataSources.add(features);",
    "await viewer.zoomTo(features);",
  );
}

/**
 * @param {string} address
 * @param {string | null} key
 */
function resource(address, key) {
  if (key === null) return text(address);
  return `new Cesium.Resource({ url: ${text(address)}, headers: { "X-Api-Key": ${text(key)} } })`;
}

/**
 * Return where features of a product are asked for, in GeoJSON (OGC API Features).
 *
 * @param {Usable} product
 * @param {string | null} key
 */
function featuresAddress({ id, home, served, located }, key) {
  return served && located ? keyed(`${home}ogc/collections/${id}/items?f=json&limit=${FEATURES}`, key) : null;
}

/**
 * Return a product's box as far as web mercator reaches.
 *
 * @param {Usable} product
 */
function mercatorBounds({ bounds: [west, south, east, north] }) {
  return [west, Math.max(south, -85), east, Math.min(north, 85)];
}

/**
 * Return a value as people write it in code: names without quotes, in one line where that is short.
 *
 * @param {unknown} value
 * @param {string} indent Of the line it begins in.
 * @returns {string}
 */
function literal(value, indent) {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const rows = value.map((each) => `${inner}${literal(each, inner)},\n`).join("");
    return `[\n${rows}${indent}]`;
  }
  const members = Object.entries(value).map(([name, each]) => {
    return `${/^[a-z]\w*$/i.test(name) ? name : text(name)}: ${literal(each, inner)}`;
  });
  const short = `{ ${members.join(", ")} }`;
  return short.length <= SHORT
    ? short
    : `{\n${members.map((each) => `${inner}${each},\n`).join("")}${indent}}`;
}

/** @param {string} value */
function text(value) {
  return JSON.stringify(value);
}

/** @param {string[]} all */
function lines(...all) {
  return all.join("\n");
}
