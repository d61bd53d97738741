/** Texts of layers, their legends and what a click tells, in both languages. See `words.mjs`. */

/** @import { Language } from "../words.mjs" */
import { fill } from "../words.mjs";

export const LAYER_TEXTS = {
  orderHint: {
    zh: "上面的图层盖住下面的；点、线与注记总在面与影像之上。",
    en: "Layers hide those further down; points, lines and names always lie above areas and pictures.",
  },
  visible: { zh: "显示：{title}", en: "Show: {title}" },
  up: { zh: "上移：{title}", en: "Move up: {title}" },
  down: { zh: "下移：{title}", en: "Move down: {title}" },
  moved: { zh: "{title}：第 {place} 层，共 {all} 层", en: "{title}: layer {place} of {all}" },
  opacityOf: { zh: "不透明度：{title}", en: "Opacity: {title}" },
  zoomTo: { zh: "缩放至范围", en: "Zoom to it" },
  about: { zh: "产品说明", en: "About it" },
  baseMap: { zh: "底图", en: "Base map" },
  owed: { zh: "来源：{text}", en: "Source: {text}" },
  noNumber: { zh: "无审图号", en: "no map-approval number" },
  shade: { zh: "明暗表示坡度与坡向", en: "Light and shadow show slopes" },
  noLegend: { zh: "影像，无图例", en: "A picture, without a legend" },
  locked: { zh: "需要密钥才能显示", en: "Needs a key to be shown" },
  undrawn: { zh: "无法显示", en: "Cannot be shown" },
  extents: { zh: "仅显示范围的产品", en: "Products of which the extent is shown" },
  extentHint: {
    zh: "这些数据不能画在此地图上；这里给出范围和取用地址。",
    en: "This map cannot draw these data; here are their extent and where to get them.",
  },
  tileset: {
    zh: "3D Tiles {version}，{contents} 个内容文件（{types}），椭球高 {low}–{high} 米",
    en: "3D Tiles {version}, {contents} files ({types}), {low} to {high} m above the ellipsoid",
  },
  flatTileset: {
    zh: "3D Tiles {version}，{contents} 个内容文件（{types}）",
    en: "3D Tiles {version}, {contents} files ({types})",
  },
  cloud: {
    zh: "点云 COPC，{points} 个点，{crs}，高 {low}–{high}",
    en: "Point cloud (COPC), {points} points, {crs}, heights {low} to {high}",
  },
  rows: { zh: "表格，{rows} 行", en: "A table of {rows} rows" },
  openFile: { zh: "取用：{name}", en: "Get {name}" },
  toThree: { zh: "三维地形", en: "Terrain in 3D" },
  toTwo: { zh: "回到二维", en: "Back to 2D" },
  exaggeration: { zh: "高程夸大 {times} 倍", en: "Heights {times} times" },
  liveShade: { zh: "按高程绘制晕渲", en: "Shade drawn from heights" },
  hitOf: { zh: "第 {place} 项，共 {all} 项", en: "{place} of {all}" },
  before: { zh: "上一项", en: "Previous" },
  after: { zh: "下一项", en: "Next" },
  height: { zh: "高程", en: "Height" },
  metres: { zh: "{value} 米", en: "{value} m" },
  vertical: { zh: "高程基准", en: "Counted in" },
  rasterClass: { zh: "类别", en: "Class" },
  amount: { zh: "数值（由颜色推算）", en: "Amount (told by its colour)" },
  aboutValue: { zh: "约 {value}", en: "about {value}" },
};

/** @typedef {keyof typeof LAYER_TEXTS} LayerKey */

/**
 * Return a text of the layers.
 *
 * @param {Language} language
 * @param {LayerKey} key
 * @param {Record<string, string | number>} [values] What stands for `{name}`.
 */
export function sayLayer(language, key, values = {}) {
  return fill(LAYER_TEXTS[key], language, values);
}
