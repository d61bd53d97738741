/** The list: one card per product. A card is made anew whenever its product's state or the language changes. */

/** @import { Product, ProductClass } from "./catalog.mjs" */
/** @import { Entry } from "./entries.mjs" */
/** @import { Language, TextKey } from "./words.mjs" */
import { accessChip, accessNote } from "./access.mjs";
import { make } from "./dom.mjs";
import { faultNote } from "./faults.mjs";
import { ageInDays, freshness, freshnessText } from "./freshness.mjs";
import { link, use } from "./using.mjs";
import { htmlLanguage, say } from "./words.mjs";

/**
 * @typedef {object} Actions What a card asks of the page.
 * @property {(visible: boolean) => void} show
 * @property {(opacity: number) => void} fade
 * @property {() => void} zoom
 * @property {() => void} enterKey
 */

/** @type {Record<ProductClass, TextKey>} */
const CLASSES = {
  catalog: "classCatalog",
  entity: "classEntity",
  place: "classPlace",
  imagery: "classImagery",
  terrain: "classTerrain",
  "3d": "class3d",
  theme: "classTheme",
};

/**
 * Return what a class of article 8 is called, or null for none.
 *
 * @param {ProductClass | null} productClass
 * @param {Language} language
 */
export function className(productClass, language) {
  return productClass && say(language, CLASSES[productClass]);
}

/**
 * Return the card of a product.
 *
 * @param {Entry} entry
 * @param {Language} language
 * @param {Actions} actions
 * @param {number} now Milliseconds since the epoch.
 */
export function card(entry, language, actions, now) {
  const { product } = entry;
  const heading = `title-${entry.name}`;
  const article = make("article", { class: "card", id: `product-${entry.name}`, "aria-labelledby": heading });
  article.append(top(entry, heading, language, now));
  if (product === null) {
    article.append(faultNote(language, "noProduct", entry.unreadable));
    return article;
  }
  if (product.terms) article.append(make("p", { class: "terms" }, product.terms[language]));
  article.append(
    ...accessNote(product.access, language, actions.enterKey),
    ...mapControls(entry, product, language, actions),
    facts(product, language),
    use(entry, product, language, actions),
  );
  return article;
}

/**
 * @param {Entry} entry
 * @param {string} heading
 * @param {Language} language
 * @param {number} now
 */
function top(entry, heading, language, now) {
  const other = language === "zh" ? "en" : "zh";
  const { title, product } = entry;
  const names = make(
    "div",
    { class: "card-names" },
    make("h3", { id: heading, lang: htmlLanguage(language) }, title[language]),
  );
  if (title[other] !== title[language]) {
    names.append(make("p", { class: "other-name", lang: htmlLanguage(other) }, title[other]));
  }
  if (product) names.append(productChips(product, language, now));
  return make(
    "div",
    { class: "card-top" },
    ...(product?.thumbnail ? [thumbnail(product.thumbnail)] : []),
    names,
  );
}

/** @param {string} href */
function thumbnail(href) {
  const image = make("img", {
    class: "thumbnail",
    src: href,
    alt: "",
    width: "104",
    height: "78",
    decoding: "async",
  });
  image.addEventListener("error", () => image.remove());
  return image;
}

/**
 * Return the state of a product in a few words: its class, its access, its age.
 *
 * @param {Pick<Product, "productClass" | "access" | "updated">} product
 * @param {Language} language
 * @param {number} now
 */
export function productChips(product, language, now) {
  const days = ageInDays(product.updated, now);
  const age = make("span", { class: `chip ${freshness(days)}` }, freshnessText(language, days));
  if (product.updated) age.title = product.updated;
  const name = className(product.productClass, language);
  return make(
    "p",
    { class: "chips" },
    ...(name ? [make("span", { class: "chip" }, name)] : []),
    accessChip(product.access, language),
    age,
  );
}

/**
 * @param {Entry} entry
 * @param {Product} product
 * @param {Language} language
 * @param {Actions} actions
 */
function mapControls(entry, product, language, actions) {
  const shown = [];
  if (product.tiles === null) shown.push(make("p", { class: "quiet" }, say(language, "noRelease")));
  if (entry.undrawn !== null) shown.push(faultNote(language, "noTiles", entry.undrawn));
  if (entry.archive !== null) shown.push(switches(entry, product, language, actions));
  if (entry.archive?.kind === "raster") shown.push(slider(entry, language, actions));
  if (product.legend.length) shown.push(legend(product, language));
  return shown;
}

/**
 * @param {Entry} entry
 * @param {Product} product
 * @param {Language} language
 * @param {Actions} actions
 */
function switches(entry, product, language, actions) {
  const box = make("input", { type: "checkbox", id: `show-${entry.name}` });
  box.checked = entry.visible;
  box.addEventListener("change", () => actions.show(box.checked));
  const mark = entry.archive?.kind === "vector" ? [swatch(entry.ink)] : [];
  const label = make("label", { class: "toggle" }, box, ...mark, say(language, "show"));
  return make(
    "div",
    { class: "controls" },
    label,
    ...(product.bounds ? [zoomButton(entry, language, actions)] : []),
  );
}

/** @param {string} color */
function swatch(color) {
  const mark = make("span", { class: "swatch", "aria-hidden": "true" });
  mark.style.backgroundColor = color;
  return mark;
}

/**
 * @param {Entry} entry
 * @param {Language} language
 * @param {Actions} actions
 */
function zoomButton(entry, language, actions) {
  const button = make(
    "button",
    { type: "button", class: "plain", "aria-label": `${say(language, "extent")}: ${entry.title[language]}` },
    say(language, "extent"),
  );
  button.addEventListener("click", () => actions.zoom());
  return button;
}

/**
 * @param {Entry} entry
 * @param {Language} language
 * @param {Actions} actions
 */
function slider(entry, language, actions) {
  const input = make("input", {
    type: "range",
    min: "0",
    max: "100",
    step: "5",
    value: String(Math.round(entry.opacity * 100)),
  });
  input.addEventListener("input", () => actions.fade(Number(input.value) / 100));
  return make("label", { class: "opacity" }, say(language, "opacity"), input);
}

/**
 * @param {Product} product
 * @param {Language} language
 */
function legend(product, language) {
  const items = product.legend.map(({ title, color }) => make("li", {}, swatch(color), title[language]));
  return make("ul", { class: "legend", "aria-label": say(language, "legend") }, ...items);
}

/**
 * @param {Product} product
 * @param {Language} language
 */
function facts(product, language) {
  const list = make("dl", { class: "facts" });
  if (product.license) {
    const licence = product.licenseUrl ? link(product.licenseUrl, product.license) : product.license;
    list.append(make("dt", {}, say(language, "license")), make("dd", {}, licence));
  }
  if (product.version) {
    list.append(make("dt", {}, say(language, "version")), make("dd", {}, make("code", {}, product.version)));
  }
  return list;
}
