// @ts-check
/**
 * Comments that the agent was sent stand beside the hunk that answers them: in a column of their own at
 * a desk, as high as the hunk; on a small screen below the hunk's last row. Without JavaScript they
 * come after the file.
 *
 *   <div class="pair"> <section class="file" data-file="3">…</section>
 *     <div class="hunk-notes" data-notes="f3"> <article class="hunk-note" data-note-at="f3n31">…
 */
import { under } from "./under.js";

const DESK = matchMedia("(min-width: 1000px)");
const GAP_PX = 12;

/** @param {Element} column */
const notesOf = (column) =>
  /** @type {HTMLElement[]} */ ([
    ...document.querySelectorAll(`[data-note-at^="${column.getAttribute("data-notes")}"]`),
  ]).filter((note) => /^[no]\d+$/.test((note.dataset.noteAt ?? "").slice(nameOf(column).length)));

/** @param {Element} column */
const nameOf = (column) => column.getAttribute("data-notes") ?? "";

/** The last row of the note's hunk, while it is shown. @param {HTMLElement} note @returns {HTMLTableRowElement | null} */
function rowOf(note) {
  const place = document.getElementById(note.dataset.noteAt ?? "");
  return /** @type {HTMLTableRowElement | null} */ (place?.closest("tr") ?? null);
}

/** The first row that the note's hunk changes. @param {HTMLElement} note */
function topOf(note) {
  const link = note.querySelector(".note-answer a[href^='#f']");
  const place = document.getElementById(link?.getAttribute("href")?.slice(1) ?? "");
  return place?.closest("tr")?.getBoundingClientRect().top ?? null;
}

/** @param {HTMLElement} column */
function beside(column) {
  const notes = notesOf(column);
  for (const note of notes) {
    const row = note.closest("tr.insert");
    note.style.marginBlockStart = "";
    column.append(note);
    if (row && !row.querySelector(".thread, form, .hunk-note")) row.remove();
  }
  let bottom = column.getBoundingClientRect().top;
  for (const note of notes) {
    const wanted = topOf(note) ?? bottom;
    const space = Math.max(0, wanted - bottom);
    note.style.marginBlockStart = `${space}px`;
    bottom = Math.max(bottom, wanted) + note.offsetHeight + GAP_PX;
  }
}

/** @param {HTMLElement} column */
function below(column) {
  for (const note of notesOf(column)) {
    const row = rowOf(note);
    note.style.marginBlockStart = "";
    if (row && note.closest("tr")?.previousElementSibling !== row) {
      under(row, note.dataset.noteAt?.includes("o") ? "old" : "new", note);
    }
  }
}

/** Rows that only came with the base are of a class: a rule that looks into rows makes each press slow. */
function standBack() {
  for (const words of document.querySelectorAll(".diff .noise")) {
    words.closest("tr")?.classList.add("came");
  }
}

function place() {
  for (const column of document.querySelectorAll("[data-notes]")) {
    const notes = /** @type {HTMLElement} */ (column);
    if (DESK.matches) beside(notes);
    else below(notes);
  }
}

let waiting = 0;
function soon() {
  cancelAnimationFrame(waiting);
  waiting = requestAnimationFrame(place);
}

DESK.addEventListener("change", soon);
addEventListener("resize", soon);
document.addEventListener("honk:body", soon);
document.addEventListener("honk:body", standBack);
const grown = new ResizeObserver(soon);
for (const body of document.querySelectorAll(".has-notes [data-file-body]")) grown.observe(body);
place();
standBack();
