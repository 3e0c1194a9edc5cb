// @ts-check
/**
 * Nothing typed is lost: a text that is being written is sent to the server at every pause, and kept
 * on this device when the server cannot be reached, or no longer knows who asks.
 *
 *   <form class="comment draft composer" data-draft="thread-or-line key" data-draft-url="/…/draft/">
 *     <textarea name="body"></textarea> <span data-draft-state></span>
 *   </form>
 *
 * What the server refuses (too long, say) is told in the state's place, and the words stay.
 *
 * Without data-draft-url the text is only kept on this device (messages, new instructions) until the
 * form is sent. The answer to a draft's POST may carry X-Honk-Draft, the id that the next save names;
 * saves of a form come one after another, so that two of them never make two drafts. The copy on this
 * device is every named field of the form, so that a page can build the form again (keptHere).
 *
 * The copy is its person's: another who uses this browser never sees or sends it, and it is there when
 * its person signs in again. A form that is sent keeps its copy until a page of that person has come in
 * answer, since a session that is over answers with the sign-in page and the words would be gone.
 */
import { person } from "./person.js";
import { problem } from "./problem.js";

const PAUSE_MS = 700;
const PREFIX = "honk-draft:";
const SENT = "honk-draft-sent"; // in this tab: the copy whose form is on its way
const KEPT = "Kept on this device";
const SIGNED_OUT = "Signed out. Kept on this device until you sign in again";
/** @type {WeakMap<HTMLFormElement, number>} */
const timers = new WeakMap();
/** @type {WeakMap<HTMLFormElement, Promise<void>>} */
const running = new WeakMap();
/** Typed in since the last save. @type {WeakSet<Element>} */
const unsaved = new WeakSet();

/** @param {string | undefined} key */
const nameOf = (key) => `${PREFIX}${person()}:${location.pathname}:${key}`;

/** @param {HTMLFormElement} form */
const fieldOf = (form) =>
  /** @type {HTMLTextAreaElement | null} */ (form.querySelector("textarea"));

/** All that is typed into a form. @param {HTMLFormElement} form */
const wordsOf = (form) =>
  [...form.querySelectorAll("textarea")]
    .map((field) => (field.disabled ? "" : field.value))
    .join("\n");

/** The fields to build a form again from. @param {HTMLFormElement} form @returns {Record<string, string>} */
export function fieldsOf(form) {
  const pairs = [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken");
  return Object.fromEntries(pairs.map(([name, value]) => [name, String(value)]));
}

/** @param {HTMLFormElement} form @param {string} word @param {boolean} isUnsent */
function state(form, word, isUnsent) {
  form.classList.toggle("unsent", isUnsent);
  const place = form.querySelector("[data-draft-state]");
  if (place) place.textContent = word;
}

/** @param {HTMLFormElement} form */
export function keepHere(form) {
  if (!person()) return;
  try {
    const kept = JSON.stringify(fieldsOf(form));
    if (wordsOf(form).trim()) localStorage.setItem(nameOf(form.dataset.draft), kept);
    else forget(form);
  } catch {
    // storage is off or full: the server's copy is the only one
  }
}

/** @param {HTMLFormElement} form */
export function forget(form) {
  unsaved.delete(form);
  try {
    localStorage.removeItem(nameOf(form.dataset.draft));
  } catch {
    // there was no copy on this device
  }
}

/** What this device keeps of a form, or nothing. @param {string} name @returns {Record<string, string> | null} */
function read(name) {
  if (!person()) return null;
  try {
    const kept = localStorage.getItem(name);
    return kept ? JSON.parse(kept) : null;
  } catch {
    return null;
  }
}

/** What this device keeps for this page, by the forms' keys. @returns {[string, Record<string, string>][]} */
export function keptHere() {
  const start = nameOf("");
  /** @type {[string, Record<string, string>][]} */
  const found = [];
  try {
    for (const name of Object.keys(localStorage)) {
      const kept = name.startsWith(start) ? read(name) : null;
      if (kept) found.push([name.slice(start.length), kept]);
    }
  } catch {
    // nothing to bring back
  }
  return found;
}

/** The words stay on this device; the state says why. @param {HTMLFormElement} form @param {Response | null} answer */
export async function unsent(form, answer) {
  keepHere(form);
  const isOver = answer?.type === "opaqueredirect"; // to the sign-in page
  if (!answer || isOver || answer.status >= 500) {
    return state(form, isOver ? SIGNED_OUT : KEPT, true);
  }
  state(form, await problem(answer), true);
}

/** @param {HTMLFormElement} form */
async function send(form) {
  const url = form.dataset.draftUrl ?? "";
  const words = wordsOf(form);
  const body = new FormData(form);
  const answer = await fetch(url, { method: "POST", body, redirect: "manual" }).catch(() => null);
  if (!answer?.ok) return unsent(form, answer);
  const id = answer.headers.get("X-Honk-Draft");
  const hidden = /** @type {HTMLInputElement | null} */ (form.querySelector("[name=comment]"));
  if (id && hidden && !hidden.value) {
    hidden.value = id;
    document.dispatchEvent(new CustomEvent("honk:drafts", { detail: 1 }));
  }
  if (wordsOf(form) !== words) return;
  forget(form);
  state(form, "Saved", false);
}

/** Saves what is written now, after a save that is under way. @param {HTMLFormElement} form */
export async function save(form) {
  clearTimeout(timers.get(form));
  if (!fieldOf(form) || form.dataset.sent) return;
  keepHere(form);
  const has = wordsOf(form).trim() !== "";
  if (!form.dataset.draftUrl) return state(form, has ? KEPT : "", false);
  if (!has) return;
  const before = running.get(form) ?? Promise.resolve();
  const job = before.then(() => (form.dataset.sent ? undefined : send(form)));
  running.set(form, job);
  return job;
}

/** Until no save of a form is under way; none begins by itself. @param {HTMLFormElement} form */
export async function settled(form) {
  clearTimeout(timers.get(form));
  await running.get(form);
}

document.addEventListener("input", (event) => {
  const form = /** @type {Element} */ (event.target).closest("form[data-draft]");
  if (!(form instanceof HTMLFormElement)) return;
  unsaved.add(form);
  clearTimeout(timers.get(form));
  timers.set(
    form,
    setTimeout(() => save(form), PAUSE_MS),
  );
});

// What was typed in the last moment before the page goes is on this device when it comes back.
addEventListener("pagehide", () => {
  for (const form of document.querySelectorAll("form[data-draft]")) {
    if (unsaved.has(form)) keepHere(/** @type {HTMLFormElement} */ (form));
  }
});

addEventListener("online", () => {
  for (const form of document.querySelectorAll("form[data-draft].unsent")) {
    save(/** @type {HTMLFormElement} */ (form));
  }
});

// On the window: after those who may hold a form back. Composers are sent by composer.js.
addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (event.defaultPrevented || !form.matches("[data-draft]:not([data-draft-url])")) return;
  clearTimeout(timers.get(form));
  keepHere(form);
  try {
    sessionStorage.setItem(SENT, nameOf(form.dataset.draft));
  } catch {
    forget(form);
  }
});

/** Drops the copy of a form that was taken: a page of its person came in answer, and no refusal. */
function taken() {
  try {
    const name = sessionStorage.getItem(SENT);
    sessionStorage.removeItem(SENT);
    const [way] = /** @type {(PerformanceNavigationTiming & {responseStatus?: number})[]} */ (
      performance.getEntriesByType("navigation")
    );
    const isTaken = way?.type !== "back_forward" && (way?.responseStatus ?? 200) < 400;
    if (person() && isTaken && name?.startsWith(`${PREFIX}${person()}:`)) {
      localStorage.removeItem(name);
    }
  } catch {
    // storage is off: nothing was kept
  }
}
addEventListener("pageshow", (event) => {
  if (event.persisted) sessionStorage.removeItem(SENT); // back at the form, which was not taken
});

/** Brings back what this device kept. */
function restore() {
  for (const element of document.querySelectorAll("form[data-draft]:not([data-restored])")) {
    const form = /** @type {HTMLFormElement} */ (element);
    form.dataset.restored = "1";
    const field = fieldOf(form);
    const kept = read(nameOf(form.dataset.draft))?.[field?.name ?? ""];
    if (!field || !kept || field.value) continue;
    field.value = kept;
    state(form, KEPT, Boolean(form.dataset.draftUrl));
  }
}
document.addEventListener("htmx:afterSwap", restore);
taken();
restore();
