// @ts-check
/**
 * Commenting on lines. A row's number is its handle: a press opens the composer under it, a press with
 * Shift makes a range from the row pressed before. One handler at the top serves all rows.
 *
 *   <section class="file" data-file="3"><tr class="a" id="f3n12"><td><a href="#f3n12">12</a>…
 *   <template id="composer"><form class="composer" data-draft-url="…">…</form></template>
 *
 * The composer saves itself at each pause (drafts.js); "Add to batch" leaves the draft in its place.
 */
import { problem } from "./problem.js";

/** @type {HTMLTableRowElement | null} */
let lastRow = null;
const template = /** @type {HTMLTemplateElement | null} */ (document.getElementById("composer"));

/** @param {HTMLTableRowElement} row */
function placeOf(row) {
  const line = Number(row.querySelector("td a")?.textContent);
  return { side: row.classList.contains("d") ? "old" : "new", line };
}

/** @param {HTMLTableRowElement} row @param {HTMLTableRowElement | null} from */
function compose(row, from) {
  const file = /** @type {HTMLElement | null} */ (row.closest("[data-file]"));
  if (!template || !file) return;
  const end = placeOf(row);
  const start = from && from.closest("[data-file]") === file ? placeOf(from) : end;
  const isRange = start.side === end.side && start.line < end.line;
  const line = isRange ? start.line : end.line;
  const key = `${file.dataset.file}:${end.side}:${line}:${end.line}`;
  const open = /** @type {HTMLElement | null} */ (
    document.querySelector(`[data-draft="${key}"] textarea`)
  );
  if (open) return type(/** @type {HTMLElement} */ (open.closest("form")));
  const form = newForm(key, `Line${isRange ? "s" : ""} ${line}${isRange ? ` to ${end.line}` : ""}`);
  set(form, { file: file.dataset.file, side: end.side, line, end_line: end.line });
  under(row, form);
  document.dispatchEvent(new CustomEvent("htmx:afterSwap"));
  type(form);
}

/** The focus into a composer, and the composer clear of bars and keyboard. @param {HTMLElement} form */
function type(form) {
  const field = form.querySelector("textarea");
  field?.focus({ preventScroll: true });
  field?.dispatchEvent(new CustomEvent("honk:typing", { bubbles: true }));
}

/** @param {string} key @param {string} place */
function newForm(key, place) {
  const copy = /** @type {DocumentFragment} */ (template?.content.cloneNode(true));
  const form = /** @type {HTMLFormElement} */ (copy.firstElementChild);
  form.dataset.draft = key;
  const words = form.querySelector("[data-composer-place]");
  if (words) words.textContent = place;
  return form;
}

/** @param {HTMLFormElement} form @param {Record<string, string | number | undefined>} values */
function set(form, values) {
  for (const [name, value] of Object.entries(values)) {
    const field = /** @type {HTMLInputElement | null} */ (form.elements.namedItem(name));
    if (field) field.value = String(value ?? "");
  }
}

/** Puts an element in a row of its own under a row, after what is there. @param {HTMLTableRowElement} row @param {Element} element */
function under(row, element) {
  let next = /** @type {HTMLTableRowElement | null} */ (row.nextElementSibling);
  if (!next?.classList.contains("insert")) {
    next = document.createElement("tr");
    next.className = "insert";
    const cell = next.insertCell();
    cell.colSpan = 3;
    row.after(next);
  }
  next.cells[0].append(element);
}

/** @param {HTMLFormElement} form */
async function keep(form) {
  const button = form.querySelector("button.primary");
  button?.setAttribute("aria-busy", "true");
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form) }).catch(
    () => null,
  );
  button?.removeAttribute("aria-busy");
  const state = form.querySelector("[data-draft-state]");
  if (!answer?.ok) {
    if (state) state.textContent = answer ? await problem(answer) : "Kept on this device";
    form.classList.add("unsent");
    return;
  }
  form.dataset.sent = "1";
  const box = document.createElement("div");
  box.className = "thread";
  box.innerHTML = await answer.text();
  form.replaceWith(box);
  try {
    localStorage.removeItem(`honk-draft:${location.pathname}:${form.dataset.draft}`);
  } catch {
    // there was no copy on this device
  }
  document.dispatchEvent(new CustomEvent("honk:ring"));
  recount(1);
}

/** @param {number} change */
function recount(change) {
  const place = document.querySelector("[data-draft-count]");
  if (!place) return;
  const count = Math.max(0, Number.parseInt(place.textContent ?? "0", 10) + change);
  place.textContent = `${count} ${count === 1 ? "draft" : "drafts"}`;
}

/** Opens a saved draft for more words. @param {HTMLElement} button */
function edit(button) {
  const draft = button.closest(".comment");
  const words = draft?.querySelector(".comment-body")?.textContent ?? "";
  if (!template || !draft) return;
  const form = newForm(`comment:${button.dataset.editDraft}`, "Your draft");
  set(form, { comment: button.dataset.editDraft, body: words });
  draft.replaceWith(form);
  type(form);
}

/** @param {HTMLFormElement} form */
async function discard(form) {
  const id = /** @type {HTMLInputElement} */ (form.elements.namedItem("comment")).value;
  if (id) {
    const url = `${form.action}${id}/discard/`;
    await fetch(url, { method: "POST", body: new FormData(form) }).catch(() => null);
  }
  try {
    localStorage.removeItem(`honk-draft:${location.pathname}:${form.dataset.draft}`);
  } catch {
    // there was no copy on this device
  }
  const row = form.closest("tr.insert");
  form.dataset.sent = "1";
  form.remove();
  if (row && !row.querySelector(".comment")) row.remove();
}

document.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  const number = target.closest(".diff td:first-child a");
  if (number && template) {
    event.preventDefault();
    const row = /** @type {HTMLTableRowElement} */ (number.closest("tr"));
    compose(row, /** @type {MouseEvent} */ (event).shiftKey ? lastRow : null);
    history.replaceState(null, "", number.getAttribute("href") ?? "");
    lastRow = row;
  }
  const again = /** @type {HTMLElement | null} */ (target.closest("[data-edit-draft]"));
  if (again) edit(again);
  const away = target.closest("[data-composer-discard]");
  if (away) discard(/** @type {HTMLFormElement} */ (away.closest("form")));
});

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (!form.matches(".composer") || !navigator.onLine) return;
  event.preventDefault();
  keep(form);
});

document.addEventListener("keydown", (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
    const form = target.closest("form.composer");
    if (form instanceof HTMLFormElement) form.requestSubmit();
  }
  if (
    event.key === "c" &&
    !event.ctrlKey &&
    !event.metaKey &&
    target.matches(".diff td:first-child a")
  ) {
    event.preventDefault();
    target.click();
  }
});
