// @ts-check
/**
 * What opens, closes and sends composers.
 *
 *   "honk:pick" {from, to}                       lines were chosen (pick.js)
 *   <button data-reply="7">                      in a thread
 *   <button data-edit-draft="9">                 in a saved draft
 *   <button data-comment-file>, <button data-comment-change>
 *   <span data-draft-count>2 drafts</span>
 */
import {
  build,
  close,
  discard,
  keep,
  mayComment,
  open,
  opened,
  placeWords,
  reopen,
  type,
} from "./composer.js";
import { sectionOf } from "./handle.js";
import { unmark } from "./range.js";

/** @param {import("./handle.js").Place} from @param {import("./handle.js").Place} to */
function onLines(from, to) {
  const fields = {
    file: from.file,
    side: from.side,
    line: String(from.line),
    end_line: String(to.line),
  };
  const key = `${from.file}:${from.side}:${from.line}:${to.line}`;
  open({ key, words: placeWords(fields), fields }, sectionOf(from.file));
}

/** @param {HTMLElement | null} section */
function onFile(section) {
  const file = section?.dataset.file;
  if (section && file) open({ key: `${file}:file`, words: "The file", fields: { file } }, section);
}

/** @param {HTMLElement} button */
function reply(button) {
  const thread = /** @type {HTMLElement | null} */ (button.closest(".thread"));
  const id = button.dataset.reply ?? "";
  const key = `thread:${id}`;
  const known = opened(key);
  if (known) return type(known);
  const form = build({ key, words: "Your reply", fields: { thread: id } });
  if (!thread || !form) return;
  thread.append(form);
  type(form);
}

/** A saved draft for more words. @param {HTMLElement} button */
function edit(button) {
  const draft = button.closest(".comment");
  const id = button.dataset.editDraft ?? "";
  const thread = /** @type {HTMLElement | null} */ (button.closest(".thread"));
  const { words = "", suggested } = button.dataset;
  /** @type {Record<string, string>} */
  const fields = { comment: id, body: words };
  if (suggested !== undefined) fields.suggestion = suggested;
  const { line, end, side } = thread?.dataset ?? {};
  if (line) Object.assign(fields, { line, end_line: end ?? line, side: side ?? "new" });
  const form = build({ key: `comment:${id}`, words: placeWords(fields), fields });
  if (!form || !draft) return;
  draft.replaceWith(form);
  type(form);
}

/** @param {number} change */
function recount(change) {
  for (const place of document.querySelectorAll("[data-draft-count]")) {
    const count = Math.max(0, Number.parseInt(place.textContent ?? "0", 10) + change);
    place.textContent = `${count} ${count === 1 ? "draft" : "drafts"}`;
  }
}

/** @type {[string, (button: HTMLElement) => void][]} */
const ACTS = [
  ["[data-reply]", reply],
  ["[data-edit-draft]", edit],
  ["[data-comment-file]", (button) => onFile(button.closest("section.file"))],
  ["[data-comment-change]", () => open({ key: "change", words: "The change", fields: {} }, null)],
  [
    "[data-composer-discard]",
    (button) => discard(/** @type {HTMLFormElement} */ (button.closest("form"))),
  ],
];

document.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  for (const [selector, act] of ACTS) {
    const button = /** @type {HTMLElement | null} */ (target.closest(selector));
    if (button) act(button);
  }
});

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (!form.matches(".composer") || !navigator.onLine) return;
  event.preventDefault();
  unmark();
  keep(form);
});

document.addEventListener("keydown", (event) => {
  const form = /** @type {Element} */ (event.target).closest?.("form.composer");
  if (!(form instanceof HTMLFormElement)) return;
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") form.requestSubmit();
  if (event.key === "Escape" && !event.isComposing) {
    event.preventDefault();
    const row = form.closest("tr.insert")?.previousElementSibling;
    unmark();
    close(form).then(() => {
      if (document.activeElement === document.body) row?.querySelector("a")?.focus();
    });
  }
});

document.addEventListener("honk:pick", (event) => {
  const { from, to } = /** @type {CustomEvent} */ (event).detail;
  if (mayComment()) onLines(from, to);
});
document.addEventListener("honk:drafts", (event) =>
  recount(/** @type {CustomEvent} */ (event).detail),
);
if (mayComment()) reopen();
