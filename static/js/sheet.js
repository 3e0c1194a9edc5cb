// @ts-check
/**
 * Sheets: native dialogs. Focus goes in, stays in, and returns to the opener; Escape and a press
 * beside the sheet close it; what was typed stays in its fields.
 *
 *   <button type="button" data-sheet="reject">Reject</button>
 *   <dialog class="sheet" id="reject" aria-labelledby="reject-title">… <button data-sheet-close>
 *
 * data-sheet-mode on the opener becomes data-mode of the sheet (one sheet, two verbs). A dialog with
 * data-sheet-now opens by itself when the page is shown (a refused verdict).
 */
/** @type {WeakMap<HTMLDialogElement, HTMLElement>} */
const openers = new WeakMap();

/** @param {HTMLDialogElement} sheet @param {HTMLElement | null} opener */
function show(sheet, opener) {
  if (opener) openers.set(sheet, opener);
  if (!sheet.open) sheet.showModal();
}

document.addEventListener("click", (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  const opener = /** @type {HTMLElement | null} */ (target.closest("[data-sheet]"));
  if (opener) {
    const sheet = document.getElementById(opener.dataset.sheet ?? "");
    if (!(sheet instanceof HTMLDialogElement)) return;
    if (opener.dataset.sheetMode) sheet.dataset.mode = opener.dataset.sheetMode;
    show(sheet, opener);
    return;
  }
  const sheet = target.closest("dialog.sheet");
  if (!(sheet instanceof HTMLDialogElement)) return;
  if (target.closest("[data-sheet-close]") || isBeside(sheet, event)) sheet.close();
});

/** @param {HTMLDialogElement} sheet @param {MouseEvent} event */
function isBeside(sheet, event) {
  if (event.target !== sheet) return false;
  const box = sheet.getBoundingClientRect();
  return (
    event.clientX < box.left ||
    event.clientX > box.right ||
    event.clientY < box.top ||
    event.clientY > box.bottom
  );
}

// "close" does not bubble: listen on the way down.
document.addEventListener(
  "close",
  (event) => {
    const sheet = event.target;
    if (sheet instanceof HTMLDialogElement) openers.get(sheet)?.focus();
  },
  true,
);

for (const sheet of document.querySelectorAll("dialog[data-sheet-now]")) {
  show(/** @type {HTMLDialogElement} */ (sheet), null);
}
