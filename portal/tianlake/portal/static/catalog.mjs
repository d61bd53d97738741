/**
 * The documents of a node: `node.json`, `catalog.json`, one STAC Collection per product, and the manifest of the
 * release it stands at. Whatever is missing in them is left out of the page, never guessed.
 *
 * @typedef {[number, number, number, number]} Bounds Degrees: west, south, east, north.
 * @typedef {typeof ACCESS[number]} Access
 * @typedef {typeof CLASSES[number]} ProductClass
 * @typedef {typeof LEVELS[number]} Level
 * @typedef {{title: Text, color: string}} LegendClass
 * @typedef {{code: string, name: string, shortName: string, href: string}} Neighbour
 *
 * @typedef {{href: string, name: string, title: Text}} Listed A collection, with the title the catalog gives it.
 *
 * @typedef {object} Catalog
 * @property {Listed[]} products This node's own.
 * @property {boolean} quotas Whether the node publishes its limits of use.
 * @property {boolean} terms Whether it publishes its terms of service.
 * @property {boolean} dcat Whether it publishes its catalog in DCAT-AP.
 *
 * @typedef {object} NodeCard
 * @property {string} code
 * @property {Level | null} level Null for one that is not known here.
 * @property {string} name Full name by article 6.
 * @property {string} shortName
 * @property {string | null} notice
 * @property {string | null} operator
 * @property {string | null} authority
 * @property {Neighbour | null} parent
 * @property {Neighbour[]} children
 * @property {string | null} basemap Address of the style of its base map.
 *
 * @typedef {object} Product
 * @property {string} id Unique over the tree: `n156130000-places`.
 * @property {string} name The product's folder: `places`.
 * @property {Text} title
 * @property {ProductClass | null} productClass Null where it is told none, or one that is not known here.
 * @property {Access} access Who may have it.
 * @property {boolean} ground Whether it is a base map (底图), which other products lie on.
 * @property {string | null} style Address of its own MapLibre style.
 * @property {string | null} updated When its data was last true.
 * @property {string | null} version
 * @property {string | null} license
 * @property {string | null} licenseUrl
 * @property {string} attribution
 * @property {Text | null} terms
 * @property {Bounds | null} bounds
 * @property {string | null} thumbnail
 * @property {string | null} tiles Address of the PMTiles archive of the current release.
 * @property {string | null} table Address of its GeoParquet file.
 * @property {{set: string, href: string}[]} archives Its archives of tiles, each with its tile matrix set.
 * @property {LegendClass[]} legend
 * @property {FileLink[]} files
 */

/** @import { FileLink } from "./files.mjs" */
/** @import { Text } from "./words.mjs" */
import { boundsOf } from "./bounds.mjs";
import { webAddress } from "./dom.mjs";
import { answerError } from "./faults.mjs";
import { fileLinks, PARQUET } from "./files.mjs";
import { dataDate } from "./freshness.mjs";
import { bothLanguages } from "./words.mjs";

const POINTER = /(?:^|\/)collections\/([^/]+)\/collection\.json$/;
const COLOR = /^#[0-9a-f]{6}$/i;

/** What a map shows where no product has an extent: China, with 曾母暗沙 and 南海断续线.
 * @type {Bounds} */
export const CHINA = [73, 3, 136, 54];

/** Who may have a product, of those that are published at all. */
export const ACCESS = /** @type {const} */ (["open", "key", "professional"]);

/** The classes of article 8(1) in its order, but for the catalog data that it names first. */
export const CLASSES = /** @type {const} */ ([
  "entity",
  "place",
  "imagery",
  "terrain",
  "3d",
  "theme",
  "catalog",
]);

/** Nodes of article 5, from the top. */
const LEVELS = /** @type {const} */ (["national", "provincial", "city", "county"]);

/**
 * Return where a product stands among others.
 *
 * @param {Pick<Product, "productClass"> | null} product Null for one that could not be read: last.
 */
export function classRank(product) {
  const productClass = product?.productClass ?? null;
  return productClass === null ? CLASSES.length : CLASSES.indexOf(productClass);
}

/**
 * Return the class that a document names; null where it names none that is known here.
 *
 * @param {unknown} value
 * @returns {ProductClass | null}
 */
export function classOf(value) {
  return CLASSES.find((each) => each === value) ?? null;
}

/**
 * Return a JSON document.
 *
 * @param {string | URL} url
 * @returns {Promise<any>}
 */
export async function readJson(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw await answerError(answer);
  return answer.json();
}

/**
 * Return who this node is.
 *
 * @param {URL} base The node's folder.
 * @returns {Promise<NodeCard>}
 */
export async function readNode(base) {
  const { identity, settings, parent, children, basemap } = await readJson(new URL("node.json", base));
  return {
    code: String(identity.code),
    level: LEVELS.find((each) => each === identity.level) ?? null,
    name: String(identity.name),
    shortName: String(identity.short_name),
    notice: settings.notice ?? null,
    operator: settings.operator?.name ?? null,
    authority: settings.authority?.name ?? null,
    parent: parent ? neighbour(parent, base) : null,
    children: list(children).flatMap((child) => neighbour(child, base) ?? []),
    basemap: webAddress(basemap, base),
  };
}

/**
 * @param {any} link
 * @param {URL} base
 * @returns {Neighbour | null}
 */
function neighbour(link, base) {
  const href = webAddress(link.href, base);
  return href === null
    ? null
    : { code: String(link.code), name: String(link.name), shortName: String(link.short_name), href };
}

/**
 * Return what the catalog of this node leads to.
 *
 * @param {URL} base
 * @returns {Promise<Catalog>}
 */
export async function readCatalog(base) {
  const url = new URL("catalog.json", base);
  const links = list((await readJson(url)).links);
  const leadsTo = (/** @type {string} */ name) =>
    links.some(({ href }) => webAddress(href, url) === new URL(name, base).href);
  const products = links.flatMap((link) => {
    const href = link.rel === "child" ? webAddress(link.href, url) : null;
    const name = href?.startsWith(base.href) ? POINTER.exec(href)?.[1] : undefined;
    return href && name ? [{ href, name, title: bothLanguages(String(link.title ?? name)) }] : [];
  });
  return {
    products,
    quotas: leadsTo("quotas.json"),
    terms: leadsTo("terms.json"),
    dcat: leadsTo("dcat.jsonld"),
  };
}

/**
 * Return a product as its collection describes it.
 *
 * @param {string} href Of the collection.
 * @param {string} name
 * @param {URL} base
 * @returns {Promise<Product>}
 */
export async function readProduct(href, name, base) {
  const collection = await readJson(href);
  return productOf(collection, href, name, base, await readRelease(name, text(collection.version), base));
}

/**
 * Return a product as its collection and the manifest of its release describe it.
 *
 * @param {any} collection
 * @param {string} href
 * @param {string} name
 * @param {URL} base
 * @param {Release} release
 * @returns {Product}
 */
export function productOf(collection, href, name, base, { card, assets: built }) {
  const assets = Object.values(collection.assets ?? {}).flatMap((asset) => assetLink(asset, href));
  const links = list(collection.links);
  // by its link: an asset may be tiles in degrees, or colours that say heights
  // The release's own file, wherever this copy of the lake is served; other links lead to the node's public address.
  const near = links.filter((link) => !/^https?:/.test(String(link.href)));
  const tiles = addressOf([...near, ...links], "pmtiles", href);
  return {
    id: String(collection.id),
    name,
    title: card.title ?? bothLanguages(String(collection.title ?? name)),
    productClass: classOf(card.product_class),
    access: accessOf(collection),
    ground: card.style?.theme === "basemap",
    style: assets.find(({ roles }) => roles.includes("style"))?.href ?? null,
    attribution: text(collection.attribution) ?? text(card.attribution) ?? "",
    terms: card.terms ?? null,
    updated: dataDate(collection),
    version: text(collection.version),
    license: text(collection.license),
    licenseUrl: addressOf(links, "license", href),
    bounds: boundsOf(collection),
    thumbnail: assets.find((asset) => asset.roles.includes("thumbnail"))?.href ?? null,
    tiles,
    table: assets.find(({ type, roles }) => type === PARQUET && roles.includes("data"))?.href ?? null,
    files: fileLinks(assets, name, href, tiles === null ? null : new URL(`tiles/${name}.json`, base).href),
    archives: assets.flatMap(({ href: archive, set }) => (set === null ? [] : [{ set, href: archive }])),
    legend: legendOf(built.map(({ facts }) => facts ?? {})),
  };
}

/**
 * @typedef {{card: any, assets: any[]}} Release What a manifest says of the product and of each file that was built.
 *
 * Return the manifest's card of the product and its facts about each file. It has both languages apart, and classes
 * with their colours; the product can be shown without it.
 *
 * @param {string} name
 * @param {string | null} release
 * @param {URL} base
 * @returns {Promise<Release>}
 */
export async function readRelease(name, release, base) {
  if (release === null) return { card: {}, assets: [] };
  try {
    const { candidate } = await readJson(new URL(`releases/${name}/${release}/manifest.json`, base));
    return { card: candidate.card, assets: list(candidate.assets) };
  } catch {
    return { card: {}, assets: [] };
  }
}

/**
 * Return who may have what a collection describes.
 *
 * @param {any} collection
 * @returns {Access}
 */
export function accessOf(collection) {
  return ACCESS.find((each) => each === collection["tianlake:access"]) ?? "open";
}

/**
 * @param {any[]} facts
 * @returns {LegendClass[]}
 */
function legendOf(facts) {
  const classes = list(facts.find((each) => list(each.classes).length)?.classes);
  return classes.filter(({ color }) => COLOR.test(color)).map(({ title, color }) => ({ title, color }));
}

/**
 * @param {any} asset
 * @param {string} base
 */
function assetLink(asset, base) {
  const href = webAddress(asset.href, base);
  if (href === null) return [];
  const [type, title] = [String(asset.type ?? ""), String(asset.title ?? "")];
  return [{ href, type, roles: list(asset.roles), title, set: text(asset["tianlake:tile_matrix_set"]) }];
}

/**
 * @param {any[]} links
 * @param {string} rel
 * @param {string} base
 */
function addressOf(links, rel, base) {
  return webAddress(links.find((link) => link.rel === rel)?.href, base);
}

/**
 * Return the links of a document that have a relation.
 *
 * @param {any} document
 * @param {string} rel
 */
export function listLinks(document, rel) {
  return list(document.links).filter((link) => link.rel === rel);
}

/**
 * @param {unknown} value
 * @returns {any[]}
 */
export function list(value) {
  return Array.isArray(value) ? value : [];
}

/**
 * @param {unknown} value
 * @returns {string | null}
 */
function text(value) {
  return typeof value === "string" && value !== "" ? value : null;
}
