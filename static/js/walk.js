// @ts-check
/**
 * From a row to the next, over tables, blocks and files, without touching the ones between: no list of
 * all rows is made and nothing is measured, so that it costs the same in a page of 10,000 rows.
 */

/** A line of code, not what is put under one. @param {Node} node */
const isLine = (node) =>
  node instanceof HTMLTableRowElement &&
  !node.classList.contains("insert") &&
  node.cells.length > 2;

/** @param {Element} root */
function walker(root) {
  return document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT, (node) => {
    const element = /** @type {HTMLElement} */ (node);
    if (element.hidden) return NodeFilter.FILTER_REJECT;
    if (element.localName === "td" || element.localName === "caption")
      return NodeFilter.FILTER_REJECT;
    if (element.matches(".file-head, .file-threads, .insert")) return NodeFilter.FILTER_REJECT;
    return isLine(element) ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_SKIP;
  });
}

/** Rows after (or before) one, in order. @param {Element} row @param {number} step @param {Element | null} [root] @returns {Generator<HTMLTableRowElement>} */
export function* rowsFrom(row, step, root = document.querySelector(".files")) {
  if (!root) return;
  const tree = walker(root);
  tree.currentNode = row;
  for (;;) {
    const next = step > 0 ? tree.nextNode() : tree.previousNode();
    if (!next) return;
    yield/** @type {HTMLTableRowElement} */ (next);
  }
}

/** @param {Element} row */
export const isChanged = (row) => /(?:^| )[adp](?: |$)/.test(row.className);

/** The row at a height of the screen. @param {number} y @returns {HTMLTableRowElement | null} */
export function rowAt(y) {
  const files = document.querySelector(".files")?.getBoundingClientRect();
  if (!files) return null;
  for (let at = y; at < innerHeight; at += 16) {
    for (const element of document.elementsFromPoint(files.left + 30, at)) {
      const row = element.closest(".diff tr");
      if (row && isLine(row)) return /** @type {HTMLTableRowElement} */ (row);
    }
  }
  return null;
}
