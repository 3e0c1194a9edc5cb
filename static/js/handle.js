// @ts-check
/**
 * A line's handle is the link in its number cell; its address says file, side and line. A row of the
 * unified view has one handle, a row of the split view one for each side that has a line.
 *
 *   <tr class="a" id="f3n12"><td><a href="#f3n12">12</a><td>+<td>code
 *   <tr class="p"><td id="f3o11"><a href="#f3o11">11</a>…<td id="f3n12"><a href="#f3n12">12</a>…
 *
 * @typedef {{file: string, side: "old" | "new", line: number}} Place
 */
export const HANDLE = ".diff td > a[href^='#f']";
const FORM = /^#?f(\d+)([no])(\d+)$/;

/** @param {string | null | undefined} href @returns {Place | null} */
export function placeOf(href) {
  const found = FORM.exec(href ?? "");
  if (!found) return null;
  return { file: found[1], side: found[2] === "o" ? "old" : "new", line: Number(found[3]) };
}

/** @param {Place} place */
export const idOf = (place) => `f${place.file}${place.side === "old" ? "o" : "n"}${place.line}`;

/** @param {string} file @returns {HTMLElement | null} */
export const sectionOf = (file) => document.getElementById(`f${file}`);

/** @type {HTMLElement[] | null} */
let known = null;

/** The files of the page, in order; the page does not get others, so they are looked for once. */
export function sections() {
  known ??= /** @type {HTMLElement[]} */ ([...document.querySelectorAll("section.file")]);
  return known;
}

/** @param {Element} section @returns {HTMLElement | null} */
export const bodyOf = (section) => section.querySelector("[data-file-body]");

/** The row of a line, or null while it is not shown. @param {Place} place @returns {HTMLTableRowElement | null} */
export function rowOf(place) {
  const own = document.getElementById(idOf(place));
  if (own) return /** @type {HTMLTableRowElement} */ (own.closest("tr"));
  return place.side === "old" ? contextRow(place) : null;
}

/**
 * An unchanged line by its old number: rows are in order, so what was added and removed above says by
 * how much old and new differ. @param {Place} place
 */
function contextRow(place) {
  const section = sectionOf(place.file);
  let shift = 0;
  for (const row of section?.querySelectorAll("tr:not(.insert)") ?? []) {
    const at = placeOf(row.querySelector("a")?.getAttribute("href"));
    if (!at) continue;
    if (row.classList.contains("a")) shift += 1;
    else if (row.classList.contains("d")) shift -= 1;
    else if (at.side === "new" && at.line - shift === place.line) {
      return /** @type {HTMLTableRowElement} */ (row);
    }
  }
  return null;
}

/** Whether a row of the split view. @param {Element} row */
export const isSplit = (row) => row.closest(".diff")?.getAttribute("data-view") === "split";

/** The handle of a row on a side; without a side the new one, else the old one. @param {Element} row @param {string} [side] @returns {HTMLAnchorElement | null} */
export function handleOf(row, side) {
  const all = /** @type {HTMLAnchorElement[]} */ ([...row.querySelectorAll("td > a[href^='#f']")]);
  const on = (/** @type {string} */ which) =>
    all.find((link) => placeOf(link.getAttribute("href"))?.side === which);
  return (side ? on(side) : undefined) ?? on("new") ?? on("old") ?? null;
}

/** The cell with the text of a line. @param {Element} row @param {"old" | "new"} side @returns {HTMLTableCellElement | null} */
export function codeOf(row, side) {
  const cells = /** @type {HTMLTableRowElement} */ (row).cells;
  if (cells.length < 6) return cells[2] ?? null;
  return side === "old" ? cells[2] : cells[5];
}

/** Whether keys and taps belong to a field or a sheet. @param {EventTarget | null} target */
export const isElsewhere = (target) =>
  (document.activeElement?.closest("dialog") ?? null) !== null ||
  (target instanceof Element &&
    target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null);
