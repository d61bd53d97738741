/** The parts of the page of status, made anew with what was read. */

/** @import { Freshness } from "../freshness.mjs" */
/** @import { Language } from "../words.mjs" */
/** @import { Figures, Probe } from "./figures.mjs" */
import { make } from "../dom.mjs";
import { reason } from "../faults.mjs";
import { fileName } from "../files.mjs";
import { ageInDays, freshness, freshnessText } from "../freshness.mjs";
import { bothLanguages } from "../words.mjs";
import { day, moment, speaker, table } from "./table.mjs";

/**
 * @param {Figures} figures
 * @param {Language} language
 */
export function services({ alive, ready, documents }, language) {
  const words = speaker(language);
  const row = (/** @type {"alive" | "ready" | "documents"} */ key, /** @type {Probe} */ { ms, error }) => {
    const works = error === null;
    const text = works ? words("works", { ms }) : words("fails", { reason: reason(language, error) });
    const chip = make("span", { class: works ? "chip fresh" : "chip stale" }, text);
    return [make("dt", {}, words(key)), make("dd", {}, chip)];
  };
  const list = make("dl", { class: "facts" });
  if (alive !== null) list.append(...row("alive", alive));
  if (ready !== null) list.append(...row("ready", ready));
  list.append(...row("documents", documents));
  return alive === null ? [list, make("p", { class: "quiet" }, words("noGateway"))] : [list];
}

/**
 * @param {Figures} figures
 * @param {Language} language
 */
export function ages({ ages: all, at }, language) {
  const words = speaker(language);
  if (all.length === 0) return [make("p", {}, words("noProducts"))];
  const known = all.map((each) => ({ ...each, days: ageInDays(each.updated, at.getTime()) }));
  const of = (/** @type {Freshness} */ kind) => known.filter(({ days }) => freshness(days) === kind).length;
  const counts = { fresh: of("fresh"), due: of("due"), stale: of("stale"), undated: of("undated") };
  const rows = known.map(({ title, updated, days, error }) => {
    const told = error === null ? freshnessText(language, days) : reason(language, error);
    const chip = make("span", { class: `chip ${freshness(days)}` }, told);
    return [title[language], updated === null ? "—" : day(updated, language), chip];
  });
  const lead = make("p", { class: "quiet" }, words("freshLead", { count: all.length, ...counts }));
  return [lead, table(words("freshness"), [words("product"), words("updated"), words("age")], rows)];
}

/**
 * @param {Figures} figures
 * @param {Language} language
 */
export function harvests({ harvest }, language) {
  const words = speaker(language);
  const children = harvest?.children ?? [];
  if (children.length === 0) return [make("p", {}, words("noHarvest"))];
  const rows = children.map((/** @type {any} */ child) => {
    const state = /** @type {"fresh" | "stale" | "removed"} */ (String(child.state));
    const since =
      child.stale_since == null
        ? []
        : [
            make("br"),
            words("since", { since: moment(child.stale_since, language), reason: child.reason ?? "" }),
          ];
    const chip = make("span", { class: state === "fresh" ? "chip fresh" : "chip stale" }, words(state));
    const { added = 0, updated = 0, deleted = 0, unchanged = 0 } = child.last ?? {};
    return [
      String(child.code),
      make("span", {}, chip, ...since),
      child.taken == null ? "—" : moment(child.taken, language),
      words("counts", { added, updated, deleted, unchanged }),
    ];
  });
  const heads = [words("node"), words("state"), words("taken"), words("changes")];
  return [table(words("harvests"), heads, rows)];
}

/**
 * @param {Figures} figures
 * @param {Language} language
 */
export function limits({ quotas }, language) {
  const words = speaker(language);
  if (quotas === null) return [make("p", {}, words("noLimits"))];
  const held = quotas === "" ? [] : [make("p", {}, words("limitsNote", { version: quotas }))];
  return [...held, make("p", {}, make("a", { href: "quotas.html" }, words("limitsRead")))];
}

/**
 * @param {Figures} figures
 * @param {Language} language
 */
export function reports({ reports: all }, language) {
  const words = speaker(language);
  if (all.length === 0) return [make("p", {}, words("noReports"))];
  const items = all.map(({ href, title, type }) => {
    const name = title === "" ? fileName(href) : bothLanguages(title)[language];
    const save = make("a", { href, download: fileName(href) }, words("download"));
    save.setAttribute("aria-label", words("downloadOf", { title: name }));
    return make("li", {}, make("a", { href, ...(type === "" ? {} : { type }) }, name), " ", save);
  });
  return [make("ul", { class: "reports" }, ...items)];
}
