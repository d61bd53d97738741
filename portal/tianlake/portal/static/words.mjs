/**
 * Every text of the page in both languages, and which language is shown.
 *
 * @typedef {"zh" | "en"} Language
 * @typedef {{zh: string, en: string}} Text
 */

import { ACCOUNT_TEXTS } from "./account_words.mjs";
import { DOOR_TEXTS } from "./door_words.mjs";
import { FIND_TEXTS } from "./find_words.mjs";
import { PRODUCT_TEXTS } from "./product_words.mjs";

/** Texts of the page; `{name}` stands for a value. */
export const TEXTS = {
  ...DOOR_TEXTS,
  ...ACCOUNT_TEXTS,
  ...FIND_TEXTS,
  ...PRODUCT_TEXTS,
  skip: { zh: "跳到数据产品", en: "Skip to the data products" },
  map: { zh: "地图", en: "Map" },
  tree: { zh: "上下级节点", en: "Parent and child nodes" },
  parent: { zh: "上级", en: "Parent" },
  child: { zh: "下级", en: "Child" },
  products: { zh: "数据产品", en: "Data products" },
  loading: { zh: "正在读取目录……", en: "Reading the catalog…" },
  empty: { zh: "本节点尚未发布数据产品。", en: "This node has not published a data product yet." },
  noNode: {
    zh: "无法读取本节点的 node.json：{reason}",
    en: "This node's node.json cannot be read: {reason}",
  },
  noCatalog: {
    zh: "无法读取目录 catalog.json：{reason}",
    en: "The catalog catalog.json cannot be read: {reason}",
  },
  noProduct: {
    zh: "无法读取此产品的说明：{reason}",
    en: "The description of this product cannot be read: {reason}",
  },
  noTiles: {
    zh: "此产品无法在地图上显示：{reason}",
    en: "This product cannot be drawn on the map: {reason}",
  },
  noMap: {
    zh: "此浏览器无法显示地图（需要 WebGL 2）。数据产品仍可浏览和下载。",
    en: "This browser cannot draw the map (it needs WebGL 2). The data products can still be browsed and downloaded.",
  },
  mapFault: { zh: "地图出现问题：{reason}", en: "The map has a problem: {reason}" },
  notFound: { zh: "未找到（HTTP {status}）", en: "not found (HTTP {status})" },
  answered: { zh: "服务器应答 HTTP {status}", en: "the server answered HTTP {status}" },
  unreadable: { zh: "内容无法识别", en: "its content is not understood" },
  unreachable: { zh: "无法连接或读取", en: "it cannot be reached or read" },
  show: { zh: "在地图上显示", en: "Show on the map" },
  opacity: { zh: "不透明度", en: "Opacity" },
  legend: { zh: "图例", en: "Legend" },
  today: { zh: "今天更新", en: "updated today" },
  yesterday: { zh: "1 天前更新", en: "updated 1 day ago" },
  daysAgo: { zh: "{days} 天前更新", en: "updated {days} days ago" },
  soonStale: {
    zh: "{days} 天前更新，年度更新将到期",
    en: "updated {days} days ago, yearly update nearly due",
  },
  stale: { zh: "{days} 天前更新，已超过一年", en: "updated {days} days ago, over a year" },
  undated: { zh: "更新时间未知", en: "date of update unknown" },
  license: { zh: "许可", en: "Licence" },
  version: { zh: "版本", en: "Version" },
  extent: { zh: "缩放至范围", en: "Zoom to extent" },
  use: { zh: "获取与使用", en: "Get and use the data" },
  files: { zh: "文件与服务", en: "Files and services" },
  copy: { zh: "复制", en: "Copy" },
  copyOf: { zh: "复制 {what} 代码", en: "Copy the {what} code" },
  copied: { zh: "已复制", en: "Copied" },
  selected: { zh: "已选中，请按 Ctrl+C 复制", en: "Selected: press Ctrl+C to copy" },
  zoomIn: { zh: "放大", en: "Zoom in" },
  zoomOut: { zh: "缩小", en: "Zoom out" },
  close: { zh: "关闭", en: "Close" },
  mapKeys: { zh: "地图：方向键移动，加减键缩放", en: "Map: arrow keys move it, plus and minus zoom" },
  scrollKeys: { zh: "按住 Ctrl 并滚动以缩放地图", en: "Hold Ctrl and scroll to zoom the map" },
  twoFingers: { zh: "用两根手指移动地图", en: "Use two fingers to move the map" },
  noRelease: { zh: "此产品没有可在地图上显示的切片。", en: "This product has no tiles to draw on the map." },
  operator: { zh: "运行维护单位：{name}", en: "Operator: {name}" },
  authority: { zh: "主管部门：{name}", en: "Authority: {name}" },
  catalog: { zh: "目录 STAC", en: "Catalog (STAC)" },
  views: { zh: "查询视图 lake.sql", en: "Query views (lake.sql)" },
  licences: { zh: "第三方代码的许可", en: "Licences of third-party code" },
  nodeCode: { zh: "节点 {code}", en: "Node {code}" },
  showGround: { zh: "显示底图", en: "Show the base map" },
  sources: { zh: "数据来源：{list}", en: "Data: {list}" },
  national: { zh: "国家级节点", en: "National node" },
  provincial: { zh: "省级节点", en: "Provincial node" },
  city: { zh: "市级节点", en: "City node" },
  county: { zh: "县级节点", en: "County node" },
  classCatalog: { zh: "资源目录", en: "Resource catalog" },
  classEntity: { zh: "地理实体", en: "Geographic entities" },
  classPlace: { zh: "地名地址", en: "Place names and addresses" },
  classImagery: { zh: "遥感影像", en: "Imagery" },
  classTerrain: { zh: "地形", en: "Terrain" },
  class3d: { zh: "三维数据", en: "3D" },
  classTheme: { zh: "专题数据", en: "Thematic data" },
};

/** @typedef {keyof typeof TEXTS} TextKey */

const STORED = "tianlake.language";

/**
 * Return a text of the page.
 *
 * @param {Language} language
 * @param {TextKey} key
 * @param {Record<string, string | number>} [values] What stands for `{name}`.
 * @returns {string}
 */
export function say(language, key, values = {}) {
  return fill(TEXTS[key], language, values);
}

/**
 * Return a text with its values.
 *
 * @param {Text} text
 * @param {Language} language
 * @param {Record<string, string | number>} [values] What stands for `{name}`.
 * @returns {string}
 */
export function fill(text, language, values = {}) {
  return text[language].replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/**
 * Return the language a visitor chose here before, else the browser's: Chinese, or English for everybody else.
 *
 * @returns {Language}
 */
export function preferredLanguage() {
  const stored = remembered();
  if (stored === "zh" || stored === "en") return stored;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

function remembered() {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null; // a browser that keeps nothing still shows the page
  }
}

/**
 * Remember the language a visitor chose.
 *
 * @param {Language} language
 */
export function remember(language) {
  try {
    localStorage.setItem(STORED, language);
  } catch {
    // nothing is kept, and the choice holds until the page is left
  }
}

/**
 * Return both halves of a catalog text: Tianlake writes titles as `中文 · English`, longer texts as two paragraphs.
 *
 * @param {string} text
 * @param {string} [separator]
 * @returns {Text}
 */
export function bothLanguages(text, separator = " · ") {
  const at = text.indexOf(separator);
  return at < 0 ? { zh: text, en: text } : { zh: text.slice(0, at), en: text.slice(at + separator.length) };
}

/**
 * Return the `lang` attribute of a language.
 *
 * @param {Language} language
 */
export function htmlLanguage(language) {
  return language === "zh" ? "zh-CN" : "en";
}
