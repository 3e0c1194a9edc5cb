// @ts-check
/**
 * What is copied out of rows is the lines and nothing else: no numbers, no signs, no words of threads;
 * empty lines stay, and a character of which only a picture is in the page is copied itself. In the
 * split view the selection stays on the side where it began.
 *
 * Of a selection that begins or ends outside rows (all of the page, a heading and the rows below it)
 * what is in rows is copied like that, and the rest as the browser says it.
 *
 *   <div class="diff" data-view="split" data-selects="old">
 *   <td>a<span class="mark" data-c="U+0000">␀</span>
 */
import { codeOf, isSplit } from "./handle.js";

/** @typedef {"old" | "new"} Side */

/** @param {Node | null} node */
const elementOf = (node) => (node instanceof Element ? node : (node?.parentElement ?? null));

/** @param {Node | null} node @returns {{row: HTMLTableRowElement, side: Side} | null} */
function lineAt(node) {
  const cell = /** @type {HTMLTableCellElement | null} */ (
    elementOf(node)?.closest(".diff td") ?? null
  );
  const row = cell?.closest("tr");
  if (!cell || !row || row.classList.contains("insert") || cell.closest(".insert")) return null;
  return { row, side: isSplit(row) && cell.cellIndex < 3 ? "old" : "new" };
}

/** Whether a row has a line on a side. @param {HTMLTableRowElement} row @param {Side} side */
function hasLine(row, side) {
  if (row.classList.contains("insert") || row.classList.contains("m")) return false;
  if (row.cells.length < 6) return true;
  return row.cells[side === "old" ? 0 : 3].id !== "";
}

/** Text with the characters that HTML cannot hold: NUL, for which U+2400 stands. @param {Range} part */
function characters(part) {
  const text = part.toString();
  if (!text.includes("\u2400")) return text;
  const copy = part.cloneContents();
  for (const mark of copy.querySelectorAll('.mark[data-c="U+0000"]')) {
    if (mark.textContent) mark.textContent = "\0";
  }
  return copy.textContent ?? "";
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
  return characters(part);
}

/** The line, and so the side, that a selection began on. @param {Selection} chosen @param {Range} range */
const beginningOf = (chosen, range) =>
  lineAt(chosen.anchorNode) ?? lineAt(range.startContainer) ?? lineAt(range.endContainer);

/** The code cells in a range. @param {Range} range @param {Iterable<Element>} rows @param {Side} side */
function* cellsIn(range, rows, side) {
  for (const each of rows) {
    const row = /** @type {HTMLTableRowElement} */ (each);
    const cell = range.intersectsNode(row) && hasLine(row, side) ? codeOf(row, side) : null;
    if (cell && range.intersectsNode(cell)) yield cell;
  }
}

/** The lines of rows, as far as they are in a range. @param {Range} range @param {Iterable<Element>} rows @param {Side} side */
function linesIn(range, rows, side) {
  const cells = [...cellsIn(range, rows, side)];
  const lines = cells.map((cell, at) => {
    const isWhole = at > 0 && at < cells.length - 1 && !cell.textContent?.includes("\u2400");
    return isWhole ? (cell.textContent ?? "") : partOf(range, cell); // a range per row is slow
  });
  const endsBefore = lines.length > 1 && lines.at(-1) === "" && cells.at(-1)?.textContent !== "";
  if (endsBefore) lines.pop(); // a triple press ends where the next line begins
  return lines;
}

/** Whether nothing stands between two tables. @param {Element} table @param {Element} next */
function follows(table, next) {
  if (table.nextElementSibling) return table.nextElementSibling === next;
  const block = table.closest(".block");
  return block !== null && block.nextElementSibling === next.closest(".block");
}

/** Tables of rows, those together between which nothing stands. @param {Range} range @returns {Element[][]} */
function runsIn(range) {
  const root = elementOf(range.commonAncestorContainer);
  const around = root?.closest(".diff table");
  if (around) return root?.closest(".insert") ? [] : [[around]]; // a thread and lines under it
  /** @type {Element[][]} */
  const runs = [];
  /** @type {Element | null} */
  let last = null;
  for (const table of root?.querySelectorAll(".diff table") ?? []) {
    if (!range.intersectsNode(table)) continue;
    if (last && follows(last, table)) runs[runs.length - 1].push(table);
    else runs.push([table]);
    last = table;
  }
  return runs;
}

/** What the browser copies between two places. @param {Selection} chosen @param {Range} part */
function browsers(chosen, part) {
  if (part.collapsed) return [];
  chosen.setBaseAndExtent(part.startContainer, part.startOffset, part.endContainer, part.endOffset);
  const text = chosen.toString().replace(/^\s*\n|\s+$/g, "");
  return text ? [text] : [];
}

/** Rows and what is around them. @param {Selection} chosen @param {Range} range @param {Element[][]} runs */
function mixed(chosen, range, runs) {
  const { anchorNode, anchorOffset, focusNode, focusOffset } = chosen;
  const side = beginningOf(chosen, range)?.side;
  const rest = range.cloneRange();
  /** @type {string[]} */
  const lines = [];
  for (const run of runs) {
    const before = rest.cloneRange();
    before.setEndBefore(run[0]);
    if (before.compareBoundaryPoints(Range.START_TO_START, rest) >= 0) {
      lines.push(...browsers(chosen, before));
    }
    const selects = run[0].closest(".diff")?.getAttribute("data-selects");
    const rows = run.flatMap((table) => [...table.querySelectorAll("tr")]);
    lines.push(...linesIn(range, rows, side ?? (selects === "old" ? "old" : "new")));
    rest.setStartAfter(run[run.length - 1]);
  }
  if (rest.compareBoundaryPoints(Range.END_TO_END, range) === 0) {
    lines.push(...browsers(chosen, rest));
  }
  if (anchorNode && focusNode) {
    chosen.setBaseAndExtent(anchorNode, anchorOffset, focusNode, focusOffset);
  }
  return lines;
}

/** @param {Selection} chosen @returns {string | null} */
export function linesOf(chosen) {
  if (!chosen.rangeCount || chosen.isCollapsed) return null;
  const range = chosen.getRangeAt(0).cloneRange(); // the selection is moved below
  const began = beginningOf(chosen, range);
  if (began && lineAt(range.startContainer) && lineAt(range.endContainer)) {
    const root = elementOf(range.commonAncestorContainer);
    const inside = root?.closest("tr");
    const rows = inside ? [inside] : (root?.querySelectorAll(".diff tr") ?? []);
    return linesIn(range, rows, began.side).join("\n");
  }
  const runs = runsIn(range);
  return runs.length ? mixed(chosen, range, runs).join("\n") : null;
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
