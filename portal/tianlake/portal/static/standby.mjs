/** Lets a service worker stand by for the time when the site cannot be reached. See `sw.mjs`. */

const SCRIPT = new URL("sw.mjs", import.meta.url);
/** The node's folder: the map is answered there too. */
const BASE = new URL("../", import.meta.url);

/** A host that does not say `Service-Worker-Allowed` has the worker for the pages beside the script alone. */
export async function standBy() {
  if (!("serviceWorker" in navigator)) return; // without TLS there is none
  try {
    const { headers } = await fetch(SCRIPT, { method: "HEAD" });
    const options = headers.has("service-worker-allowed") ? { scope: BASE.href } : {};
    await navigator.serviceWorker.register(SCRIPT, options);
  } catch {
    // the site is whole without it
  }
}
