// @ts-check
/**
 * A suggested edit: a second field in the composer that begins with the lines as they are.
 *
 *   <form class="composer" data-side="new" data-line="12" data-end="14">
 *     <div data-suggestion hidden><textarea name="suggestion" disabled></textarea></div>
 *     <button type="button" data-suggest hidden>Suggest edit</button>
 */
import { codeOf, rowOf } from "./handle.js";
import { textOf } from "./linetext.js";

/** @param {HTMLFormElement} form @returns {HTMLTextAreaElement | null} */
const fieldOf = (form) => form.querySelector("textarea[name=suggestion]");

/** Only the new side's lines can be replaced. @param {HTMLFormElement} form */
export function offerSuggestion(form) {
  form.querySelector("[data-suggest]")?.removeAttribute("hidden");
}

/** @param {HTMLFormElement} form @param {boolean} isOn */
function turn(form, isOn) {
  const field = fieldOf(form);
  if (!field) return;
  field.disabled = !isOn;
  field.closest("[data-suggestion]")?.toggleAttribute("hidden", !isOn);
  const words = form.querySelector("[data-suggest-words]");
  if (words) words.textContent = isOn ? "No edit" : "Suggest edit";
  form.querySelector("textarea[name=body]")?.toggleAttribute("required", !isOn);
}

/** @param {HTMLFormElement} form @param {string} text */
export function putSuggestion(form, text) {
  const field = fieldOf(form);
  if (!field) return;
  field.value = text;
  turn(form, true);
}

/** The lines that a composer is about, as the file has them. @param {HTMLFormElement} form */
function linesOf(form) {
  const file = form.closest("section.file")?.getAttribute("data-file") ?? "";
  const { line, end } = form.dataset;
  const lines = [];
  for (let at = Number(line); at <= Number(end || line); at += 1) {
    const row = rowOf({ file, side: "new", line: at });
    const cell = row && codeOf(row, "new");
    if (!cell) return null;
    lines.push(textOf(cell));
  }
  return lines.join("\n");
}

document.addEventListener("click", (event) => {
  const button = /** @type {Element} */ (event.target).closest("[data-suggest]");
  const form = /** @type {HTMLFormElement | null | undefined} */ (button?.closest("form"));
  const field = form && fieldOf(form);
  if (!form || !field) return;
  const isOn = field.disabled;
  turn(form, isOn);
  if (isOn && !field.value) field.value = linesOf(form) ?? "";
  (isOn ? field : form.querySelector("textarea"))?.focus();
  field.dispatchEvent(new CustomEvent("input", { bubbles: true }));
});
