/** The catalog page: `catalog.html?q=影像&class=imagery`. What is looked for stands in the address, to be kept or sent. */

/** @import { Language } from "../words.mjs" */
/** @import { Gathered } from "./sources.mjs" */
import { byId } from "../dom.mjs";
import { reason } from "../faults.mjs";
import { BASE, Sheet } from "../sheet.mjs";
import { preferredLanguage, say } from "../words.mjs";
import { AreaPart } from "./area.mjs";
import { renderFacets } from "./facets.mjs";
import { PAGE_SIZE, pager, resultItem, sortOptions } from "./list.mjs";
import { choose, ordered } from "./matching.mjs";
import { noneChosen, readQuestion, SORTS, writeQuestion } from "./question.mjs";
import { Sources } from "./sources.mjs";

let question = readQuestion(location.search);
let language = preferredLanguage();
/** @type {Gathered} */
let gathered = { records: [], served: true, refusal: null, more: 0 };
let searching = new AbortController();
const sources = new Sources(BASE);
const area = new AreaPart((box) => ask({ box }));

/** @param {string} id */
function field(id) {
  return /** @type {HTMLInputElement} */ (byId(id));
}

async function read() {
  searching.abort();
  searching = new AbortController();
  const { signal } = searching;
  byId("results").setAttribute("aria-busy", "true");
  const found = await sources.find(question, signal, (count) => {
    if (!signal.aborted) byId("find-count").textContent = say(language, "readSoFar", { count });
  });
  if (signal.aborted) return;
  gathered = found;
  byId("results").removeAttribute("aria-busy");
}

/**
 * Look for something else: what text, area and time find is asked for anew, the rest is chosen here.
 *
 * @param {Partial<typeof question>} changed
 */
function ask(changed) {
  question = { ...question, page: 1, ...changed };
  history.pushState(null, "", writeQuestion(question) || location.pathname);
  void answer(["text", "box", "from", "until"].some((name) => name in changed));
}

/** @param {boolean} anew */
async function answer(anew) {
  if (anew) {
    try {
      await read();
    } catch (error) {
      if (error instanceof DOMException) return; // something else was asked for meanwhile
      byId("results").removeAttribute("aria-busy");
      byId("find-count").textContent = say(language, "noSheet", { reason: reason(language, error) });
      return;
    }
  }
  render(language);
}

/** @param {Language} wanted */
function render(wanted) {
  language = wanted;
  const now = Date.now();
  const { found, counts } = choose(gathered.records, question.chosen, now);
  const last = Math.max(1, Math.ceil(found.length / PAGE_SIZE));
  const page = Math.min(question.page, last);
  const first = (page - 1) * PAGE_SIZE;
  const shown = ordered(found, question.sort, language).slice(first, first + PAGE_SIZE);
  field("find-text").value = question.text;
  field("find-from").value = question.from;
  field("find-until").value = question.until;
  sortOptions(/** @type {HTMLSelectElement} */ (byId("find-sort")), question.sort, language);
  byId("find-list").replaceChildren(...shown.map((record) => resultItem(record, language, now)));
  const numbers = { count: found.length, first: first + 1, last: first + shown.length };
  const key = found.length === 0 ? "foundNone" : last > 1 ? "foundPart" : "foundCount";
  byId("find-count").textContent = say(language, key, numbers);
  renderNote();
  pager(byId("find-pages"), page, last, language, (wantedPage) => {
    ask({ page: wantedPage });
    byId("results").focus();
  });
  renderFacets(
    byId("facets"),
    { counts, chosen: question.chosen, records: gathered.records },
    language,
    (facet, value) => {
      /** @type {string[]} */
      const before = question.chosen[facet];
      const after = before.includes(value) ? before.filter((each) => each !== value) : [...before, value];
      ask({ chosen: { ...question.chosen, [facet]: after } });
    },
  );
  area.render(question.box, language);
}

function renderNote() {
  const { served, refusal, more } = gathered;
  const notes = [];
  if (refusal !== null) notes.push(say(language, "fromFilesRefused", { reason: reason(language, refusal) }));
  else if (!served) notes.push(say(language, "fromFiles"));
  if (more > 0) notes.push(say(language, "foundMore", { count: more }));
  byId("find-note").textContent = notes.join(" ");
  byId("find-note").hidden = notes.length === 0;
}

function listen() {
  byId("find-form").addEventListener("submit", (event) => {
    event.preventDefault();
    ask({ text: field("find-text").value });
  });
  for (const [id, name] of [
    ["find-from", "from"],
    ["find-until", "until"],
  ])
    byId(id ?? "").addEventListener("change", ({ target }) => {
      ask({ [name ?? ""]: /** @type {HTMLInputElement} */ (target).value });
    });
  byId("find-sort").addEventListener("change", ({ target }) => {
    const { value } = /** @type {HTMLSelectElement} */ (target);
    ask({ sort: SORTS.find((each) => each === value) ?? "fit" });
  });
  byId("find-clear").addEventListener("click", () => {
    ask({ text: "", box: null, from: "", until: "", chosen: noneChosen() });
  });
  addEventListener("popstate", () => {
    question = readQuestion(location.search);
    void answer(true);
  });
  // unfolded where there is room beside the list
  byId("filters").toggleAttribute("open", matchMedia("(min-width: 60rem)").matches);
}

listen();
await new Sheet({ title: "catalogPage", read, render }).run();
