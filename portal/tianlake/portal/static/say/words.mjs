/** Texts of the page for requests. See `words.mjs`. */

export const SAY_TEXTS = {
  say: { zh: "意见与诉求", en: "Requests and corrections" },
  sayLead: {
    zh: "地理信息有误，或因安全、隐私需要更正、删除的，请在此提出（《办法》第十八条）。所写内容加密保存，只有本节点的经办人能够阅读。",
    en: "Ask here to correct what is wrong, or to change or remove information for reasons of security or privacy (article 18). What you write is sealed, and read by this node's officers alone.",
  },
  newRequest: { zh: "提出", en: "Make a request" },
  wish: { zh: "希望", en: "You want it" },
  wishCorrect: { zh: "更正", en: "corrected" },
  wishRemove: { zh: "删除", en: "removed" },
  ground: { zh: "理由", en: "Why" },
  groundError: { zh: "内容有误", en: "It is wrong" },
  groundSecurity: { zh: "安全", en: "Security" },
  groundPrivacy: { zh: "个人隐私", en: "Privacy" },
  groundRights: { zh: "其他合法权益", en: "Other rights" },
  groundOther: { zh: "其他", en: "Something else" },
  what: { zh: "内容（4 至 4,000 字）", en: "What it is about (4 to 4,000 characters)" },
  place: {
    zh: "位置（经度,纬度，CGCS2000，可不填）",
    en: "Place (longitude, latitude in CGCS2000; may be left out)",
  },
  placeWrong: {
    zh: "位置应为“经度,纬度”，例如 116.7,39.5。",
    en: "A place is “longitude,latitude”, such as 116.7,39.5.",
  },
  pick: { zh: "在地图上选择", en: "Choose on a map" },
  pickHint: {
    zh: "点击地图选择位置；用键盘时移动地图，再按“取地图中心”。",
    en: "Click the map to choose a place; by keyboard, move the map and press “Take the middle”.",
  },
  middle: { zh: "取地图中心", en: "Take the middle" },
  noMapHere: {
    zh: "无法显示地图：{reason}。请直接填写经纬度。",
    en: "The map cannot be shown: {reason}. Write the coordinates instead.",
  },
  about: {
    zh: "涉及的要素、产品或网址（可不填）",
    en: "Feature, product or address it is about (may be left out)",
  },
  name: { zh: "姓名（可不填）", en: "Your name (may be left out)" },
  contact: {
    zh: "联系方式（可不填，仅供经办人联系）",
    en: "How to reach you (may be left out; for the officers alone)",
  },
  send: { zh: "提交", en: "Send" },
  sending: { zh: "正在提交……", en: "Sending…" },
  notSent: {
    zh: "未能提交，所填内容仍保留：{reason}",
    en: "It was not sent, and what you wrote is still here: {reason}",
  },
  closed: {
    zh: "本节点未开放在线提交。请联系{operator}。",
    en: "This node takes in no requests online. Write to {operator}.",
  },
  operatorUnknown: { zh: "其运行维护单位", en: "its operator" },
  receiptOnce: {
    zh: "已收到。这是回执编号，只显示这一次，请保存；凭它查询进展。",
    en: "It was received. This is its receipt number, shown this once: keep it, and ask with it how the request stands.",
  },
  receipt: { zh: "回执编号", en: "Receipt number" },
  status: { zh: "查询进展", en: "How a request stands" },
  ask: { zh: "查询", en: "Ask" },
  stands: {
    zh: "{message}（自 {since}；收到于 {received}）",
    en: "{message} (since {since}; received {received})",
  },
  notAsked: { zh: "无法查询：{reason}", en: "It cannot be told: {reason}" },
  draft: { zh: "已恢复上次未提交的内容。", en: "What you had not sent last time is here again." },
};
