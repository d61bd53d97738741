/** Keys and tokens that are shown once: in a box of their own, to be copied, until the visitor has kept them. */

/** @import { Language, TextKey } from "./words.mjs" */
import { byId, make } from "./dom.mjs";
import { holdKey } from "./keyring.mjs";
import { say } from "./words.mjs";

/**
 * @typedef {object} Secret
 * @property {"secretToken" | "secretKey" | "secretSk"} what
 * @property {string} value
 */

/**
 * @param {Secret[]} secrets
 * @param {Language} language
 * @param {() => void} onKept
 */
export function secretBox(secrets, language, onKept) {
  const kept = button("kept", "plain", language);
  kept.addEventListener("click", onKept);
  const rows = secrets.map((secret) => row(secret, language));
  return make("div", { class: "secrets" }, make("p", {}, say(language, "shownOnce")), ...rows, kept);
}

/**
 * @param {Secret} secret
 * @param {Language} language
 */
function row({ what, value }, language) {
  const name = say(language, what);
  const code = make(
    "code",
    { tabindex: "0", role: "textbox", "aria-readonly": "true", "aria-label": name },
    value,
  );
  const copy = button("copy", "copy", language);
  copy.setAttribute("aria-label", `${say(language, "copy")}: ${name}`);
  copy.addEventListener("click", () => void copyCode(code, language));
  const all = make("div", { class: "snippet" }, make("p", { class: "snippet-name" }, name), code, copy);
  if (what !== "secretKey") return all;
  const use = button("useOnMap", "plain", language);
  use.addEventListener("click", () => {
    holdKey(value, false);
    byId("announcement").textContent = say(language, "usedOnMap");
  });
  return make("div", {}, all, use);
}

/**
 * Copy a line of code; where the browser refuses (a page without TLS), select it for the visitor's own keys.
 *
 * @param {HTMLElement} code
 * @param {Language} language
 */
export async function copyCode(code, language) {
  try {
    await navigator.clipboard.writeText(code.textContent ?? "");
    byId("announcement").textContent = say(language, "copied");
  } catch {
    getSelection()?.selectAllChildren(code);
    byId("announcement").textContent = say(language, "selected");
  }
}

/**
 * @param {TextKey} key
 * @param {"action" | "plain" | "copy"} kind
 * @param {Language} language
 */
export function button(key, kind, language) {
  return make("button", { type: "button", class: kind }, say(language, key));
}
