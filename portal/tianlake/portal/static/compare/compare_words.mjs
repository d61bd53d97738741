/** Texts of the comparison of two releases, in both languages. See `words.mjs`. */

/** @import { Language } from "../words.mjs" */
import { fill } from "../words.mjs";

const TEXTS = {
  choice: { zh: "产品与版本", en: "Product and release" },
  product: { zh: "产品", en: "Product" },
  release: { zh: "与之比较的版本", en: "Release to compare with" },
  choose: { zh: "请选择……", en: "Choose…" },
  withdrawn: { zh: "{day}（已撤下）", en: "{day} (withdrawn)" },
  older: { zh: "左：{day}", en: "Left: {day}" },
  newer: { zh: "右：{day}（当前）", en: "Right: {day} (current)" },
  divider: {
    zh: "两个版本的分界线：拖动，或按左右方向键",
    en: "Divider of both releases: drag it, or press the arrow keys",
  },
  share: { zh: "左边占 {share}%", en: "{share}% to the left" },
  reading: { zh: "正在读取……", en: "Reading…" },
  none: {
    zh: "此产品只有一个版本，没有可比较的。",
    en: "This product has one release only: nothing to compare.",
  },
  nothing: { zh: "本节点没有可比较的产品。", en: "This node has no product to compare." },
  gone: {
    zh: "该版本已于 {day} 撤下，数据不再提供：{why}",
    en: "This release was withdrawn on {day}; its data are no longer there: {why}",
  },
  noTiles: {
    zh: "该版本没有切片，不能在地图上比较。",
    en: "This release has no tiles: it cannot be compared on the map.",
  },
  noChanges: {
    zh: "当前版本没有变化记录（要素没有永久标识，或发布时没有比较）；地图可以比较，变化没有清单。",
    en: "The current release says nothing of changes (its features have no ids, or it was not compared); the map compares, without a list.",
  },
  otherBase: {
    zh: "当前版本的变化记录是与 {day} 的版本比较的；与所选版本之间的变化没有清单，地图仍可比较。",
    en: "The changes of the current release were found against that of {day}; there is no list against the one you chose. The map compares.",
  },
  unchanged: { zh: "两个版本的要素没有差别。", en: "The features of both releases do not differ." },
  failed: { zh: "不能读取：{reason}", en: "It cannot be read: {reason}" },
  counts: { zh: "要素变化", en: "Changed features" },
  added: { zh: "新增", en: "Added" },
  geometry: { zh: "位置或形状变化", en: "Moved or reshaped" },
  attributes: { zh: "属性变化", en: "Attributes changed" },
  removed: { zh: "删除", en: "Removed" },
  list: { zh: "清单（{count}）", en: "List ({count})" },
  cut: { zh: "清单只列前 {count} 项。", en: "The list ends after {count}." },
  goTo: { zh: "查看：{name}", en: "See {name}" },
  differs: { zh: "变化的属性：{names}", en: "Differs in: {names}" },
};

/** @typedef {keyof typeof TEXTS} CompareKey */

/**
 * Return a text of the comparison.
 *
 * @param {Language} language
 * @param {CompareKey} key
 * @param {Record<string, string | number>} [values] What stands for `{name}`.
 */
export function sayCompare(language, key, values = {}) {
  return fill(TEXTS[key], language, values);
}
