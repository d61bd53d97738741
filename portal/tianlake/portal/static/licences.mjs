/** The page of licences: the third-party code that this site brings along, by `vendor/vendor.json`, and its texts. */

/** @import { Language } from "./words.mjs" */
import { readJson } from "./catalog.mjs";
import { byId, make } from "./dom.mjs";
import { answerError } from "./faults.mjs";
import { Sheet } from "./sheet.mjs";
import { fill } from "./words.mjs";

const VENDOR = new URL("vendor/", import.meta.url);
const LICENCE = /LICEN[CS]E/i;

export const LICENCE_TEXTS = {
  licencesLead: {
    zh: "本站自身以 Apache-2.0 许可发布；以下第三方代码随页面提供，不从其他网站取得。",
    en: "This site itself is under Apache-2.0. The third-party code below comes with its pages, from no other site.",
  },
  version: { zh: "版本 {version} · {license}", en: "Version {version} · {license}" },
  files: { zh: "文件：{list}", en: "Files: {list}" },
  licenceText: { zh: "许可全文", en: "Text of the licence" },
};

/** @typedef {{name: string, version: string, license: string, files: string[], text: string}} Package */

/** @type {Package[]} */
let packages = [];

/** @param {Language} language */
function render(language) {
  byId("sheet-lead").textContent = fill(LICENCE_TEXTS.licencesLead, language);
  byId("sheet").replaceChildren(...packages.map((each) => part(each, language)));
}

/**
 * @param {Package} each
 * @param {Language} language
 */
function part({ name, version, license, files, text }, language) {
  const list = files.join(language === "zh" ? "、" : ", ");
  const section = make(
    "section",
    { class: "notes" },
    make("h2", { lang: "en" }, name),
    make("p", {}, fill(LICENCE_TEXTS.version, language, { version, license })),
  );
  if (files.length)
    section.append(make("p", { class: "quiet" }, fill(LICENCE_TEXTS.files, language, { list })));
  const whole = make("pre", { class: "licence", tabindex: "0", lang: "en" }, text);
  section.append(make("details", {}, make("summary", {}, fill(LICENCE_TEXTS.licenceText, language)), whole));
  return section;
}

async function read() {
  const { files } = await readJson(new URL("vendor.json", VENDOR));
  const names = [...new Set(files.map((/** @type {any} */ file) => String(file.package)))].sort();
  packages = await Promise.all(
    names.map((name) =>
      readPackage(
        name,
        files.filter((/** @type {any} */ file) => file.package === name),
      ),
    ),
  );
}

/**
 * @param {string} name
 * @param {any[]} files
 * @returns {Promise<Package>}
 */
async function readPackage(name, files) {
  const texts = files.filter((file) => LICENCE.test(file.name));
  const answers = await Promise.all(texts.map((file) => fetch(new URL(file.name, VENDOR))));
  for (const answer of answers) if (!answer.ok) throw await answerError(answer);
  const text = (await Promise.all(answers.map((answer) => answer.text()))).join("\n\n");
  const own = files.filter((file) => !texts.includes(file)).map((file) => String(file.name));
  const [{ version, license }] = files;
  return { name, version: String(version), license: String(license), files: own, text };
}

await new Sheet({ title: "licences", texts: LICENCE_TEXTS, read, render }).run();
