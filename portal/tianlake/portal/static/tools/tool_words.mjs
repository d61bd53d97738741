/** Texts of the map's tools, in both languages; loaded with the tools. See `words.mjs`. */

/** @import { Language } from "../words.mjs" */
import { fill } from "../words.mjs";

const TEXTS = {
  tools: { zh: "地图工具", en: "Map tools" },
  layers: { zh: "图层与图例", en: "Layers and legend" },
  compare: { zh: "对比两个版本", en: "Compare releases" },
  close: { zh: "关闭", en: "Close" },
  toolFault: { zh: "工具不可用", en: "The tool does not work" },
  toolFailed: { zh: "无法读取或运行此工具：{reason}", en: "This tool cannot be read or run: {reason}" },
  distance: { zh: "测量距离", en: "Measure a distance" },
  area: { zh: "测量面积", en: "Measure an area" },
  unit: { zh: "单位", en: "Unit" },
  bestUnit: { zh: "自动", en: "automatic" },
  measureHint: {
    zh: "在地图上点击加点。键盘：在地图上用方向键移动，回车在中心十字处加点，退格撤销，Esc 结束。CGCS2000 椭球面上的测地线长度与面积。",
    en: "Click on the map to add points. By keyboard: arrow keys move the map, Enter adds a point at the cross in its centre, Backspace takes the last away, Escape ends. Geodesic on the ellipsoid of CGCS2000.",
  },
  addCentre: { zh: "在中心加点", en: "Add the centre" },
  undo: { zh: "撤销一点", en: "Undo" },
  clear: { zh: "清除", en: "Clear" },
  lastLeg: { zh: "最后一段 {length}", en: "last leg {length}" },
  perimeter: { zh: "周长 {length}", en: "perimeter {length}" },
  crosses: { zh: "边界自相交，面积不可信", en: "the boundary crosses itself: no area is right" },
  link: { zh: "链接与嵌入", en: "Link and embed" },
  linkPage: { zh: "本视图的链接", en: "Link to this view" },
  linkFrame: { zh: "嵌入网页（iframe）", en: "In another page (iframe)" },
  linkElement: { zh: "网页组件 <tianlake-map>", en: "Web component <tianlake-map>" },
  copy: { zh: "复制", en: "Copy" },
  copyOf: { zh: "复制：{what}", en: "Copy: {what}" },
  quads: { zh: "瓦片矩阵集 w 与 c", en: "Tile matrix sets w and c" },
  quadsHint: {
    zh: "w 为球面墨卡托（EPSG:3857），本图以此绘制；c 为 CGCS2000 经纬度（EPSG:4490），可在此按经纬度查看。",
    en: "w is web mercator (EPSG:3857), in which this map is drawn; c is in degrees of CGCS2000 (EPSG:4490), to be seen here as it is.",
  },
  quadOf: { zh: "按经纬度查看 {title}（c）", en: "See {title} in degrees (c)" },
  quadTitle: {
    zh: "{title} · CGCS2000 经纬度（c，EPSG:4490）",
    en: "{title} · degrees of CGCS2000 (c, EPSG:4490)",
  },
  quadLevel: { zh: "级别 {level}", en: "level {level}" },
  quadFault: {
    zh: "无法读取此产品的 c 瓦片：{reason}",
    en: "The c tiles of this product cannot be read: {reason}",
  },
  quadBack: { zh: "返回地图", en: "Back to the map" },
  picture: { zh: "保存为图片", en: "Save as a picture" },
  pictureMade: { zh: "{crs} 坐标 · {date} 制图", en: "{crs} · picture of {date}" },
  pictureSaved: {
    zh: "已保存 {width} × {height} 像素的 PNG，图中含数据来源、审图号与比例尺。",
    en: "Saved a PNG of {width} × {height} pixels, with its sources, approval number and scale in it.",
  },
  openPage: { zh: "在本站打开", en: "Open on the site" },
  paused: { zh: "已暂停（空格键继续）", en: "paused (space goes on)" },
  serviceUp: {
    zh: "服务正常 · 应答 {milliseconds} 毫秒 · {time}",
    en: "Service up · {milliseconds} ms · {time}",
  },
  serviceDown: { zh: "服务无应答，自 {time}：{reason}", en: "Service down since {time}: {reason}" },
  print: { zh: "打印", en: "Print" },
  pointer: { zh: "指针", en: "Pointer" },
  centre: { zh: "中心", en: "Centre" },
  nextForm: {
    zh: "CGCS2000 坐标；按下换一种写法：度、度分秒、三度带",
    en: "Coordinates in CGCS2000; press for another form: degrees, degrees-minutes-seconds, 3° grid",
  },
  noZone: { zh: "此处不在三度带 25–45 带", en: "outside the 3° zones 25 to 45" },
  zone: { zh: "{zone} 带（EPSG:{code}）", en: "zone {zone} (EPSG:{code})" },
  goTo: { zh: "定位到坐标", en: "Go to coordinates" },
  goToField: { zh: "坐标（CGCS2000）", en: "Coordinates (CGCS2000)" },
  goToHint: {
    zh: "如：116.391, 39.907；东经116度23分28秒，北纬39度54分25秒；x=4418012, y=39443211；39带 4418012, 443211",
    en: "As 116.391, 39.907; 116°23′28″E 39°54′25″N; x=4418012, y=39443211; CM 117 4418012, 443211",
  },
  go: { zh: "定位", en: "Go" },
  wentTo: { zh: "已定位：{place}", en: "Shown: {place}" },
  readEmpty: { zh: "请输入坐标", en: "Enter coordinates" },
  readOne: {
    zh: "只有一个数：需要经度和纬度，或 x 和 y",
    en: "Only one number: longitude and latitude, or x and y, are needed",
  },
  readMany: { zh: "有 {count} 个数：只需要两个", en: "{count} numbers, where two are needed" },
  readForeign: { zh: "看不懂“{text}”", en: "Not understood: “{text}”" },
  readFraction: {
    zh: "“{text}”：只有最后一位可以带小数",
    en: "“{text}”: only the last of degrees, minutes and seconds may have decimals",
  },
  readMinutes: { zh: "分 {value} 应小于 60", en: "{value} minutes: they must be less than 60" },
  readSeconds: { zh: "秒 {value} 应小于 60", en: "{value} seconds: they must be less than 60" },
  readTwice: { zh: "两个都是经度，或都是纬度", en: "Both are longitudes, or both are latitudes" },
  readLongitude: { zh: "经度 {value} 超出 ±180°", en: "Longitude {value} is beyond ±180°" },
  readLatitude: { zh: "纬度 {value} 超出 ±90°", en: "Latitude {value} is beyond ±90°" },
  readBeyond: {
    zh: "纬度 {value} 不在地图上（至 ±85.05°）",
    en: "Latitude {value} is not on this map, which ends at ±85.05°",
  },
  readZoneMissing: {
    zh: "y 没有带号：请写 39443211、39带、CM 117 或 EPSG:4527",
    en: "y has no zone: write 39443211, zone 39, CM 117 or EPSG:4527",
  },
  readZone: {
    zh: "三度带没有 {zone} 带：中国为 25–45 带",
    en: "There is no 3° zone {zone}: those of China are 25 to 45",
  },
  readZones: {
    zh: "y 的带号 {one} 与所写的 {other} 带不符",
    en: "y says zone {one}, but zone {other} is written",
  },
  readMeridian: {
    zh: "中央经线 {value}° 不是 3 的倍数",
    en: "A central meridian is a multiple of 3°, not {value}°",
  },
  readCode: {
    zh: "EPSG:{code} 不是 CGCS2000 三度带（EPSG:4513–4554）",
    en: "EPSG:{code} is no 3° zone of CGCS2000 (EPSG:4513 to 4554)",
  },
  readNorthing: {
    zh: "x {value} 应在 0 与 10002000 米之间",
    en: "x {value} must lie between 0 and 10002000 m",
  },
  readEasting: { zh: "y {value} 离中央经线太远", en: "y {value} lies too far from the central meridian" },
};

/** @typedef {keyof typeof TEXTS} ToolKey */

/**
 * Return a text of the tools.
 *
 * @param {Language} language
 * @param {ToolKey} key
 * @param {Record<string, string | number>} [values] What stands for `{name}`.
 */
export function sayTool(language, key, values = {}) {
  return fill(TEXTS[key], language, values);
}
