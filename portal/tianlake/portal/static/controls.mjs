/** What the map's own controls are called. */

/** @import { Language } from "./words.mjs" */
import { say } from "./words.mjs";

/**
 * @param {HTMLElement} container Of the map.
 * @param {Language} language
 */
export function speakControls(container, language) {
  label(container, ".maplibregl-ctrl-zoom-in", say(language, "zoomIn"));
  label(container, ".maplibregl-ctrl-zoom-out", say(language, "zoomOut"));
  label(container, ".maplibregl-canvas", say(language, "mapKeys"));
  write(container, ".maplibregl-desktop-message", say(language, "scrollKeys"));
  write(container, ".maplibregl-mobile-message", say(language, "twoFingers"));
}

/**
 * @param {HTMLElement} container
 * @param {string} selector
 * @param {string} text
 */
export function label(container, selector, text) {
  const element = container.querySelector(selector);
  element?.setAttribute("aria-label", text);
  if (element?.hasAttribute("title") || element instanceof HTMLButtonElement)
    element.setAttribute("title", text);
}

/**
 * @param {HTMLElement} container
 * @param {string} selector
 * @param {string} text
 */
function write(container, selector, text) {
  const element = container.querySelector(selector);
  if (element) element.textContent = text;
}
