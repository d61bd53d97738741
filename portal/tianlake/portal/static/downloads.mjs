/** Files that need the visitor's key: a link alone cannot send it, so the page fetches them itself. */

/** @import { Language } from "./words.mjs" */
import { make } from "./dom.mjs";
import { answerError, faultNote } from "./faults.mjs";
import { fileName } from "./files.mjs";
import { keyHeaders } from "./keyring.mjs";
import { say } from "./words.mjs";

/** How long the browser may take to begin saving what it was handed, in milliseconds. */
const HANDED_OVER_MS = 60_000;

/**
 * Fetch a file and hand it to the browser to save. The browser keeps large ones on disk meanwhile, not in memory.
 *
 * @param {string} href
 * @param {HTMLElement} told Where it is said how it goes.
 * @param {Language} language
 */
export async function download(href, told, language) {
  const name = fileName(href);
  told.replaceChildren(make("p", { class: "quiet" }, say(language, "fetching", { name })));
  try {
    const answer = await fetch(href, { headers: keyHeaders(href) });
    if (!answer.ok) throw await answerError(answer);
    const address = URL.createObjectURL(await answer.blob());
    make("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), HANDED_OVER_MS);
    told.replaceChildren(make("p", { class: "quiet" }, say(language, "fetched", { name })));
  } catch (error) {
    told.replaceChildren(faultNote(language, "noDownload", error));
  }
}
