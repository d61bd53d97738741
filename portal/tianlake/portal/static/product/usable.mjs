/**
 * What of a product programs can use, and under which addresses: the ground that snippets of code are written on.
 *
 * Where a gateway answers for the node, its catalog links to `stac` as a service, and the stable addresses hold
 * (docs/layout.md, section 7). On plain object storage there are the files of the release alone.
 *
 * @typedef {"mvt" | "png" | "webp" | "jpeg"} TileType
 * @typedef {{id: string, geometry: "point" | "line" | "polygon" | "mixed"}} UsableLayer
 *
 * @typedef {object} UsableTiles
 * @property {string} archive Address of the PMTiles archive.
 * @property {string | null} template Address of single tiles, with `{z}`, `{x}` and `{y}`; null without a gateway.
 * @property {TileType} type
 * @property {number} minZoom
 * @property {number} maxZoom
 * @property {number} size Pixels that a picture is drawn at.
 * @property {UsableLayer[]} layers None of pictures.
 *
 * @typedef {object} Usable
 * @property {string} id `n156130000-places`.
 * @property {string} home Address of the node's folder, as the public has it.
 * @property {boolean} served Whether a gateway answers there.
 * @property {Access} access
 * @property {Bounds} bounds
 * @property {string} attribution
 * @property {UsableTiles | null} map What maps in web mercator draw.
 * @property {UsableTiles | null} heights Colours that say heights (Mapbox Terrain-RGB).
 * @property {string | null} table Address of the GeoParquet file.
 * @property {boolean} located Whether its rows have geometry.
 * @property {boolean} boxed Whether they have `bbox` to skip by.
 * @property {string | null} raster Address of the cloud-optimized GeoTIFF.
 * @property {string | null} tileset Address of the 3D Tiles.
 * @property {string | null} cloud Address of the point cloud (COPC).
 * @property {{layer: string, href: string}[]} wmts
 * @property {string} collection Address of the STAC Collection.
 */

/** @import { Access, Bounds } from "../catalog.mjs" */

/** @type {Record<TileType, string>} */
const EXTENSIONS = { mvt: "mvt", png: "png", webp: "webp", jpeg: "jpg" };

/** @type {Bounds} */
const WORLD = [-180, -85, 180, 85];

/**
 * @typedef {object} Described
 * @property {string} id
 * @property {string} name The product's folder.
 * @property {Access} access
 * @property {Bounds | null} bounds
 * @property {string} attribution
 * @property {string} version
 * @property {any[]} assets Of the release's manifest: name, role, media type, facts.
 * @property {any[]} links Of the collection.
 */

/**
 * Return what programs can use of a product.
 *
 * @param {Described} product
 * @param {string} base Address of the node's folder as the page has it.
 * @param {string | null} service Address that a gateway answers at for the node, with a final `/`.
 * @returns {Usable}
 */
export function usable(product, base, service) {
  const { id, name, access, assets } = product;
  const home = service ?? base;
  const place = (/** @type {string} */ file) =>
    service === null ? `${home}releases/${name}/${product.version}/${file}` : `${home}data/${name}/${file}`;
  const data = (/** @type {string} */ kind) =>
    assets.find(({ role, facts }) => role === "data" && facts?.kind === kind);
  const archives = assets.filter(({ facts }) => facts?.kind === "tiles");
  const plain = archives.filter(({ facts }) => facts.matrix_set === "WebMercatorQuad");
  const tiles = (/** @type {any} */ asset) => (asset ? tilesOf(asset, name, place, service) : null);
  const table = data("table");
  return {
    ...{ id, home, access, served: service !== null, bounds: product.bounds ?? WORLD },
    attribution: product.attribution,
    map: tiles(
      plain.find(({ facts }) => !facts.encoding && !facts.variant) ??
        plain.find(({ facts }) => !facts.encoding),
    ),
    heights: tiles(plain.find(({ facts }) => facts.encoding === "mapbox")),
    table: table ? place(table.name) : null,
    located: Boolean(table?.facts.geometry_column),
    boxed: Boolean(table?.facts.columns?.some((/** @type {any} */ column) => column.name === "bbox")),
    raster: fileOf(data("raster"), place),
    tileset: fileOf(
      assets.find(({ facts }) => facts?.kind === "tileset"),
      place,
    ),
    cloud: fileOf(
      assets.find(({ facts }) => facts?.kind === "pointcloud"),
      place,
    ),
    wmts: service === null ? [] : product.links.flatMap(wmtsOf),
    collection: `${home}collections/${name}/collection.json`,
  };
}

/**
 * @param {any} asset
 * @param {(file: string) => string} place
 */
function fileOf(asset, place) {
  return asset ? place(asset.name) : null;
}

/**
 * @param {any} asset
 * @param {string} name
 * @param {(file: string) => string} place
 * @param {string | null} service
 * @returns {UsableTiles}
 */
function tilesOf({ name: file, facts }, name, place, service) {
  const stem = facts.variant ? `${name}/${facts.variant}` : name;
  const type = /** @type {TileType} */ (facts.tile_type);
  return {
    archive: service === null ? place(file) : `${service}tiles/${stem}.pmtiles`,
    template: service === null ? null : `${service}tiles/${stem}/{z}/{x}/{y}.${EXTENSIONS[type]}`,
    ...{ type, minZoom: facts.min_zoom, maxZoom: facts.max_zoom, size: facts.tile_size },
    layers: facts.layers ?? [],
  };
}

/** @param {any} link */
function wmtsOf(link) {
  const layer = link["wmts:layer"]?.[0];
  return link.rel === "wmts" && typeof layer === "string" ? [{ layer, href: String(link.href) }] : [];
}

/**
 * Return an address that carries the key, as programs need it that cannot send a header.
 *
 * @param {string} address
 * @param {string | null} key
 */
export function keyed(address, key) {
  if (key === null) return address;
  return `${address}${address.includes("?") ? "&" : "?"}tk=${encodeURIComponent(key)}`;
}
