// @ts-check
/**
 * The keyboard path through the rows. The caret is the focused number of a row; where there is none the
 * row under the heads is meant.
 *
 *   j k   next, previous line        n p   next, previous changed block      ] [   next, previous file
 *   v     viewed                     c     comment                           x     fold
 *   e     lines around               N P   next, previous comment        Tab   out of the lines
 *
 * Off inside fields and sheets; f, / and ? are of keys.js and tree.js.
 */
import { expandAround } from "./expand.js";
import { toggleFold } from "./fold.js";
import { handleOf, isElsewhere, isSplit } from "./handle.js";
import { roof } from "./place.js";
import { currentFile, stepFile } from "./stepping.js";
import { toggleViewed } from "./viewed.js";
import { isChanged, rowAt, rowsFrom } from "./walk.js";

/** Where a walk starts: the row with the caret, else what is read. @returns {{from: Element, isRow: boolean} | null} */
function start() {
  const held = document.activeElement?.closest(".files *");
  const insert = held?.closest("tr.insert");
  const row = (insert ?? held)?.closest(".diff tr");
  if (row) return { from: row, isRow: !insert };
  if (held) return { from: held, isRow: false };
  const read = rowAt(roof() + 4);
  return read ? { from: read, isRow: false } : null;
}

/** @param {Element} row @param {"nearest" | "center"} block */
function goTo(row, block) {
  const held = document.activeElement?.closest("td");
  const isOld = held && isSplit(held) && held.cellIndex < 3;
  const link = handleOf(row, isOld ? "old" : undefined);
  if (!link) return;
  link.focus({ preventScroll: true });
  row.scrollIntoView({ block, behavior: "instant" });
}

/** @param {number} step */
function line(step) {
  const at = start();
  if (!at) return;
  if (!at.isRow && handleOf(at.from)) return goTo(at.from, "nearest");
  for (const row of rowsFrom(at.from, step)) {
    if (handleOf(row)) return goTo(row, "nearest");
  }
}

/** @param {Element} row */
const isCounted = (row) =>
  isChanged(row) &&
  !(document.documentElement.classList.contains("hide-white") && row.classList.contains("w"));

/** The first row of the next changed block. @param {Element} from @param {boolean} isIn @returns {Element | null} */
function blockAfter(from, isIn) {
  let wasIn = isIn;
  for (const row of rowsFrom(from, 1)) {
    const isNow = isCounted(row);
    if (isNow && !wasIn) return row;
    wasIn = isNow;
  }
  return null;
}

/** The first row of the block before; going up it is the last that is met. @param {Element} from @param {boolean} isIn @returns {Element | null} */
function blockBefore(from, isIn) {
  let isOwn = isIn; // rows of the block one stands in
  /** @type {Element | null} */
  let first = null;
  for (const row of rowsFrom(from, -1)) {
    const isNow = isCounted(row);
    if (first && !isNow) return first;
    if (!isNow) isOwn = false;
    else if (!isOwn) first = row;
  }
  return first;
}

/** @param {number} step */
function block(step) {
  const at = start();
  if (!at) return;
  const isIn = at.isRow && isCounted(at.from);
  const next = step > 0 ? blockAfter(at.from, isIn) : blockBefore(at.from, isIn);
  if (next) goTo(next, "center");
}

/** @param {number} step */
function comment(step) {
  const all = [...document.querySelectorAll(".files .comment")].filter(
    (each) => each.getClientRects().length,
  );
  const line = roof() + 60;
  const tops = all.map((each) => each.getBoundingClientRect().top);
  const at =
    step > 0
      ? tops.findIndex((top) => top > line + 4)
      : tops.findLastIndex((top) => top < line - 4);
  const next = /** @type {HTMLElement | undefined} */ (all[at]);
  if (!next) return;
  next.tabIndex = -1;
  next.focus({ preventScroll: true });
  scrollBy({ top: next.getBoundingClientRect().top - line, behavior: "instant" });
}

/** @param {(section: HTMLElement) => void} act */
function onFile(act) {
  const section = currentFile();
  if (section) act(section);
}

function open() {
  const at = start();
  if (at) expandAround(at.from);
}

/** The first line of the file in whose head one stands. @param {Element} from */
function firstRow(from) {
  const section = from.closest("section.file");
  const row = section && rowsFrom(from, 1).next().value;
  return row && section.contains(row) ? row : null;
}

function write() {
  const at = start();
  const row = at && (at.from.closest(".diff tr") ?? firstRow(at.from));
  const held = document.activeElement?.closest("td > a");
  const link = held ?? (row && handleOf(row));
  if (link) /** @type {HTMLElement} */ (link).click();
}

/** @type {Record<string, () => void>} */
const KEYS = {
  j: () => line(1),
  k: () => line(-1),
  n: () => block(1),
  p: () => block(-1),
  N: () => comment(1),
  P: () => comment(-1),
  "]": () => stepFile(1),
  "[": () => stepFile(-1),
  v: () => onFile(toggleViewed),
  x: () => onFile(toggleFold),
  e: open,
  c: write,
};

/** @param {KeyboardEvent} event */
function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || isElsewhere(event.target)) return;
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}
document.addEventListener("keydown", press, true); // before keys.js, whose j and k walk lists
