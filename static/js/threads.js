// @ts-check
/**
 * Threads come after a file's rows, since the rows are the same for everybody; here each moves under
 * its line, also when the line appears later (a body that came, context that was opened).
 *
 *   <div class="file-threads" data-threads>
 *     <div class="thread" id="thread-7" data-thread="7" data-side="new" data-line="16" data-end="18">…
 *   <form data-thread-act>        resolve, reopen, discard: sent without leaving the page
 *
 * "honk:fresh" brings the page as it is now: what differs is replaced, unless it holds the caret or
 * words that were not sent.
 */
import { restOf, settle, settleAll, takeAway } from "./under.js";

/** What a thread said when the server sent it. @type {Map<string, string>} */
const known = new Map();
/** Boxes made here, which a page asked for earlier may not name yet. @type {Map<string, number>} */
const young = new Map();
const YOUNG_MS = 15_000;

/** @param {Element} thread */
function essence(thread) {
  return thread.outerHTML
    .replace(/name="csrfmiddlewaretoken" value="[^"]*"/g, "")
    .replace(/<time[^>]*>[^<]*<\/time>/g, "");
}

/** @param {Element} thread */
function isHeld(thread) {
  const focus = document.activeElement;
  if (focus && thread.contains(focus) && focus.matches("textarea, input, select")) return true;
  const fields = [...thread.querySelectorAll("textarea")];
  return fields.some((field) => field.value.trim() !== field.defaultValue.trim());
}

/** Whether one of its comments is being written in a composer. @param {Element} fresh */
function isBeingWritten(fresh) {
  const ids = [...fresh.querySelectorAll(".comment[id]")].map((e) => e.id.replace("comment-", ""));
  const open = /** @type {NodeListOf<HTMLInputElement>} */ (
    document.querySelectorAll("form.composer [name=comment]")
  );
  return [...open].some((field) => field.value && ids.includes(field.value));
}

/** A thread that was made on this page. @param {Element} thread */
export function remember(thread) {
  young.set(thread.id, Date.now());
}

/** @param {Element} old @param {HTMLElement} fresh */
function replace(old, fresh) {
  const hadFocus = old.contains(document.activeElement);
  old.replaceWith(fresh);
  if (hadFocus) {
    fresh.tabIndex = -1;
    fresh.focus({ preventScroll: true });
  }
}

/** @param {Element} fresh @param {Element} place */
function take(fresh, place) {
  const words = essence(fresh);
  const old = document.getElementById(fresh.id);
  if (old && (known.get(fresh.id) === words || isHeld(old))) return;
  if (isBeingWritten(fresh)) return;
  known.set(fresh.id, words);
  const made = document.importNode(/** @type {HTMLElement} */ (fresh), true);
  if (old) return replace(old, made);
  place.append(made);
  const section = /** @type {HTMLElement | null} */ (place.closest("section.file"));
  if (section) settle(section, made);
}

/** @param {Document} page */
function refresh(page) {
  const isWhole = page.querySelector("section.file, .change-threads") !== null;
  if (!isWhole) return;
  for (const fresh of page.querySelectorAll(".files .thread[id]")) {
    const name = fresh.closest("section.file")?.id;
    const section = /** @type {HTMLElement | null} */ (name ? document.getElementById(name) : null);
    const place = section ? restOf(section) : document.querySelector(".change-threads");
    if (place && (section || !name)) take(fresh, place);
  }
  for (const old of document.querySelectorAll(".files .thread[id]")) {
    const age = Date.now() - (young.get(old.id) ?? 0);
    if (page.getElementById(old.id) || isHeld(old) || age < YOUNG_MS) continue;
    takeAway(old);
  }
}

/** @param {HTMLFormElement} form */
async function act(form) {
  const button = form.querySelector("button:not([type=button])");
  button?.setAttribute("aria-busy", "true");
  const answer = await fetch(form.action, {
    method: "POST",
    body: new FormData(form),
    redirect: "manual",
  }).catch(() => null);
  button?.removeAttribute("aria-busy");
  const isDone = answer?.type === "opaqueredirect" || answer?.ok;
  if (!isDone) {
    const detail = "Not saved. Try again when the network is back";
    document.dispatchEvent(new CustomEvent("honk:say", { detail }));
    form.classList.add("unsent");
    return;
  }
  const thread = form.closest(".thread");
  if (form.dataset.threadAct === "discard") {
    const comment = form.closest(".comment");
    if (comment && thread?.querySelectorAll(".comment").length === 1) takeAway(thread);
    else comment?.remove();
    document.dispatchEvent(new CustomEvent("honk:drafts", { detail: -1 }));
  }
  document.dispatchEvent(new CustomEvent("honk:ring"));
}

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (!form.matches("[data-thread-act]") || !navigator.onLine) return;
  event.preventDefault();
  act(form);
});

document.addEventListener("honk:fresh", (event) =>
  refresh(/** @type {CustomEvent} */ (event).detail),
);
document.addEventListener("honk:body", (event) =>
  settleAll(/** @type {HTMLElement} */ (event.target)),
);
for (const thread of document.querySelectorAll(".files .thread[id]"))
  known.set(thread.id, essence(thread));
for (const section of document.querySelectorAll("section.file")) {
  settleAll(/** @type {HTMLElement} */ (section));
}
