// @ts-check
/**
 * Nothing typed is lost: a text that is being written is sent to the server at every pause, and kept
 * on this device when the server cannot be reached.
 *
 *   <form class="comment draft composer" data-draft="thread-or-line key" data-draft-url="/…/draft/">
 *     <textarea name="body"></textarea> <span data-draft-state></span>
 *   </form>
 *
 * What the server refuses (too long, say) is told in the state's place, and the words stay.
 *
 * Without data-draft-url the text is only kept on this device (messages, new instructions) until the
 * form is sent. The answer to a draft's POST may carry X-Honk-Draft, the id that the next save names.
 */
import { problem } from "./problem.js";

const PAUSE_MS = 700;
/** @type {WeakMap<HTMLFormElement, number>} */
const timers = new WeakMap();

/** @param {HTMLFormElement} form */
const keyOf = (form) => `honk-draft:${location.pathname}:${form.dataset.draft}`;

/** @param {HTMLFormElement} form */
const fieldOf = (form) =>
  /** @type {HTMLTextAreaElement | null} */ (form.querySelector("textarea"));

/** @param {HTMLFormElement} form @param {string} word @param {boolean} isUnsent */
function state(form, word, isUnsent) {
  form.classList.toggle("unsent", isUnsent);
  const place = form.querySelector("[data-draft-state]");
  if (place) place.textContent = word;
}

/** @param {HTMLFormElement} form @param {string} text */
function keepHere(form, text) {
  try {
    if (text) localStorage.setItem(keyOf(form), text);
    else localStorage.removeItem(keyOf(form));
  } catch {
    // storage is off or full: the server's copy is the only one
  }
}

/** @param {HTMLFormElement} form */
async function save(form) {
  const field = fieldOf(form);
  const url = form.dataset.draftUrl;
  if (!field || form.dataset.sent) return;
  const text = field.value;
  keepHere(form, text);
  if (!url) return state(form, text ? "Kept on this device" : "", false);
  if (!text.trim()) return;
  try {
    const answer = await fetch(url, {
      method: "POST",
      body: new FormData(form),
      redirect: "error",
    });
    if (answer.status >= 400 && answer.status < 500) {
      return state(form, await problem(answer), true); // the words stay here and in the field
    }
    if (!answer.ok) throw new Error(String(answer.status));
    const id = answer.headers.get("X-Honk-Draft");
    const hidden = /** @type {HTMLInputElement | null} */ (form.querySelector("[name=comment]"));
    if (id && hidden) hidden.value = id;
    if (field.value === text) {
      keepHere(form, "");
      state(form, "Saved", false);
    }
  } catch {
    state(form, "Kept on this device", true);
  }
}

document.addEventListener("input", (event) => {
  const form = /** @type {Element} */ (event.target).closest("form[data-draft]");
  if (!(form instanceof HTMLFormElement)) return;
  clearTimeout(timers.get(form));
  timers.set(
    form,
    setTimeout(() => save(form), PAUSE_MS),
  );
});

addEventListener("online", () => {
  for (const form of document.querySelectorAll("form[data-draft].unsent")) {
    save(/** @type {HTMLFormElement} */ (form));
  }
});

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (event.defaultPrevented || !form.matches("[data-draft]")) return;
  clearTimeout(timers.get(form));
  if (navigator.onLine) keepHere(form, "");
});

/** Brings back what this device kept. */
function restore() {
  for (const element of document.querySelectorAll("form[data-draft]:not([data-restored])")) {
    const form = /** @type {HTMLFormElement} */ (element);
    form.dataset.restored = "1";
    const field = fieldOf(form);
    let kept = null;
    try {
      kept = localStorage.getItem(keyOf(form));
    } catch {
      // nothing to bring back
    }
    if (!field || !kept || field.value) continue;
    field.value = kept;
    state(form, "Kept on this device", Boolean(form.dataset.draftUrl));
  }
}
document.addEventListener("htmx:afterSwap", restore);
restore();
