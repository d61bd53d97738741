/**
 * The views of a node: what `lake.sql` defines, with the columns that the catalog tells, and examples made of both.
 *
 * @typedef {{name: string, type: string, description: string}} Column
 * @typedef {object} View
 * @property {string} name
 * @property {Text} title
 * @property {Column[] | null} columns Null where they are not known.
 * @property {string[]} beside Macros and views of the same product.
 * @property {Bounds | null} bounds
 */

/** @import { Bounds, Listed } from "../catalog.mjs" */
/** @import { Text } from "../words.mjs" */
import { readJson } from "../catalog.mjs";
import { answerError } from "../faults.mjs";
import { QUERY_TEXTS } from "./words.mjs";
import { fill } from "../words.mjs";

const DEFINED = /^CREATE OR REPLACE (VIEW|MACRO) (\w+)/gm;
const VIEW = /^n(\d{9})_\w+$/;
/** Columns that say nothing when rows are counted by them. */
const PLAIN = /^(id|bbox|geometry|geom|fid|name|std_name|pinyin|.*_(id|date|utc|at)|lon|lat)$/;
const TEXTUAL = /^(VARCHAR|string|text|enum)/i;

/**
 * Return the node's views, with their columns.
 *
 * @param {URL} base The node's folder.
 * @param {Listed[]} products
 * @returns {Promise<View[]>}
 */
export async function readViews(base, products) {
  const [code, sql] = await Promise.all([readCode(base), readSql(new URL("lake.sql", base))]);
  const defined = [...sql.matchAll(DEFINED)].map(([, , name]) => String(name));
  const views = products.filter(({ name }) => defined.includes(viewName(code, name)));
  return Promise.all(views.map((each) => readView(each, viewName(code, each.name), defined)));
}

/** @param {URL} base */
async function readCode(base) {
  return String((await readJson(new URL("node.json", base))).identity.code);
}

/**
 * @param {string} code
 * @param {string} product
 */
function viewName(code, product) {
  return `n${code}_${product.replaceAll("-", "_")}`;
}

/** @param {URL} address */
async function readSql(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw await answerError(answer);
  return answer.text();
}

/**
 * @param {Listed} product
 * @param {string} name
 * @param {string[]} defined
 * @returns {Promise<View>}
 */
async function readView({ href, title }, name, defined) {
  const beside = [...new Set(defined)].filter((each) => {
    return each === name ? defined.filter((one) => one === name).length > 1 : besides(name).includes(each);
  });
  /** @type {View} */
  const view = { name, title, columns: null, beside, bounds: null };
  try {
    const collection = await readJson(href);
    const box = collection.extent?.spatial?.bbox?.[0];
    view.bounds = Array.isArray(box) && box.length === 4 ? /** @type {Bounds} */ (box) : null;
    const columns = collection["table:columns"];
    view.columns = Array.isArray(columns) ? columns.map(columnOf) : null;
  } catch {
    // a view whose description cannot be read can still be asked
  }
  return view;
}

/** @param {string} name */
function besides(name) {
  return ["_in", "_at", "_releases", "_changes"].map((end) => name + end);
}

/** @param {any} column @returns {Column} */
function columnOf({ name, type, description }) {
  return { name: String(name), type: String(type ?? ""), description: String(description ?? "") };
}

/**
 * Return the code of the node that a view is of, or null.
 *
 * @param {string} name
 */
export function nodeOf(name) {
  return VIEW.exec(name)?.[1] ?? null;
}

/**
 * Return statements that say what can be asked of a view, each with what it is called.
 *
 * @param {View} view
 * @returns {{title: Text, statement: string}[]}
 */
export function examplesOf({ name, title, columns, beside, bounds }) {
  const found = [example("exampleFirst", title, `SELECT * FROM ${name} LIMIT 20`)];
  const column = columns?.find((each) => TEXTUAL.test(each.type) && !PLAIN.test(each.name))?.name;
  if (column !== undefined) {
    const counted = `SELECT ${column}, count(*) AS n\nFROM ${name}\nGROUP BY ALL\nORDER BY n DESC\nLIMIT 50`;
    found.push(example("exampleCount", title, counted, column));
  }
  if (beside.includes(name) && bounds !== null) {
    const box = middleOf(bounds).join(", ");
    found.push(example("exampleBox", title, `FROM ${name}(${box})\nLIMIT 1000`));
  }
  const code = nodeOf(name);
  if (beside.includes(`${name}_in`) && code !== null)
    found.push(example("exampleIn", title, `FROM ${name}_in('${code}')\nLIMIT 1000`));
  if (beside.includes(`${name}_releases`))
    found.push(example("exampleReleases", title, `FROM ${name}_releases\nORDER BY built_utc DESC`));
  if (beside.includes(`${name}_changes`))
    found.push(example("exampleChanges", title, `FROM ${name}_changes\nLIMIT 100`));
  return found;
}

/**
 * @param {keyof typeof QUERY_TEXTS} key
 * @param {Text} title
 * @param {string} statement
 * @param {string} [column]
 */
function example(key, title, statement, column = "") {
  const text = QUERY_TEXTS[key];
  const both = {
    zh: fill(text, "zh", { title: title.zh, column }),
    en: fill(text, "en", { title: title.en, column }),
  };
  return { title: both, statement };
}

/**
 * Return the middle quarter of a box, degrees to three places.
 *
 * @param {Bounds} bounds
 */
function middleOf([west, south, east, north]) {
  const inner = (/** @type {number} */ least, /** @type {number} */ most, /** @type {number} */ part) =>
    Number((least + (most - least) * part).toFixed(3));
  return [
    inner(west, east, 0.25),
    inner(south, north, 0.25),
    inner(west, east, 0.75),
    inner(south, north, 0.75),
  ];
}
