/** Every release of a product, with what changed in it. */

/** @import { Language } from "../words.mjs" */
/** @import { Subject } from "./read.mjs" */
import { make, webAddress } from "../dom.mjs";
import { ageInDays, freshnessText } from "../freshness.mjs";
import { say } from "../words.mjs";
import { number, section, table, when } from "./section.mjs";

/** Releases that are shown before somebody asks for all. */
const FIRST = 10;
const CHANGES = "changes.parquet";

/**
 * @param {Subject} subject
 * @param {Language} language
 */
export function historyPart(subject, language) {
  const { product, collection, versions } = subject;
  /** @type {HTMLElement[]} */
  const parts = [make("p", {}, freshnessText(language, ageInDays(product.updated, Date.now())))];
  const changes = collection["tianlake:changes"];
  if (changes) {
    const names = ["added", "geometry", "attributes", "removed", "unchanged"];
    const counts = Object.fromEntries(names.map((name) => [name, number(changes[name] ?? 0, language)]));
    parts.push(make("p", {}, say(language, "changeCounts", counts)));
  }
  if (versions.length) parts.push(...releases(subject, language));
  return section("history", "history", language, ...parts);
}

/**
 * @param {Subject} subject
 * @param {Language} language
 */
function releases(subject, language) {
  const { versions } = subject;
  const head = [say(language, "version"), say(language, "built"), say(language, "history")];
  const made = (/** @type {number} */ count) =>
    table(
      say(language, "history"),
      head,
      versions.slice(0, count).map((entry) => row(entry, subject, language)),
    );
  const shown = made(FIRST);
  if (versions.length <= FIRST) return [shown];
  const text = say(language, "allReleases", { count: versions.length });
  const more = make("button", { type: "button", class: "plain" }, text);
  more.addEventListener("click", () => {
    const all = made(versions.length);
    shown.replaceWith(all);
    all.focus();
    more.remove();
  });
  return [shown, more];
}

/**
 * @param {any} entry
 * @param {Subject} subject
 * @param {Language} language
 */
function row(entry, { found, product }, language) {
  const name = make("span", {}, make("code", {}, String(entry.version)));
  if (entry.version === product.version) name.append(" ", chip(say(language, "current"), "fresh"));
  if (entry.breaking && !entry.withdrawn) name.append(" ", chip(say(language, "breaking"), "due"));
  return [name, when(entry.created), changed(entry, found.base, language)];
}

/**
 * @param {string} text
 * @param {"fresh" | "due"} kind
 */
function chip(text, kind) {
  return make("span", { class: `chip ${kind}` }, text);
}

/**
 * @param {any} entry
 * @param {URL | null} base
 * @param {Language} language
 */
function changed(entry, base, language) {
  if (entry.withdrawn) return say(language, "withdrawnWhy", { reason: String(entry.message ?? "") });
  const address = (/** @type {string} */ name) =>
    webAddress(entry.assets?.[name]?.href, base ?? location.href);
  const changes = address(CHANGES);
  const record = address("release.json");
  const all = make("span", {});
  if (changes) all.append(make("a", { href: changes }, say(language, "changesFile")));
  else all.append(make("span", { class: "quiet" }, say(language, "firstRelease")));
  if (record) all.append(" · ", make("a", { href: record }, say(language, "record")));
  return all;
}
