// @ts-check
/**
 * The text of a line as the file has it: what marks draw beside it (code points, "Show the rest") is
 * drawn by the stylesheet and is no text.
 *
 *   <td class="i4">    return <b>order</b>
 */
/** @param {Element} cell */
export function textOf(cell) {
  return (cell.textContent ?? "").replace(/\r$/, "");
}
