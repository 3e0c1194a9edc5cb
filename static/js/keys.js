// @ts-check
/**
 * The keyboard path. Keys are off inside fields and while a sheet is open.
 *
 *   j k    next, previous [data-key-row] (its link gets the focus; Enter opens it)
 *   n p    next, previous [data-key-stop] (a changed block)
 *   1-9    the [data-key="1"] control, and any other single key so named: d b a r f / ?
 *   Escape leaves an empty search field, so that the keys live again
 *
 * A control with data-key-focus only gets the focus: a key never gives a verdict.
 *
 *   <a class="card-title" data-key-row href="…">   <button data-key="?" data-sheet="keys">
 */
/** @param {EventTarget | null} target */
function isTyping(target) {
  return (
    target instanceof Element &&
    target.closest("input, textarea, select, [contenteditable]") !== null
  );
}

/** @param {string} selector @param {number} step */
function walk(selector, step) {
  const stops = [...document.querySelectorAll(selector)].filter((e) => e.getClientRects().length);
  if (stops.length === 0) return;
  const here = stops.findIndex(
    (e) => e === document.activeElement || e.contains(document.activeElement),
  );
  const from = here === -1 ? nearest(stops, step) : here + step;
  const stop = /** @type {HTMLElement} */ (stops[Math.max(0, Math.min(stops.length - 1, from))]);
  stop.focus({ preventScroll: true });
  stop.scrollIntoView({ block: selector.includes("stop") ? "center" : "nearest" });
}

/** The first stop below the middle of the screen, or the last above it. @param {Element[]} stops @param {number} step */
function nearest(stops, step) {
  const middle = step > 0 ? 0 : innerHeight / 2;
  const below = stops.findIndex((e) => e.getBoundingClientRect().top > middle);
  if (step > 0) return below === -1 ? stops.length - 1 : below;
  return below === -1 ? stops.length - 1 : below - 1;
}

/** @param {EventTarget | null} target */
function leaveEmpty(target) {
  const isEmpty = target instanceof HTMLInputElement && target.type === "search" && !target.value;
  if (isEmpty && !target.closest("dialog")) target.blur();
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") leaveEmpty(event.target);
  if (event.defaultPrevented) return; // rowkeys.js knows more of rows
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  const steps = /** @type {Record<string, [string, number]>} */ ({
    j: ["[data-key-row]", 1],
    k: ["[data-key-row]", -1],
    n: ["[data-key-stop]", 1],
    p: ["[data-key-stop]", -1],
  });
  if (steps[event.key]) {
    event.preventDefault();
    walk(...steps[event.key]);
    return;
  }
  const named = /** @type {HTMLElement[]} */ ([
    ...document.querySelectorAll(`[data-key="${CSS.escape(event.key)}"]`),
  ]);
  // What opens a sheet may itself be in a menu that is closed.
  const control =
    named.find((e) => e.getClientRects().length) ?? named.find((e) => e.dataset.sheet);
  if (!control) return;
  event.preventDefault();
  if (control.matches("input, textarea, select, [data-key-focus]")) control.focus();
  else control.click();
});
