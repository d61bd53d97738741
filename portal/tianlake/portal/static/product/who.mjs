/** Who answers for a product, and on which terms it may be used. */

/** @import { Language, TextKey } from "../words.mjs" */
/** @import { Subject } from "./read.mjs" */
import { accessName } from "../access.mjs";
import { list, listLinks } from "../catalog.mjs";
import { make, webAddress } from "../dom.mjs";
import { say } from "../words.mjs";
import { factList, section } from "./section.mjs";

/** @type {Record<string, TextKey>} */
const ROLES = {
  producer: "roleProducer",
  licensor: "roleLicensor",
  processor: "roleProcessor",
  host: "roleHost",
  operator: "roleOperator",
  authority: "roleAuthority",
};
const MAIL = /^[^\s@]+@[^\s@]+$/;
const PHONE = /^\+?[\d\s()-]+$/;

/**
 * @param {Subject} subject
 * @param {Language} language
 */
export function whoPart({ collection, found }, language) {
  const providers = list(collection.providers).map((each) =>
    make("li", {}, named(each.name, each.url, found.href), rolesOf(each, language), ...reach(each)),
  );
  const contacts = list(collection.contacts).map((each) =>
    make(
      "li",
      {},
      named(each.name, list(each.links)[0]?.href, found.href),
      rolesOf(each, language),
      ...reach(each),
    ),
  );
  return section("who", "who", language, make("ul", {}, ...providers, ...contacts));
}

/**
 * @param {unknown} name
 * @param {unknown} url
 * @param {string} base
 */
function named(name, url, base) {
  const address = webAddress(url, base);
  return address === null || !url ? String(name) : make("a", { href: address }, String(name));
}

/**
 * @param {any} who
 * @param {Language} language
 */
function rolesOf({ roles }, language) {
  const said = list(roles).map((role) => (ROLES[role] ? say(language, ROLES[role]) : String(role)));
  return make(
    "span",
    { class: "quiet" },
    said.length ? ` · ${said.join(language === "zh" ? "、" : ", ")}` : "",
  );
}

/**
 * Return the ways to reach somebody, as links.
 *
 * @param {any} who
 */
function reach({ email, emails, phones }) {
  const mails = [email, ...list(emails).map(({ value }) => value)].filter((each) => MAIL.test(String(each)));
  const numbers = list(phones).flatMap(({ value }) => (PHONE.test(String(value)) ? [String(value)] : []));
  const all = [
    ...mails.map((each) => make("a", { href: `mailto:${each}` }, each)),
    ...numbers.map((each) => make("a", { href: `tel:${each.replace(/[\s()-]/g, "")}` }, each)),
  ];
  return all.flatMap((each) => [" · ", each]);
}

/**
 * Return how often an update is promised.
 *
 * @param {unknown} duration ISO 8601: `P1Y`
 * @param {Language} language
 */
function cycle(duration, language) {
  const [, count, unit] = /^P(\d+)([YMWD])$/.exec(String(duration)) ?? [];
  if (!count || !unit) return duration ? String(duration) : null;
  return say(language, /** @type {TextKey} */ (`every${unit}`), { count });
}

/**
 * @param {Subject} subject
 * @param {Language} language
 */
export function licencePart({ product, collection, found }, language) {
  const via = [...listLinks(collection, "via"), ...listLinks(collection, "related")].find(
    ({ type }) => type === "text/html",
  );
  const source = webAddress(via?.href, found.href);
  const licence = product.license ?? "";
  return section(
    "licence",
    "licenceAnd",
    language,
    factList([
      [
        say(language, "license"),
        product.licenseUrl ? make("a", { href: product.licenseUrl }, licence) : licence,
      ],
      [say(language, "attribution"), product.attribution],
      [say(language, "accessOf"), accessName(product.access, language)],
      [say(language, "sourceOf"), source === null ? null : make("a", { href: source }, source)],
      [say(language, "cycle"), cycle(collection["tianlake:update_cycle"], language)],
      [say(language, "identifier"), make("code", {}, product.id)],
      [say(language, "extentOf"), product.bounds?.map((edge) => edge.toFixed(4)).join(", ") ?? null],
    ]),
  );
}
