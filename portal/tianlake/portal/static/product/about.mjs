/** Which language the paragraphs of a catalog text are in. Pure. */

/** @import { Text } from "../words.mjs" */

/** A paragraph that is nothing but the mark of a demonstration, as it begins what is said in English. */
const ENGLISH_MARK = /^\[[^\]]*\]$/;

/**
 * Return both halves of a description, which a catalog has in one text: all paragraphs in Chinese, then all in English.
 * Where there is nothing in a language, it says what the other does.
 *
 * @param {string} text Paragraphs parted by empty lines.
 * @returns {Text}
 */
export function describedIn(text) {
  const paragraphs = text.split(/\n{2,}/).filter((each) => each.trim() !== "");
  let [sum, best, split] = [0, 0, 0];
  paragraphs.forEach((paragraph, place) => {
    sum += chineseness(paragraph);
    if (sum > best) [best, split] = [sum, place + 1];
  });
  const [zh, en] = [paragraphs.slice(0, split), paragraphs.slice(split)].map((each) => each.join("\n\n"));
  return { zh: zh || en, en: en || zh };
}

/**
 * Return how much a paragraph speaks for Chinese, below zero for English; names in the other script may stand in it.
 *
 * @param {string} paragraph
 */
function chineseness(paragraph) {
  if (ENGLISH_MARK.test(paragraph)) return -Infinity;
  const count = (/** @type {RegExp} */ letters) => paragraph.match(letters)?.length ?? 0;
  return count(/\p{Script=Han}/gu) * 2 - count(/\p{Script=Latin}/gu); // a word has about twice as many letters
}
