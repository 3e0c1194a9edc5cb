// @ts-check
/**
 * What is copied out of rows is the lines and nothing else: no numbers, no signs, no words of threads;
 * empty lines stay. In the split view the selection stays on the side where it began.
 *
 *   <div class="diff" data-view="split" data-selects="old">
 */
import { codeOf, isSplit } from "./handle.js";

/** @param {Node | null} node */
const elementOf = (node) => (node instanceof Element ? node : (node?.parentElement ?? null));

/** @param {Node | null} node @returns {{row: HTMLTableRowElement, side: "old" | "new"} | null} */
function lineAt(node) {
  const cell = /** @type {HTMLTableCellElement | null} */ (
    elementOf(node)?.closest(".diff td") ?? null
  );
  const row = cell?.closest("tr");
  if (!cell || !row || row.classList.contains("insert") || cell.closest(".insert")) return null;
  return { row, side: isSplit(row) && cell.cellIndex < 3 ? "old" : "new" };
}

/** Whether a row has a line on a side. @param {HTMLTableRowElement} row @param {"old" | "new"} side */
function hasLine(row, side) {
  if (row.classList.contains("insert") || row.classList.contains("m")) return false;
  if (row.cells.length < 6) return true;
  return row.cells[side === "old" ? 0 : 3].id !== "";
}

/** The part of a cell that is in a range. @param {Range} range @param {Element} cell */
function partOf(range, cell) {
  const part = document.createRange();
  part.selectNodeContents(cell);
  if (range.compareBoundaryPoints(Range.START_TO_START, part) > 0) {
    part.setStart(range.startContainer, range.startOffset);
  }
  if (range.compareBoundaryPoints(Range.END_TO_END, part) < 0) {
    part.setEnd(range.endContainer, range.endOffset);
  }
  return part.toString();
}

/** The line, and so the side, that a selection began on. @param {Selection} chosen @param {Range} range */
const beginningOf = (chosen, range) =>
  lineAt(chosen.anchorNode) ?? lineAt(range.startContainer) ?? lineAt(range.endContainer);

/** The code cells in a range. @param {Range} range @param {"old" | "new"} side */
function* cellsIn(range, side) {
  const root = elementOf(range.commonAncestorContainer);
  const inside = root?.closest("tr");
  for (const each of inside ? [inside] : (root?.querySelectorAll(".diff tr") ?? [])) {
    const row = /** @type {HTMLTableRowElement} */ (each);
    const cell = range.intersectsNode(row) && hasLine(row, side) ? codeOf(row, side) : null;
    if (cell && range.intersectsNode(cell)) yield cell;
  }
}

/** @param {Selection} chosen @returns {string | null} */
export function linesOf(chosen) {
  if (!chosen.rangeCount || chosen.isCollapsed) return null;
  const range = chosen.getRangeAt(0);
  const began = beginningOf(chosen, range);
  if (!began) return null;
  const cells = [...cellsIn(range, began.side)];
  const lines = cells.map((cell) => partOf(range, cell));
  const endsBefore = lines.length > 1 && lines.at(-1) === "" && cells.at(-1)?.textContent !== "";
  if (endsBefore) lines.pop(); // a triple press ends where the next line begins
  return lines.join("\n");
}

document.addEventListener("copy", (event) => {
  const target = /** @type {Element} */ (event.target);
  if (target.closest?.("input, textarea")) return;
  const chosen = getSelection();
  const text = chosen && linesOf(chosen);
  if (text === null || !event.clipboardData) return;
  event.clipboardData.setData("text/plain", text);
  event.preventDefault();
});

document.addEventListener("pointerdown", (event) => {
  const began = lineAt(/** @type {Element} */ (event.target));
  const diff = began?.row.closest(".diff");
  if (!began || !diff || !isSplit(began.row)) return;
  if (diff.getAttribute("data-selects") !== began.side)
    diff.setAttribute("data-selects", began.side);
});
