// @ts-check
/**
 * Puts something under a line: a row of its own, after the line's row, with a cell over all columns; in
 * the split view a cell for each side, so that it stands on its own side.
 *
 *   <tr class="insert"><td colspan="3"><div class="thread">…</div></td></tr>
 *
 * What has data-line (and data-end, data-side) finds its own row; without one it stays in the file's
 * [data-threads], under the rows.
 */
import { bodyOf, isSplit, rowOf } from "./handle.js";

/** @param {HTMLTableRowElement} row */
function insertRow(row) {
  const known = /** @type {HTMLTableRowElement | null} */ (row.nextElementSibling);
  if (known?.classList.contains("insert")) return known;
  const made = document.createElement("tr");
  made.className = "insert";
  for (let at = 0; at < (isSplit(row) ? 2 : 1); at += 1) made.insertCell().colSpan = 3;
  row.after(made);
  return made;
}

/** @param {HTMLTableRowElement} row @param {string} side @param {Element} element */
export function under(row, side, element) {
  const fold = row.closest("details"); // a notebook's own lines
  if (fold) fold.open = true;
  const { cells } = insertRow(row);
  cells[side === "new" ? cells.length - 1 : 0].append(element);
}

/** Takes an element away, and the row that only held it. @param {Element} element */
export function takeAway(element) {
  const row = element.closest("tr.insert");
  element.remove();
  if (row && !row.querySelector(".thread, form")) row.remove();
}

/** What of a file stands under its rows; among the section's own children, for its rows are many. @param {HTMLElement} section @returns {HTMLElement} */
export function restOf(section) {
  const own = /** @type {HTMLElement[]} */ ([...section.children]);
  const known = own.find((child) => child.dataset.threads !== undefined);
  if (known) return known;
  const made = document.createElement("div");
  made.className = "file-threads";
  made.dataset.threads = "";
  section.append(made);
  return made;
}

/** Puts one element at its line if the line is shown. @param {HTMLElement} section @param {HTMLElement} element */
export function settle(section, element) {
  const { side = "new", line, end } = element.dataset;
  const file = section.dataset.file ?? "";
  if (!line) return;
  const on = side === "old" ? "old" : "new";
  const row =
    rowOf({ file, side: on, line: Number(end || line) }) ??
    rowOf({ file, side: on, line: Number(line) });
  if (row) under(row, side, element);
}

/** Moves without taking the caret away. @param {() => void} move */
function keepingCaret(move) {
  const field = document.activeElement;
  const { selectionStart = null, selectionEnd = null } =
    field instanceof HTMLTextAreaElement ? field : {};
  move();
  if (!field || field === document.activeElement || !field.isConnected) return;
  /** @type {HTMLElement} */ (field).focus({ preventScroll: true });
  if (field instanceof HTMLTextAreaElement) field.setSelectionRange(selectionStart, selectionEnd);
}

/** @param {HTMLElement} section */
export function settleAll(section) {
  const waiting = [...restOf(section).children].filter((child) => child.matches("[data-line]"));
  if (waiting.length === 0) return;
  keepingCaret(() => {
    for (const element of waiting) settle(section, /** @type {HTMLElement} */ (element));
  });
}

/** Before rows go: what stands under them comes out. @param {HTMLElement} section */
export function rescue(section) {
  const box = restOf(section);
  const placed = bodyOf(section)?.querySelectorAll("tr.insert > td > *") ?? [];
  keepingCaret(() => box.append(...placed));
}
