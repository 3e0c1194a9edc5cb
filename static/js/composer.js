// @ts-check
/**
 * The form in which a comment is written: on lines, on a file, on the change, a reply, or a saved draft
 * again. It saves itself at each pause (drafts.js) and is opened again after a reload when this device
 * still keeps words of this person that the server has not.
 *
 *   <template id="composer"><form class="composer" data-draft-url="…">…</form></template>
 *
 * @typedef {{key: string, words: string, fields: Record<string, string>}} Made
 */
import { fieldsOf, forget, keptHere, save, settled, unsent } from "./drafts.js";
import { sectionOf } from "./handle.js";
import { offerSuggestion, putSuggestion } from "./suggest.js";
import { remember } from "./threads.js";
import { restOf, settle, takeAway } from "./under.js";

const template = () =>
  /** @type {HTMLTemplateElement | null} */ (document.getElementById("composer"));
export const mayComment = () => template() !== null;

/** The caret into a composer, and the composer clear of bars and keyboard. @param {HTMLElement} form */
export function type(form) {
  const field = form.querySelector("textarea");
  field?.focus({ preventScroll: true });
  field?.dispatchEvent(new CustomEvent("honk:typing", { bubbles: true }));
}

/** @param {HTMLFormElement} form @param {Record<string, string>} values */
function set(form, values) {
  for (const [name, value] of Object.entries(values)) {
    const field = /** @type {HTMLInputElement | null} */ (form.elements.namedItem(name));
    if (field && name !== "suggestion") field.value = value;
  }
}

/** Those that are open, or were: looked for here and not in the page, whose rows are many. @type {Set<HTMLFormElement>} */
const built = new Set();

/** A composer that is open for the same thing. @param {string} key @returns {HTMLFormElement | null} */
export function opened(key) {
  for (const form of built) {
    if (!form.isConnected) built.delete(form);
    else if (form.dataset.draft === key) return form;
  }
  return null;
}

/** @param {Made} made @returns {HTMLFormElement | null} */
export function build({ key, words, fields }) {
  const copy = template()?.content.cloneNode(true);
  const form = /** @type {HTMLFormElement | undefined} */ (
    copy && /** @type {DocumentFragment} */ (copy).firstElementChild
  );
  if (!form) return null;
  form.dataset.draft = key;
  form.dataset.restored = "1";
  const place = form.querySelector("[data-composer-place]");
  if (place) place.textContent = words;
  form.querySelector("textarea")?.setAttribute("aria-description", words);
  set(form, fields);
  if (fields.line) {
    Object.assign(form.dataset, { side: fields.side, line: fields.line, end: fields.end_line });
  }
  if (fields.line && fields.side === "new" && !fields.thread) offerSuggestion(form);
  if (fields.suggestion !== undefined) putSuggestion(form, fields.suggestion);
  built.add(form);
  return form;
}

/** Where a composer stands: its section's rest, from which it finds its line, or the page's own. @param {HTMLFormElement} form @param {HTMLElement | null} section */
export function place(form, section) {
  if (!section) {
    document.querySelector(".change-threads")?.append(form);
    return;
  }
  const rest = restOf(section);
  if (form.dataset.line) rest.append(form);
  else rest.prepend(form);
  settle(section, form);
}

/** @param {HTMLFormElement} form */
const hasWords = (form) =>
  [...form.querySelectorAll("textarea")].some((field) => !field.disabled && field.value.trim());

/** Where other lines were chosen nothing stays of those before, unless something is written there. @param {HTMLFormElement} chosen */
function dropEmpty(chosen) {
  for (const form of built) {
    const { line, thread, comment } = /** @type {Record<string, string>} */ (fieldsOf(form));
    const isOfLines = line !== "" && thread === "" && comment === "";
    if (form !== chosen && form.isConnected && isOfLines && !hasWords(form)) discard(form);
  }
}

/** Opens a composer, or goes to the one that is open. @param {Made} made @param {HTMLElement | null} section */
export function open(made, section) {
  const known = opened(made.key);
  const form = known ?? build(made);
  if (!form) return;
  if (!known) place(form, section);
  type(form); // in the tap itself: later a phone would not show its keyboard
  if (made.fields.line) dropEmpty(form);
}

/** @param {HTMLFormElement} form @param {string} html */
function become(form, html) {
  const thread = form.closest(".thread");
  const holder = document.createElement("template");
  holder.innerHTML = html;
  const comment = /** @type {HTMLElement | null} */ (holder.content.querySelector(".comment"));
  const id = comment?.dataset.ofThread ?? "";
  if (thread) {
    comment?.classList.add("reply");
    form.replaceWith(...(comment ? [comment] : []));
    remember(thread);
    return comment;
  }
  const known = id ? document.getElementById(`thread-${id}`) : null;
  known?.remove();
  const box = document.createElement("div");
  box.className = "thread";
  if (id) Object.assign(box, { id: `thread-${id}` });
  const { side, line, end } = form.dataset;
  Object.assign(box.dataset, { thread: id, ...(line ? { side, line, end } : {}) });
  box.append(holder.content);
  form.replaceWith(box);
  remember(box);
  return comment;
}

/** Keeps a draft in its place; it is published with the others. @param {HTMLFormElement} form */
export async function keep(form) {
  const button = form.querySelector("button.primary");
  button?.setAttribute("aria-busy", "true");
  await settled(form);
  const hidden = /** @type {HTMLInputElement} */ (form.elements.namedItem("comment"));
  const wasKnown = hidden.value !== "";
  const send = {
    method: "POST",
    body: new FormData(form),
    redirect: /** @type {const} */ ("manual"), // a session that is over redirects
  };
  const answer = await fetch(form.action, send).catch(() => null);
  button?.removeAttribute("aria-busy");
  if (!answer?.ok) return unsent(form, answer);
  form.dataset.sent = "1";
  forget(form);
  const comment = become(form, await answer.text());
  /** @type {HTMLElement | null | undefined} */ (
    comment?.querySelector("button[data-edit-draft]")
  )?.focus({ preventScroll: true });
  if (!wasKnown) document.dispatchEvent(new CustomEvent("honk:drafts", { detail: 1 }));
  document.dispatchEvent(new CustomEvent("honk:ring"));
}

/** Throws what is written away, here and on the server. @param {HTMLFormElement} form */
export async function discard(form) {
  await settled(form);
  const { value } = /** @type {HTMLInputElement} */ (form.elements.namedItem("comment"));
  form.dataset.sent = "1";
  forget(form);
  if (value) {
    const send = {
      method: "POST",
      body: new FormData(form),
      redirect: /** @type {const} */ ("manual"),
    };
    await fetch(`${form.action}${value}/discard/`, send).catch(() => null);
    document.dispatchEvent(new CustomEvent("honk:drafts", { detail: -1 }));
  }
  const thread = form.closest(".thread");
  takeAway(thread && !thread.querySelector(".comment:not(form)") ? thread : form);
}

/** Escape: closes, and what was written stays as a draft. @param {HTMLFormElement} form */
export async function close(form) {
  if (!hasWords(form)) return discard(form);
  await save(form);
  if (form.classList.contains("unsent")) return form.querySelector("textarea")?.blur();
  return keep(form);
}

/** @param {string | undefined} file @returns {HTMLElement | null} */
const sectionFor = (file) => (file ? sectionOf(file) : null);

/** Where the words were written. @param {HTMLFormElement} form @param {Record<string, string>} fields */
function putBack(form, fields) {
  const saved = fields.comment && document.getElementById(`comment-${fields.comment}`);
  const thread = fields.thread && document.getElementById(`thread-${fields.thread}`);
  if (saved) saved.replaceWith(form);
  else if (thread) thread.append(form);
  else place(form, sectionFor(fields.file));
}

/** Opens again what this device keeps and the server has not. */
export function reopen() {
  for (const [key, fields] of keptHere()) {
    const isOurs = fields.body !== undefined && fields.round !== undefined;
    const isElsewhere = fields.file && !sectionFor(fields.file); // on another page of files
    if (!isOurs || isElsewhere || opened(key)) continue;
    const form = build({ key, words: placeWords(fields), fields });
    if (!form) continue;
    putBack(form, fields);
    form.classList.add("unsent");
    const state = form.querySelector("[data-draft-state]");
    if (state) state.textContent = "Kept on this device";
    if (navigator.onLine) save(form);
  }
}

/** @param {Record<string, string>} fields */
export function placeWords({ line, end_line, file, comment, thread }) {
  if (thread) return "Your reply";
  if (line && end_line && end_line !== line) return `Lines ${line} to ${end_line}`;
  if (line) return `Line ${line}`;
  if (comment) return "Your draft";
  return file ? "The file" : "The change";
}
