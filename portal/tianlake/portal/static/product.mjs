/** The page of one product, `product.html?id=n156130000-places`: what it is, who answers for it, how to use it. */

/** @import { Subject } from "./product/read.mjs" */
/** @import { Language } from "./words.mjs" */
import { readCatalog } from "./catalog.mjs";
import { byId, make } from "./dom.mjs";
import { KeyPanel } from "./keypanel.mjs";
import { approvalPart } from "./product/approval.mjs";
import { fieldsPart } from "./product/fields.mjs";
import { filesPart } from "./product/filelist.mjs";
import { headPart } from "./product/head.mjs";
import { historyPart } from "./product/history.mjs";
import { Preview } from "./product/preview.mjs";
import { qualityPart } from "./product/quality.mjs";
import { readSubject } from "./product/read.mjs";
import { UsePart } from "./product/use.mjs";
import { licencePart, whoPart } from "./product/who.mjs";
import { BASE, Sheet } from "./sheet.mjs";
import { htmlLanguage, preferredLanguage, say } from "./words.mjs";

const id = new URLSearchParams(location.search).get("id") ?? "";

/** @type {Subject | null} */
let subject = null;
/** Whether the node gives keys. */
let given = false;
let language = preferredLanguage();
const preview = new Preview();
const use = new UsePart();
const keys = new KeyPanel(() => {
  show();
  void preview.refresh();
});

async function read() {
  const [found, catalog] = await Promise.all([id ? readSubject(id, BASE) : null, readCatalog(BASE)]);
  subject = found;
  given = catalog.terms;
  await keys.review();
}

/** @param {Language} wanted */
function render(wanted) {
  language = wanted;
  if (subject === null) renderNone();
  else {
    show();
    preview.show(subject, language);
  }
}

function show() {
  if (subject === null) return;
  const { product } = subject;
  const title = byId("sheet-title");
  title.textContent = product.title[language];
  title.lang = htmlLanguage(language);
  document.title = document.title.replace(say(language, "productPage"), product.title[language]);
  byId("product").hidden = false;
  byId("product-head").replaceChildren(...headPart(subject, language));
  keys.render(language, product.access !== "open", given);
  const enterKey = () => keys.enter();
  byId("sheet").replaceChildren(
    use.render(subject, language, enterKey),
    filesPart(subject, language, enterKey),
    whoPart(subject, language),
    licencePart(subject, language),
    approvalPart(subject, language),
    historyPart(subject, language),
    qualityPart(subject, language),
    fieldsPart(subject, language),
  );
}

function renderNone() {
  const text = say(language, id ? "productNone" : "productAsk", { id });
  const link = make("a", { href: new URL("catalog.html", import.meta.url).href }, say(language, "toCatalog"));
  byId("product").hidden = false;
  byId("product-head").replaceChildren(make("p", {}, text), make("p", {}, link));
}

await new Sheet({ title: "productPage", read, render }).run();
