/** The files of a release, with sizes and checksums. */

/** @import { Language } from "../words.mjs" */
/** @import { Subject } from "./read.mjs" */
import { list } from "../catalog.mjs";
import { make, webAddress } from "../dom.mjs";
import { fileName } from "../files.mjs";
import { say } from "../words.mjs";
import { fileLink } from "../using.mjs";
import { section, size, table } from "./section.mjs";

/** A SHA-256 as STAC has it: a multihash begins with its kind and its length. */
const SHA256 = /^1220([0-9a-f]{64})$/;
/** Roles of files that are data: a server may want a key for them. Documents are open to all, of every product. */
const METERED = ["data", "visual", "tiles", "part"];

/**
 * @param {Subject} subject
 * @param {Language} language
 * @param {() => void} enterKey
 */
export function filesPart({ collection, found, product, usable }, language, enterKey) {
  const told = make("div", { role: "status" });
  const assets = /** @type {any[]} */ (Object.values(collection.assets ?? {}));
  const rows = assets.flatMap((asset) => {
    const href = webAddress(asset.href, found.href);
    if (href === null) return [];
    const roles = list(asset.roles).map(String);
    const file = {
      ...{ href, title: fileName(href), type: String(asset.type ?? "") },
      metered: roles.some((role) => METERED.includes(role)),
    };
    const name = fileLink(file, product, language, enterKey, told);
    const bytes = Number(asset["file:size"]);
    return [
      [name, roles.join(", "), Number.isNaN(bytes) ? "" : size(bytes), checksum(asset["file:checksum"])],
    ];
  });
  const head = [
    say(language, "fileName"),
    say(language, "fileKind"),
    say(language, "fileSize"),
    say(language, "fileSum"),
  ];
  const documents = make("p", {}, make("a", { href: found.href }, "STAC"));
  if (usable.served && product.tiles !== null) {
    const href = `${usable.home}tiles/${product.name}.json`;
    documents.append(" · ", make("a", { href }, "TileJSON"));
  }
  return section("files", "files", language, table(say(language, "files"), head, rows), told, documents);
}

/** @param {unknown} sum */
function checksum(sum) {
  const found = SHA256.exec(String(sum ?? ""))?.[1];
  return found ? make("code", { class: "sum" }, found) : "";
}
