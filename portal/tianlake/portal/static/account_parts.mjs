/** The parts of the account page that are made anew with what is known: the account, its keys, what it used. */

/** @import { Account, Key, Usage } from "./account_api.mjs" */
/** @import { Language, TextKey } from "./words.mjs" */
import { make } from "./dom.mjs";
import { amount, METERS } from "./meters.mjs";
import { button } from "./secrets.mjs";
import { chartKey, usageChart } from "./usage_chart.mjs";
import { htmlLanguage, say } from "./words.mjs";

/** @type {Record<Key["state"], TextKey>} */
const STATES = {
  active: "stateActive",
  revoked: "stateRevoked",
  expired: "stateExpired",
  suspended: "stateSuspended",
};

/**
 * @param {Account} account
 * @param {Usage | null} usage
 * @param {Language} language
 * @param {() => void} onAccept
 */
export function accountPart({ id, name, tier, state, terms }, usage, language, onAccept) {
  const title = usage?.title?.[language] ?? tier;
  const parts = [make("p", {}, say(language, "accountOf", { name, tier: title, id }))];
  if (state !== "active") parts.push(make("p", { class: "fault" }, say(language, "suspended")));
  if (terms.due && terms.current !== null) {
    const due = make("p", { class: "due-note" }, say(language, "termsDue", { version: terms.current }));
    if (terms.keys_end !== null)
      due.append(" ", say(language, "keysEnd", { date: dateText(terms.keys_end, language) }));
    const accept = button("acceptTerms", "action", language);
    accept.addEventListener("click", onAccept);
    const read = make("a", { href: "terms.html" }, say(language, "readTerms"));
    parts.push(due, make("p", { class: "controls" }, read, accept));
  }
  return parts;
}

/**
 * @param {Key[]} keys
 * @param {Language} language
 * @param {{revoke: (id: string) => void, rotate: (id: string) => void}} actions
 */
export function keyList(keys, language, actions) {
  if (keys.length === 0) return make("p", { class: "quiet" }, say(language, "noKeys"));
  return make("ul", { class: "key-list" }, ...keys.map((key) => keyItem(key, language, actions)));
}

/**
 * @param {Key} key
 * @param {Language} language
 * @param {{revoke: (id: string) => void, rotate: (id: string) => void}} actions
 */
function keyItem(key, language, actions) {
  const name = key.label || key.id;
  const chip = make("span", { class: `chip key-${key.state}` }, say(language, STATES[key.state]));
  const bound = [...key.hosts, ...key.networks].join(", ") || say(language, "kindAny");
  const facts = [key.id, `${say(language, "fieldBinding")}: ${bound}`];
  facts.push(say(language, "keyCreated", { date: dateText(key.created, language) }));
  if (key.expires !== null)
    facts.push(say(language, "keyExpires", { date: dateText(key.expires, language) }));
  if (key.with_sk) facts.push(say(language, "hasSk"));
  const item = make("li", {}, make("p", {}, make("strong", {}, name), " ", chip));
  item.append(make("p", { class: "quiet" }, facts.join(" · ")));
  if (key.state !== "active") return item;
  const controls = make("p", { class: "controls" });
  if (key.replaced_by === null) {
    const rotate = named(button("rotate", "plain", language), "rotate", name, language);
    rotate.addEventListener("click", () => actions.rotate(key.id));
    controls.append(rotate);
  }
  controls.append(revokeButton(key.id, name, language, actions.revoke));
  item.append(controls);
  return item;
}

/**
 * Return a button that asks once more before it ends a key.
 *
 * @param {string} id
 * @param {string} name
 * @param {Language} language
 * @param {(id: string) => void} revoke
 */
function revokeButton(id, name, language, revoke) {
  const end = named(button("revoke", "plain", language), "revoke", name, language);
  let asked = false;
  end.addEventListener("click", () => {
    if (asked) return revoke(id);
    asked = true;
    end.textContent = say(language, "revokeSure");
    named(end, "revokeSure", name, language);
  });
  return end;
}

/**
 * @param {HTMLButtonElement} which
 * @param {TextKey} action
 * @param {string} key
 * @param {Language} language
 */
function named(which, action, key, language) {
  which.setAttribute("aria-label", say(language, "actionOn", { action: say(language, action), key }));
  return which;
}

/**
 * Return the chart of what was used, and the same as a table.
 *
 * @param {Usage} usage
 * @param {Language} language
 * @param {number} now Milliseconds since the epoch.
 */
export function usageBars(usage, language, now) {
  const { meters, resets, warning } = usage;
  const rows = Object.entries(METERS).flatMap(([meter, key]) => {
    const told = meters[meter];
    if (told === undefined) return [];
    const percent = Math.min(100, Math.round((told.used / told.limit) * 100));
    const text = say(language, "usageOf", {
      used: amount(told.used, meter, language),
      limit: amount(told.limit, meter, language),
      percent,
    });
    const head = make("th", { scope: "row" }, say(language, key));
    return [make("tr", told.warning ? { class: "warned" } : {}, head, make("td", {}, text))];
  });
  const caption = make("caption", { class: "unseen" }, say(language, "usage"));
  const table = make("table", { class: "usage-table" }, caption, make("tbody", {}, ...rows));
  const reset = say(language, "usageReset", { date: dateText(resets, language) });
  const read = say(language, "usageRead", { date: dateText(new Date(now).toISOString(), language) });
  const note = make("p", { class: "quiet" }, `${reset} ${read}`);
  const drawn = make("div", { class: "stack" }, usageChart(usage, language, now), chartKey(language));
  const parts = [drawn, table, note];
  if (!warning) return parts;
  return [make("p", { class: "due-note", role: "alert" }, say(language, "usageWarning")), ...parts];
}

/**
 * @param {string} time RFC 3339.
 * @param {Language} language
 */
function dateText(time, language) {
  return new Date(time).toLocaleString(htmlLanguage(language), { dateStyle: "medium", timeStyle: "short" });
}
