/** The page of status: what services and documents say of themselves, and reports to read. */

/** @import { Figures } from "./status/figures.mjs" */
/** @import { Language } from "./words.mjs" */
import { byId } from "./dom.mjs";
import { BASE, Sheet } from "./sheet.mjs";
import { readFigures } from "./status/figures.mjs";
import { incidents } from "./status/incidents.mjs";
import { ages, harvests, limits, reports, services } from "./status/parts.mjs";
import { STATUS_TEXTS } from "./status/words.mjs";
import { fill, htmlLanguage, preferredLanguage } from "./words.mjs";

/** @type {Figures | null} */
let figures = null;
let shown = preferredLanguage();

/** @param {Language} language */
function render(language) {
  shown = language;
  byId("sheet-lead").textContent = fill(STATUS_TEXTS.statusLead, language);
  if (figures === null) return;
  byId("status-board").hidden = false;
  const time = figures.at.toLocaleTimeString(htmlLanguage(language));
  byId("read-at").textContent = fill(STATUS_TEXTS.readAt, language, { time });
  byId("services").replaceChildren(...services(figures, language));
  byId("incidents").replaceChildren(...incidents(figures, language));
  byId("ages").replaceChildren(...ages(figures, language));
  byId("harvests").replaceChildren(...harvests(figures, language));
  byId("limits").replaceChildren(...limits(figures, language));
  byId("reports").replaceChildren(...reports(figures, language));
}

async function read() {
  figures = await readFigures(BASE);
}

byId("again").addEventListener("click", () => {
  void read()
    .then(() => render(shown))
    .catch(() => location.reload()); // the whole page tells what cannot be read
});

await new Sheet({ title: STATUS_TEXTS.status, texts: STATUS_TEXTS, read, render }).run();
