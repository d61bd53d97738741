/** The page for queries: a statement, its answer as a table and on the map, files of it. */

/** @import { Drawn } from "./query/drawn.mjs" */
/** @import { Column } from "./query/result.mjs" */
/** @import { Format, Limits } from "./query/service.mjs" */
/** @import { View } from "./query/views.mjs" */
/** @import { Language } from "./words.mjs" */
import { readCatalog } from "./catalog.mjs";
import { byId, canDraw, make } from "./dom.mjs";
import { reason } from "./faults.mjs";
import { KeyPanel } from "./keypanel.mjs";
import { heldKey } from "./keyring.mjs";
import { amount } from "./meters.mjs";
import { columnsOf, saveButtons, tablePage } from "./query/result.mjs";
import { FORMATS, isServed, readTables, rowsOf, run, StatementError } from "./query/service.mjs";
import { viewList, exampleMenu, ownTools } from "./query/shelf.mjs";
import { readViews } from "./query/views.mjs";
import { QUERY_TEXTS } from "./query/words.mjs";
import { BASE, Sheet } from "./sheet.mjs";
import { fill, htmlLanguage, preferredLanguage } from "./words.mjs";

const HANDED_OVER_MS = 60_000;

/** What is known, and what is shown of it. */
const state = {
  language: preferredLanguage(),
  served: false,
  given: false,
  /** @type {View[]} */
  views: [],
  /** @type {Limits | null} */
  limits: null,
  /** @type {AbortController | null} */
  running: null,
  /** The statement that the answer is of. */
  asked: "",
  /** @type {Record<string, unknown>[] | null} */
  rows: null,
  /** @type {Column[]} */
  columns: [],
  page: 0,
  seconds: 0,
  /** @type {{key: keyof typeof QUERY_TEXTS, error: unknown} | null} */
  fault: null,
  /** @type {Drawn | null} */
  drawn: null,
};

const keys = new KeyPanel(() => void keyChanged());
const editor = /** @type {HTMLTextAreaElement} */ (byId("statement"));

/**
 * @param {keyof typeof QUERY_TEXTS} key
 * @param {Record<string, string | number>} [values]
 */
function words(key, values) {
  return fill(QUERY_TEXTS[key], state.language, values);
}

/** @param {Language} language */
function render(language) {
  state.language = language;
  byId("sheet-lead").textContent = words("queryLead");
  byId("asking").hidden = !state.served;
  byId("alone").hidden = state.served;
  if (!state.served)
    byId("alone").replaceChildren(make("p", {}, words("absent")), ...ownTools(BASE, language));
  keys.render(language, state.served, state.given);
  byId("key-missing").hidden = !state.served || heldKey() !== null;
  byId("examples").replaceChildren(...exampleMenu(state.views, language, take));
  byId("views").replaceChildren(...viewList(state.views, language, state.served ? insert : null));
  renderLimits();
  renderAnswer();
  state.drawn?.board.speak(language);
}

function renderLimits() {
  const { limits, language } = state;
  byId("limits").hidden = limits === null;
  if (limits === null) return;
  const { seconds, rows, bytes } = limits;
  const counted = new Intl.NumberFormat(htmlLanguage(language)).format(rows);
  byId("limits").textContent = words("limits", {
    seconds,
    rows: counted,
    bytes: amount(bytes, "bytes", language),
  });
}

function renderAnswer() {
  const { rows, columns, page, fault, language, running } = state;
  byId("run").hidden = running !== null;
  byId("stop").hidden = running === null;
  byId("answer-message").textContent = message();
  byId("answer-message").classList.toggle("fault", fault !== null);
  byId("answer").hidden = rows === null;
  if (rows === null) return;
  const count = new Intl.NumberFormat(htmlLanguage(language)).format(rows.length);
  byId("answer-facts").textContent = words("rows", { count, seconds: state.seconds.toFixed(2) });
  byId("table").replaceChildren(
    ...(rows.length ? tablePage(rows, columns, page, language, turn) : [make("p", {}, words("noRows"))]),
  );
  const placed = columns.some(({ kind }) => kind === "geometry");
  byId("show-map").hidden = !placed || state.drawn !== null || !canDraw();
  const all = /** @type {Format[]} */ (Object.keys(FORMATS));
  const formats = all.filter((format) => placed || format !== "geojson");
  byId("save").replaceChildren(...saveButtons(formats, language, (format) => void save(format)));
  const { drawn } = state;
  byId("map-note").textContent =
    drawn === null ? "" : words("mapNote", { drawn: drawn.features, count: rows.length });
}

/** Return what is to be said of the last thing that was done. */
function message() {
  if (state.running !== null) return words("running");
  if (state.fault === null) return "";
  const { key, error } = state.fault;
  if (!(error instanceof StatementError)) return words(key, { reason: reason(state.language, error) });
  const told = words(key, { reason: reason(state.language, error.reason) });
  if (error.position === null) return told;
  const before = state.asked.slice(0, error.position).split("\n");
  const place = words("position", { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 });
  return `${told} ${place}`;
}

/** @param {number} page */
function turn(page) {
  state.page = page;
  renderAnswer();
  byId("table").querySelector("div")?.focus();
}

/** Put another statement into the editor. @param {string} statement */
function take(statement) {
  editor.value = statement;
  editor.focus();
}

/** Write a name where the cursor is. @param {string} name */
function insert(name) {
  editor.setRangeText(name, editor.selectionStart, editor.selectionEnd, "end");
  editor.focus();
}

/**
 * Run a statement and keep what came of it; a second one waits for none.
 *
 * @param {keyof typeof QUERY_TEXTS} key What is said where it fails.
 * @param {(signal: AbortSignal) => Promise<void>} action
 */
async function attempt(key, action) {
  const running = new AbortController();
  state.running?.abort();
  Object.assign(state, { running, fault: null });
  renderAnswer();
  try {
    await action(running.signal);
  } catch (error) {
    if (running.signal.aborted) return;
    state.fault = { key, error };
    if (error instanceof StatementError && error.position !== null) select(error.position);
  }
  if (state.running === running) state.running = null;
  renderAnswer();
}

/** Select the word at which a statement fails. @param {number} position */
function select(position) {
  if (editor.value !== state.asked) return;
  const word = /^\w+|^./.exec(state.asked.slice(position))?.[0] ?? "";
  editor.focus();
  editor.setSelectionRange(position, position + word.length);
}

async function ask() {
  const statement = editor.value;
  if (statement.trim() === "") return;
  history.replaceState(null, "", `#q=${encodeURIComponent(statement)}`);
  clearMap();
  Object.assign(state, { asked: statement, rows: null });
  await attempt("failedQuery", async (signal) => {
    const begun = performance.now();
    const rows = await rowsOf(await run(statement, "json", signal));
    const seconds = (performance.now() - begun) / 1000;
    Object.assign(state, { rows, columns: columnsOf(rows), page: 0, seconds });
  });
}

/** @param {Format} format */
async function save(format) {
  await attempt("failedQuery", async (signal) => {
    const answer = await run(state.asked, format, signal);
    const address = URL.createObjectURL(await answer.blob());
    make("a", { href: address, download: `query.${FORMATS[format]}` }).click();
    setTimeout(() => URL.revokeObjectURL(address), HANDED_OVER_MS);
  });
}

async function showMap() {
  await attempt("noMapHere", async (signal) => {
    const collection = await (await run(state.asked, "geojson", signal)).json();
    byId("answer-map").hidden = false;
    const { drawAnswer } = await import("./query/drawn.mjs");
    state.drawn = await drawAnswer("answer-map", collection, BASE, state.language);
    Object.assign(window, { tianlake: { map: state.drawn.board.map, ready: true } }); // as `page.mjs` does
  });
}

function clearMap() {
  state.drawn?.board.map.remove();
  state.drawn = null;
  byId("answer-map").hidden = true;
}

/** Ask what a key may ask: views of nodes below this one, too. */
async function keyChanged() {
  state.limits = null;
  if (state.served && heldKey() !== null) {
    try {
      const { tables, limits } = await readTables();
      state.limits = limits;
      const known = new Set(state.views.map(({ name }) => name));
      const more = tables.filter(({ name }) => !known.has(name));
      state.views.push(
        ...more.map(({ name, title }) => ({ name, title, columns: null, beside: [], bounds: null })),
      );
    } catch {
      // what this key may not ask is told when it asks
    }
  }
  render(state.language);
}

async function read() {
  const catalog = await readCatalog(BASE);
  state.given = catalog.terms;
  [state.served, state.views] = await Promise.all([isServed(), readViews(BASE, catalog.products)]);
  const told = new URLSearchParams(location.hash.slice(1)).get("q");
  editor.value = told ?? (state.views[0] ? `SELECT * FROM ${state.views[0].name} LIMIT 20` : "");
  await keys.review();
  await keyChanged();
}

byId("query-form").addEventListener("submit", (event) => {
  event.preventDefault(); // nothing is sent: a form would write the statement into the address of another page
  void ask();
});
editor.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    void ask();
  }
});
byId("stop").addEventListener("click", () => {
  state.running?.abort();
  state.running = null;
  renderAnswer();
  byId("answer-message").textContent = words("stopped");
});
byId("show-map").addEventListener("click", () => void showMap());
addEventListener("hashchange", () => {
  const told = new URLSearchParams(location.hash.slice(1)).get("q");
  if (told !== null) editor.value = told;
});

await new Sheet({ title: QUERY_TEXTS.query, texts: QUERY_TEXTS, read, render }).run();
