/**
 * The service worker: where the site cannot be reached, it shows a page that says so in the place of the browser's own.
 *
 * That page is all it keeps (decision 41). Everything else goes to the network as if there were no worker, and is kept
 * by the browser as its `Cache-Control` says: so no answer to a key is ever kept here, and what is published anew is
 * seen at the next visit. It is a classic script without imports: browsers that know no module workers run it too.
 */

/**
 * @typedef {{waitUntil: (done: Promise<unknown>) => void}} Lasting
 * @typedef {Lasting & {request: Request, respondWith: (answer: Promise<Response>) => void}} Fetching
 */

/** The types of the page know no workers. @type {any} */
const worker = self;

/** Beside this script; the page asks for them below the address that could not be reached, whatever that is. */
const FILES = ["offline.html", "offline.css", "offline.mjs"];
const KEPT = `tianlake-offline ${worker.registration.scope}`; // nodes of one host share its caches

let renewed = false;

/** Keep the page as it is now: all of it, or what was kept before. */
async function keep() {
  const cache = await caches.open(KEPT);
  await cache.addAll(FILES.map((name) => new Request(addressOf(name), { cache: "no-cache" })));
  renewed = true;
}

/** @param {string} name */
function addressOf(name) {
  return new URL(name, worker.location.href).href;
}

/** @param {string} name */
async function kept(name) {
  return (await caches.match(addressOf(name), { cacheName: KEPT })) ?? Response.error();
}

/** @param {Request} request */
async function reach(request) {
  try {
    return await fetch(request);
  } catch {
    return kept("offline.html");
  }
}

worker.addEventListener("install", (/** @type {Lasting} */ event) => {
  worker.skipWaiting();
  event.waitUntil(keep());
});

worker.addEventListener("activate", (/** @type {Lasting} */ event) => {
  event.waitUntil(worker.clients.claim());
});

worker.addEventListener("fetch", (/** @type {Fetching} */ event) => {
  const { request } = event;
  const name = new URL(request.url).pathname.split("/").at(-1) ?? "";
  if (request.mode === "navigate") {
    if (name !== "" && !name.endsWith(".html")) return; // a file to be saved
    event.respondWith(reach(request));
    if (!renewed) event.waitUntil(keep().catch(() => {})); // the page that is kept stays as good as it was
  } else if (name !== "offline.html" && FILES.includes(name)) event.respondWith(kept(name));
});
