// @ts-check
/**
 * The lines that are chosen, shown in the rows and in the page's address.
 *
 *   <tr class="a picked" id="f3n12">          .picked-old, .picked-new in the split view
 */
import { handleOf, idOf, isSplit, placeOf, rowOf } from "./handle.js";
import { rowsFrom } from "./walk.js";

/** @type {Element[]} */
let marked = [];
const MOST = 5000;

export function unmark() {
  for (const row of marked) row.classList.remove("picked", "picked-old", "picked-new");
  marked = [];
}

/** @param {import("./handle.js").Place} from @param {import("./handle.js").Place} to */
export function mark(from, to) {
  unmark();
  const [first, last] = from.line <= to.line ? [from, to] : [to, from];
  const start = rowOf(first);
  if (!start) return;
  const css = isSplit(start) ? `picked-${from.side}` : "picked";
  const add = (/** @type {Element} */ row) => {
    row.classList.add(css);
    marked.push(row);
  };
  add(start);
  if (first.line === last.line) return;
  for (const row of rowsFrom(start, 1, start.closest("section.file"))) {
    const at = placeOf(handleOf(row, from.side)?.getAttribute("href"));
    if (at && at.side === from.side && at.line > last.line) break;
    if (marked.length > MOST) break;
    if (at?.side === from.side) add(row);
    if (at?.side === from.side && at.line === last.line) break;
  }
}

/** The address of lines, without a step in the history. @param {import("./handle.js").Place} from @param {import("./handle.js").Place} to */
export function address(from, to) {
  const [first, last] = from.line <= to.line ? [from, to] : [to, from];
  const end = last.line > first.line ? `-${last.line}` : "";
  history.replaceState(history.state, "", `#${idOf(first)}${end}`);
}
