// @ts-check
/**
 * Choosing lines to comment on, with one handler for all rows:
 *
 *   a press on a number            that line
 *   Shift and a press              from the line pressed before to this one
 *   a drag over numbers            the lines dragged over
 *   a long press, then a tap       (phones) the lines between
 *   a tap on a line's text         (phones) offers "Comment on line 12" in a button of 44 px
 *
 * A number is as high as its line of code, 20 px at a mouse (WCAG 2.5.8, inline: its size is that of the
 * text beside it). On coarse pointers rows are 24 px high, number and sign are one target of 52 x 24,
 * and a tap anywhere in the row offers the same in a button of 44 px.
 *
 * Dispatches "honk:pick" with {from, to} on the document.
 */
import { HANDLE, handleOf, isSplit, placeOf } from "./handle.js";
import { address, mark, unmark } from "./range.js";

const LONG_MS = 450;
const SLOP_PX = 10;
/** @typedef {import("./handle.js").Place} Place */
/** @type {Place | null} */
let last = null;
/** @type {Place | null} */
let start = null; // of a range begun by a long press
/** @type {{from: Place, to: Place, isMoved: boolean} | null} */
let drag = null;
let timer = 0;
let isSwallowed = false;
/** @type {HTMLElement | null} */
let offered = null;

/** @param {Place} from @param {Place} to */
function pick(from, to) {
  const [first, end] = from.line <= to.line ? [from, to] : [to, from];
  last = to;
  start = null;
  document.body.classList.remove("picking");
  address(first, end);
  mark(first, end);
  document.dispatchEvent(new CustomEvent("honk:pick", { detail: { from: first, to: end } }));
}

/** @param {Place | null} a @param {Place | null} b */
const areOneSide = (a, b) => a !== null && b !== null && a.file === b.file && a.side === b.side;

/** The handle of the number or sign cell at a node. @param {EventTarget | null} target @returns {HTMLAnchorElement | null} */
function handleAt(target) {
  if (!(target instanceof Element)) return null;
  const own = /** @type {HTMLAnchorElement | null} */ (target.closest(HANDLE));
  if (own) return own;
  const cell = /** @type {HTMLTableCellElement | null} */ (target.closest(".diff td"));
  if (!cell || cell.closest(".insert") || cell.cellIndex % 3 === 2) return null;
  return /** @type {HTMLAnchorElement | null} */ (
    cell.cellIndex % 3 === 0
      ? cell.querySelector("a")
      : (cell.previousElementSibling?.querySelector("a") ?? null)
  );
}

/** @param {string} words */
const say = (words) =>
  document.dispatchEvent(new CustomEvent("honk:say", { detail: { text: words, now: true } }));

/** @param {Place} place */
function begin(place) {
  start = place;
  isSwallowed = true;
  mark(place, place);
  document.body.classList.add("picking");
  offer(`From line ${place.line}: tap the last line`, null);
  say(`From line ${place.line}. Tap the number of the last line`);
  navigator.vibrate?.(10);
}

/** The button above the bar. @param {string} words @param {(() => void) | null} act */
function offer(words, act) {
  offered?.remove();
  offered = null;
  if (!words) return;
  const made = document.createElement(act ? "button" : "p");
  made.className = act ? "button pick-offer" : "pick-offer said";
  made.textContent = words;
  if (act) made.addEventListener("click", act);
  document.body.append(made);
  offered = made;
}

function cancel() {
  if (!start && !offered) return false;
  start = null;
  document.body.classList.remove("picking");
  offer("", null);
  unmark();
  return true;
}

document.addEventListener("pointerdown", (event) => {
  isSwallowed = false;
  const handle = handleAt(event.target);
  const place = placeOf(handle?.getAttribute("href"));
  if (!place || event.button !== 0) return;
  if (event.pointerType === "mouse") {
    drag = { from: place, to: place, isMoved: false };
    return;
  }
  const { clientX, clientY } = event;
  clearTimeout(timer);
  timer = setTimeout(() => begin(place), LONG_MS);
  const stop = (/** @type {PointerEvent} */ moved) => {
    const far = Math.hypot(moved.clientX - clientX, moved.clientY - clientY) > SLOP_PX;
    if (moved.type !== "pointermove" || far) clearTimeout(timer);
    if (moved.type === "pointermove" && !far) return;
    for (const name of ENDS) document.removeEventListener(name, stop);
  };
  for (const name of ENDS) document.addEventListener(name, stop);
});
const ENDS = /** @type {const} */ (["pointermove", "pointerup", "pointercancel"]);

document.addEventListener("pointermove", (event) => {
  if (!drag || event.pointerType !== "mouse") return;
  const row = /** @type {Element} */ (event.target).closest?.(".diff tr:not(.insert)");
  const place = placeOf(row && handleOf(row, drag.from.side)?.getAttribute("href"));
  if (!place || !areOneSide(drag.from, place) || place.line === drag.to.line) return;
  drag.to = place;
  drag.isMoved = true;
  mark(drag.from, drag.to);
  getSelection()?.removeAllRanges();
});

document.addEventListener("pointerup", () => {
  if (drag?.isMoved) {
    isSwallowed = true;
    setTimeout(() => {
      isSwallowed = false; // a drag that ends beside its start makes no click
    }, 0);
    pick(drag.from, drag.to);
  }
  drag = null;
});

document.addEventListener("dragstart", (event) => {
  if (handleAt(event.target)) event.preventDefault();
});

document.addEventListener("contextmenu", (event) => {
  const isTouch = /** @type {PointerEvent} */ (event).pointerType === "touch";
  if (isTouch && handleAt(event.target)) event.preventDefault();
});

/** A tap on a line's text, where fingers are coarse. @param {Element} target */
function offerFor(target) {
  const cell = /** @type {HTMLTableCellElement | null} */ (target.closest(".diff td"));
  const row = cell?.closest("tr");
  if (!cell || !row || row.classList.contains("insert")) return;
  if (!getSelection()?.isCollapsed || target.closest("a, button, summary")) return;
  const side = isSplit(row) && cell.cellIndex < 3 ? "old" : undefined;
  const place = placeOf(handleOf(row, side)?.getAttribute("href"));
  if (!place || !document.getElementById("composer")) return;
  if (start && areOneSide(start, place)) return finish(place);
  mark(place, place);
  offer(`Comment on line ${place.line}`, () => finish(place));
}

/** @param {Place} place */
function finish(place) {
  offer("", null);
  pick(start && areOneSide(start, place) ? start : place, place);
}

document.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  const handle = handleAt(target);
  const place = placeOf(handle?.getAttribute("href"));
  const isPlain = !event.ctrlKey && !event.metaKey;
  if (place && isPlain) {
    event.preventDefault();
    if (isSwallowed) return;
    if (event.shiftKey && last && areOneSide(last, place)) return pick(last, place);
    return finish(place);
  }
  if (isSwallowed || target.closest(".pick-offer")) return;
  if (target.closest(".diff td") && matchMedia("(pointer: coarse)").matches) offerFor(target);
  else if (!target.closest(".composer, dialog, button, a")) cancel();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") cancel();
});
