/** The page for requests: a form that loses nothing, and how a request stands by its receipt. */

/** @import { Board } from "./map.mjs" */
/** @import { Case, Draft } from "./say/desk.mjs" */
/** @import { Language } from "./words.mjs" */
import { readJson } from "./catalog.mjs";
import { byId, canDraw, make } from "./dom.mjs";
import { reason } from "./faults.mjs";
import { file, isClosed, keepDraft, keptDraft, linked, placeOf, status } from "./say/desk.mjs";
import { SAY_TEXTS } from "./say/words.mjs";
import { copyCode } from "./secrets.mjs";
import { BASE, Sheet } from "./sheet.mjs";
import { fill, htmlLanguage, preferredLanguage, say } from "./words.mjs";

/** @type {(keyof Draft)[]} */
const FIELDS = ["wish", "ground", "text", "place", "about", "name", "contact"];

const state = {
  language: preferredLanguage(),
  /** Who runs this node, and how to write to them. */
  operator: "",
  restored: false,
  sending: false,
  /** @type {unknown} */
  fault: null,
  placeWrong: false,
  /** @type {string | null} */
  receipt: null,
  /** @type {Case | null} */
  found: null,
  /** @type {unknown} */
  unfound: null,
  /** @type {Board | null} */
  board: null,
  /** @type {typeof import("./say/picker.mjs") | null} */
  picker: null,
  /** @type {unknown} */
  mapFault: null,
};

/**
 * @param {keyof typeof SAY_TEXTS} key
 * @param {Record<string, string | number>} [values]
 */
function words(key, values) {
  return fill(SAY_TEXTS[key], state.language, values);
}

/** @param {Language} language */
function render(language) {
  state.language = language;
  byId("sheet-lead").textContent = words("sayLead");
  byId("say-message").textContent = message();
  byId("say-message").classList.toggle("fault", state.fault !== null || state.placeWrong);
  byId("receipt-box").replaceChildren(...(state.receipt === null ? [] : receiptBox(state.receipt)));
  byId("pick").hidden = !canDraw() || state.board !== null || state.mapFault !== null;
  byId("middle").hidden = state.board === null;
  byId("pick-hint").textContent =
    state.mapFault === null
      ? state.board === null
        ? ""
        : words("pickHint")
      : words("noMapHere", { reason: reason(language, state.mapFault) });
  byId("status-message").textContent = standing();
  byId("status-message").classList.toggle("fault", state.unfound !== null);
  state.board?.speak(language);
}

function message() {
  const { fault, language, placeWrong, restored, sending } = state;
  if (sending) return words("sending");
  if (placeWrong) return words("placeWrong");
  if (fault === null) return restored ? words("draft") : "";
  if (isClosed(fault)) return words("closed", { operator: state.operator || words("operatorUnknown") });
  return words("notSent", { reason: reason(language, fault) });
}

function standing() {
  const { found, language, unfound } = state;
  if (unfound !== null) return words("notAsked", { reason: reason(language, unfound) });
  if (found === null) return "";
  const day = (/** @type {string} */ time) =>
    new Date(time).toLocaleString(htmlLanguage(language), { dateStyle: "medium", timeStyle: "short" });
  const { message: told, since, received } = found;
  return words("stands", { message: told[language], since: day(since), received: day(received) });
}

/** @param {string} receipt */
function receiptBox(receipt) {
  const { language } = state;
  const name = words("receipt");
  const code = make(
    "code",
    { tabindex: "0", role: "textbox", "aria-readonly": "true", "aria-label": name },
    receipt,
  );
  const copy = make("button", { type: "button", class: "copy" }, say(language, "copy"));
  copy.setAttribute("aria-label", `${say(language, "copy")}: ${name}`);
  copy.addEventListener("click", () => void copyCode(code, language));
  const kept = make("button", { type: "button", class: "plain" }, say(language, "kept"));
  kept.addEventListener("click", () => {
    state.receipt = null;
    render(state.language);
  });
  const line = make("div", { class: "snippet" }, make("p", { class: "snippet-name" }, name), code, copy);
  return [make("div", { class: "secrets" }, make("p", {}, words("receiptOnce")), line, kept)];
}

/** @param {string} id Of an input, a select or a text area, all of which have a value. */
function input(id) {
  return /** @type {HTMLInputElement} */ (byId(id));
}

/** @returns {Draft} */
function draft() {
  const values = FIELDS.map((field) => [field, input(`say-${field}`).value]);
  return /** @type {Draft} */ (Object.fromEntries(values));
}

/** @param {Partial<Draft>} told */
function write(told) {
  for (const field of FIELDS) {
    const value = told[field];
    if (value !== undefined) input(`say-${field}`).value = value;
  }
}

async function send() {
  const written = draft();
  state.placeWrong = written.place.trim() !== "" && placeOf(written.place) === null;
  if (state.placeWrong) {
    render(state.language);
    return input("say-place").focus();
  }
  if (state.sending) return; // a second click sends no second request
  Object.assign(state, { sending: true, fault: null, restored: false });
  render(state.language);
  try {
    const { receipt } = await file(written);
    Object.assign(state, { receipt, found: null, unfound: null });
    keepDraft(null);
    /** @type {HTMLFormElement} */ (byId("say-form")).reset();
    choose("");
    input("receipt").value = receipt;
  } catch (error) {
    state.fault = error;
  }
  state.sending = false;
  render(state.language);
  if (state.receipt !== null && state.fault === null) byId("receipt-box").querySelector("code")?.focus();
  else byId("say-message").scrollIntoView({ block: "nearest" });
}

async function ask() {
  Object.assign(state, { found: null, unfound: null });
  try {
    state.found = await status(input("receipt").value.trim());
  } catch (error) {
    state.unfound = error;
  }
  render(state.language);
}

/** Write a place into the form and onto the map. @param {string} place */
function choose(place) {
  input("say-place").value = place;
  placeChanged();
}

function placeChanged() {
  if (state.board !== null) state.picker?.mark(state.board, placeOf(input("say-place").value));
}

async function pick() {
  byId("pick").setAttribute("disabled", "");
  byId("say-map").hidden = false;
  try {
    const picker = await import("./say/picker.mjs");
    const place = placeOf(input("say-place").value);
    state.board = await picker.openPicker("say-map", BASE, state.language, place, (chosen) => {
      choose(chosen);
      keepDraft(draft());
    });
    state.picker = picker;
    Object.assign(window, { tianlake: { map: state.board.map, ready: true } }); // as `page.mjs` does
  } catch (error) {
    state.mapFault = error;
    byId("say-map").hidden = true;
  }
  render(state.language);
}

async function read() {
  const { settings } = await readJson(new URL("node.json", BASE));
  state.operator = [settings.operator?.name, settings.operator?.email].filter(Boolean).join(" ");
  const kept = keptDraft();
  if (kept !== null) write(kept);
  write(linked(location.hash));
  state.restored = kept !== null && (kept.text ?? "") !== "";
}

byId("say-form").addEventListener("submit", (event) => {
  event.preventDefault(); // nothing leaves the page but what it calls for
  void send();
});
byId("say-form").addEventListener("input", () => keepDraft(draft()));
byId("say-place").addEventListener("change", placeChanged);
byId("status-form").addEventListener("submit", (event) => {
  event.preventDefault();
  void ask();
});
byId("pick").addEventListener("click", () => void pick());
byId("middle").addEventListener("click", () => {
  if (state.board !== null && state.picker !== null) choose(state.picker.middle(state.board));
});

await new Sheet({ title: SAY_TEXTS.say, texts: SAY_TEXTS, read, render }).run();
