/** The account page: register, accept the terms, look after keys, see what was used. */

/** @import { Account, Key, NewKey, Usage } from "./account_api.mjs" */
/** @import { Secret } from "./secrets.mjs" */
/** @import { Language } from "./words.mjs" */
import { call, hasToken, holdToken } from "./account_api.mjs";
import { accountPart, keyList, usageBars } from "./account_parts.mjs";
import { readCatalog, readJson } from "./catalog.mjs";
import { byId } from "./dom.mjs";
import { AnswerError, faultNote } from "./faults.mjs";
import { secretBox } from "./secrets.mjs";
import { BASE, Sheet } from "./sheet.mjs";
import { preferredLanguage, say } from "./words.mjs";

const UNAUTHORIZED = 401;
/** How often what was used is read anew while somebody looks, milliseconds. */
const LIVE_MS = 30_000;

/** What is known, and what is shown of it. */
const state = {
  language: preferredLanguage(),
  /** @type {Account | null} */
  account: null,
  /** @type {Key[]} */
  keys: [],
  /** @type {Usage | null} */
  usage: null,
  /** When the usage was read, milliseconds since the epoch. */
  read: 0,
  /** @type {Secret[]} */
  secrets: [],
  /** @type {unknown} */
  fault: null,
  /** Version of the terms that a registration accepts, where the node has terms. @type {string | null} */
  terms: null,
};

/** @param {Language} language */
function render(language) {
  state.language = language;
  const { account, usage, secrets, fault } = state;
  byId("sheet-lead").textContent = say(language, "accountLead");
  byId("outside").hidden = account !== null;
  byId("inside").hidden = account === null;
  byId("agree-line").hidden = state.terms === null;
  input("agree").required = state.terms !== null;
  byId("account-fault").replaceChildren(...(fault === null ? [] : [faultNote(language, "failed", fault)]));
  byId("secrets").replaceChildren(...(secrets.length ? [secretBox(secrets, language, hideSecrets)] : []));
  if (account === null) return;
  byId("account-facts").replaceChildren(...accountPart(account, usage, language, () => void attempt(accept)));
  byId("key-list").replaceChildren(keyList(state.keys, language, { revoke, rotate }));
  renderUsage();
}

function hideSecrets() {
  state.secrets = [];
  render(state.language);
}

/**
 * Do something with the service and show what came of it.
 *
 * @param {() => Promise<void>} action
 */
async function attempt(action) {
  const { secrets } = state;
  state.fault = null;
  try {
    await action();
  } catch (error) {
    if (error instanceof AnswerError && error.status === UNAUTHORIZED) leave();
    state.fault = error;
  }
  render(state.language);
  if (state.fault !== null) byId("account-fault").scrollIntoView({ block: "nearest" });
  else if (state.secrets !== secrets) byId("secrets").querySelector("code")?.focus(); // it is above what made it
}

async function load() {
  const [account, { keys }, usage] = await Promise.all([
    call("GET", "accounts/me"),
    call("GET", "accounts/me/keys"),
    call("GET", "usage"),
  ]);
  Object.assign(state, { account, keys, usage, read: Date.now() });
}

/** Read anew what was used; where that fails, what was known stays. */
async function readUsage() {
  if (state.account === null) return;
  try {
    Object.assign(state, { usage: await call("GET", "usage"), read: Date.now() });
    renderUsage();
  } catch {
    // the next time may do
  }
}

function renderUsage() {
  const { language, read: at, usage } = state;
  byId("usage-bars").replaceChildren(...(usage === null ? [] : usageBars(usage, language, at)));
}

async function register() {
  const form = {
    name: input("name").value,
    kind: input("kind").value,
    organisation: input("organisation").value,
    email: input("email").value,
    purpose: input("purpose").value,
    ...(state.terms === null ? {} : { terms: state.terms }),
  };
  const { token } = await call("POST", "accounts", form);
  holdToken(token);
  state.secrets = [{ what: "secretToken", value: token }];
  await load();
}

async function accept() {
  state.account = await call("POST", "accounts/me/terms", { version: state.account?.terms.current });
}

async function makeKey() {
  const kind = input("binding").value;
  const bound = input("bound")
    .value.split(/[\s,，]+/)
    .filter(Boolean);
  const made = await call("POST", "accounts/me/keys", {
    label: input("label").value,
    kind,
    with_sk: input("with-sk").checked,
    ...(kind === "browser" ? { hosts: bound } : {}),
    ...(kind === "server" ? { networks: bound } : {}),
  });
  showKey(made);
  await load();
}

/** @param {NewKey} made */
function showKey({ key, sk }) {
  const token = state.secrets.filter(({ what }) => what === "secretToken"); // not kept yet: it is shown nowhere else
  state.secrets = [{ what: "secretKey", value: key }];
  if (sk !== undefined) state.secrets.push({ what: "secretSk", value: sk });
  state.secrets.push(...token);
}

/** @param {string} id */
function revoke(id) {
  void attempt(async () => {
    await call("DELETE", `accounts/me/keys/${id}`);
    await load();
  });
}

/** @param {string} id */
function rotate(id) {
  void attempt(async () => {
    showKey(await call("POST", `accounts/me/keys/${id}/rotate`, {}));
    byId("announcement").textContent = say(state.language, "rotated");
    await load();
  });
}

async function close() {
  await call("DELETE", "accounts/me");
  leave();
  byId("announcement").textContent = say(state.language, "closedAccount");
}

function leave() {
  holdToken(null);
  Object.assign(state, { account: null, keys: [], usage: null, secrets: [], fault: null });
}

/**
 * @param {string} id Of an input, a select or a text area, all of which have a value.
 */
function input(id) {
  return /** @type {HTMLInputElement} */ (byId(id));
}

/**
 * Do something when a form is sent; nothing leaves the page but what it calls for.
 *
 * @param {string} id
 * @param {() => Promise<void>} action
 */
function onSubmit(id, action) {
  const form = /** @type {HTMLFormElement} */ (byId(id));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void attempt(async () => {
      await action();
      form.reset();
    });
  });
}

async function read() {
  if ((await readCatalog(BASE)).terms) state.terms = (await readJson(new URL("terms.json", BASE))).version;
  if (hasToken()) await attempt(load);
}

onSubmit("token-form", async () => {
  holdToken(input("token").value.trim());
  await load();
});
onSubmit("register-form", register);
onSubmit("key-form", makeKey);
onSubmit("close-form", close);
byId("usage-again").addEventListener("click", () => void readUsage());
setInterval(() => {
  if (!document.hidden) void readUsage();
}, LIVE_MS);
byId("leave").addEventListener("click", () => {
  leave();
  render(state.language);
});

await new Sheet({ title: "account", read, render }).run();
