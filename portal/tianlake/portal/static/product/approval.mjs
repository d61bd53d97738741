/** What let a release out (articles 9 and 15): its review, and the number of its map approval (审图号). */

/** @import { Language } from "../words.mjs" */
/** @import { Subject } from "./read.mjs" */
import { list, listLinks } from "../catalog.mjs";
import { make, webAddress } from "../dom.mjs";
import { say } from "../words.mjs";
import { factList, section, when } from "./section.mjs";

/**
 * @param {Subject} subject
 * @param {Language} language
 */
export function approvalPart({ collection, approval, found }, language) {
  const told = collection["tianlake:approval"] ?? {};
  const map = approval?.map ?? null;
  const numbers = list(told.map_approvals).join(" / ");
  const exempt = told.map_exemption ? [told.map_exemption, map?.reason].filter(Boolean).join("：") : null;
  const facts = factList([
    [say(language, "mapNumber"), numbers],
    [say(language, "mapApproved"), map?.approved ?? null],
    [say(language, "mapUntil"), told.map_approval_until ?? null],
    [say(language, "mapExempt"), exempt],
    [say(language, "policyOf"), told.policy ?? null],
  ]);
  const notes = [];
  if (told.demo) notes.push(make("p", { class: "due-note" }, say(language, "demoOnly")));
  if (numbers === "") notes.push(make("p", {}, say(language, "mapNone")));
  const href = listLinks(collection, "related").find((link) =>
    String(link.href).endsWith("/approval.json"),
  )?.href;
  const address = webAddress(href, found.href);
  const file =
    address === null ? [] : [make("p", {}, make("a", { href: address }, say(language, "approvalFile")))];
  return section(
    "approval",
    "approvalOf",
    language,
    ...notes,
    facts,
    ...stepList(approval, language),
    ...file,
  );
}

/**
 * @param {any} approval
 * @param {Language} language
 */
function stepList(approval, language) {
  const steps = list(approval?.steps).map((step) =>
    make("li", {}, `${when(step.at)} · ${step.organisation} · ${stepName(step, language)}`),
  );
  if (steps.length === 0) return [];
  return [make("h3", {}, say(language, "steps")), make("ol", { class: "steps" }, ...steps)];
}

/**
 * @param {any} step
 * @param {Language} language
 */
function stepName({ step, level }, language) {
  if (step === "review") return say(language, "stepReview", { level });
  if (step === "submit" || step === "map") return say(language, step === "map" ? "stepMap" : "stepSubmit");
  return String(step);
}
