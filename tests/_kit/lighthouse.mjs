// Scores of pages by Lighthouse, one line of JSON: `node lighthouse.mjs NODE_MODULES CHROMIUM [ADDRESS…]`.
import { pathToFileURL } from "node:url";

const [modules, chromePath, ...addresses] = process.argv.slice(2);
const { default: lighthouse } = await import(pathToFileURL(`${modules}/lighthouse/core/index.js`).href);
const { launch } = await import(pathToFileURL(`${modules}/chrome-launcher/dist/index.js`).href);

const chromeFlags = [
  "--headless=new",
  "--no-sandbox",
  "--disable-dev-shm-usage",
  "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
  "--use-gl=angle",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
];
const chrome = await launch({ chromePath, chromeFlags });
const found = {};
try {
  for (const address of addresses) {
    const { lhr } = await lighthouse(address, {
      port: chrome.port,
      onlyCategories: ["accessibility", "best-practices"],
      throttlingMethod: "provided",
      disableFullPageScreenshot: true,
      logLevel: "error",
    });
    const failed = Object.values(lhr.audits).filter(({ score }) => score !== null && score < 1);
    found[address] = {
      ...Object.fromEntries(Object.values(lhr.categories).map(({ id, score }) => [id, score])),
      failed: failed.map(({ id }) => id),
      error: lhr.runtimeError?.message ?? null,
    };
  }
} finally {
  chrome.kill();
}
console.log(JSON.stringify(found));
