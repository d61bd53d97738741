/** The map's toolbar: one button for each tool. A tool's code is loaded when its button is first pressed. */

/** @import { Bench } from "../fittings.mjs" */
/** @import { Content } from "./panel.mjs" */
/** @import { ToolKey } from "./tool_words.mjs" */
import { make } from "../dom.mjs";
import { Panel } from "./panel.mjs";
import { sayTool } from "./tool_words.mjs";

const SVG = "http://www.w3.org/2000/svg";

/**
 * @typedef {object} Tool
 * @property {ToolKey} key What its button is called.
 * @property {string} icon Path data within 24 by 24.
 * @property {(bench: Bench) => Promise<Content | null>} use Null where it needs no panel.
 * @property {(bench: Bench) => boolean} [serves] Whether it has anything to do here.
 */

/** @type {Tool[]} */
const TOOLS = [
  {
    key: "layers",
    icon: "M12 3 2 8l10 5 10-5zM2 12l10 5 10-5M2 16l10 5 10-5",
    use: async (bench) => (await import("../layers/layers.mjs")).layersPanel(bench),
  },
  {
    key: "compare",
    icon: "M12 2v20M3 6h6v12H3zM15 6h6v12h-6z",
    use: async (bench) => (await import("../compare/compare.mjs")).comparePanel(bench),
  },
  {
    key: "distance",
    icon: "M3 17 17 3l4 4L7 21zM7 13l2 2M10 10l2 2M13 7l2 2",
    use: async ({ board }) => (await import("./measure.mjs")).measure(board, "length"),
  },
  {
    key: "area",
    icon: "M5 7 17 4l3 12-11 4zM5 7h.01M17 4h.01M20 16h.01M9 20h.01",
    use: async ({ board }) => (await import("./measure.mjs")).measure(board, "area"),
  },
  {
    key: "goTo",
    icon: "M12 21c5-6 7-8.5 7-11.5a7 7 0 1 0-14 0C5 12.5 7 15 12 21zM12 7v5M9.5 9.5h5",
    use: async ({ board }) => (await import("./going.mjs")).going(board),
  },
  {
    key: "link",
    icon: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1",
    use: async (bench) => (await import("./linking.mjs")).linkPanel(bench),
  },
  {
    key: "quads",
    icon: "M3 6h18v12H3zM3 12h18M12 6v12M7.5 6v12M16.5 6v12",
    use: async (bench) => (await import("./quads.mjs")).quads(bench),
    serves: ({ entries }) =>
      entries.some(({ product }) => product?.archives.some(({ set }) => set === "CGCS2000Quad")),
  },
  {
    key: "picture",
    icon: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9h.01",
    use: async (bench) => (await import("./picture.mjs")).savePicture(bench),
  },
  {
    key: "print",
    icon: "M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z",
    use: async () => {
      print();
      return null;
    },
  },
];

/**
 * Put the toolbar and its panel on the map.
 *
 * @param {Bench} bench
 */
export function toolbar(bench) {
  const { board } = bench;
  const panel = new Panel(board);
  const buttons = TOOLS.filter(({ serves }) => serves?.(bench) ?? true).map((tool) =>
    toolButton(tool, bench, panel),
  );
  const group = make(
    "div",
    { class: "maplibregl-ctrl-group tool-buttons", role: "group" },
    ...buttons.map(({ button }) => button),
  );
  const speak = () => {
    group.setAttribute("aria-label", sayTool(board.language, "tools"));
    for (const { button, key } of buttons) {
      button.title = sayTool(board.language, key);
      button.setAttribute("aria-label", button.title);
    }
  };
  board.fix(group, "top-right");
  board.map.getContainer().append(panel.element);
  board.on("language", speak);
  speak();
}

/**
 * @param {Tool} tool
 * @param {Bench} bench
 * @param {Panel} panel
 */
function toolButton({ key, icon, use }, bench, panel) {
  const button = make("button", { type: "button", class: `tool-${key}` }, drawn(icon));
  button.addEventListener("click", async () => {
    if (panel.isOpenFor(button)) return panel.close();
    button.setAttribute("aria-busy", "true");
    try {
      const content = await use(bench);
      if (content) panel.open(button, content);
    } catch (error) {
      panel.open(button, failure(bench, error));
    } finally {
      button.removeAttribute("aria-busy");
    }
  });
  return { button, key };
}

/**
 * @param {Bench} bench
 * @param {unknown} error
 * @returns {Content}
 */
function failure({ board }, error) {
  const said = make("p", { class: "tool-fault", role: "alert" });
  const why = error instanceof Error ? error.message : String(error);
  return {
    title: "toolFault",
    body: [said],
    speak: () => (said.textContent = sayTool(board.language, "toolFailed", { reason: why })),
  };
}

/** @param {string} path */
function drawn(path) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}
