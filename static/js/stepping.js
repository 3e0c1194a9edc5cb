// @ts-check
/**
 * Moving between the files, and the verdict bar of phones.
 *
 *   <section class="file" id="f3" data-file="3">
 *   <button data-file-step="1">Next</button> <span data-file-place>1 of 5</span>
 *   <button data-verdict-toggle aria-expanded="false">Verdict</button>
 */
import { sections } from "./handle.js";
import { roof } from "./place.js";
import { showCurrent } from "./tree.js";

/** The place in the list of the file under the heads; files are in order, so halving finds it. @param {HTMLElement[]} all */
function at(all) {
  const line = roof() + 8;
  let low = 0;
  let high = all.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (all[middle].getBoundingClientRect().bottom > line) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The file that holds the caret, else the one that is read. @returns {HTMLElement | null} */
export function currentFile() {
  const held = document.activeElement?.closest("section.file");
  if (held) return /** @type {HTMLElement} */ (held);
  const all = sections();
  return all[at(all)] ?? null;
}

/** @param {HTMLElement} section */
export function showFile(section) {
  section.scrollIntoView({ block: "start", behavior: "instant" });
  requestAnimationFrame(() => section.scrollIntoView({ block: "start", behavior: "instant" }));
}

/** @param {number} step */
export function stepFile(step) {
  const all = sections();
  const next = all[Math.min(all.length - 1, Math.max(0, at(all) + step))];
  if (!next) return;
  showFile(next);
  if (document.activeElement?.closest("section.file")) {
    /** @type {HTMLElement | null} */ (next.querySelector("[data-fold]"))?.focus({
      preventScroll: true,
    });
  }
}

function tell() {
  const all = sections();
  const place = at(all);
  if (all.length) showCurrent(all[place].dataset.file ?? "", place + 1, all.length);
}

document.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  const step = /** @type {HTMLElement | null} */ (target.closest("[data-file-step]"));
  if (step) stepFile(Number(step.dataset.fileStep));
  const toggle = target.closest("[data-verdict-toggle]");
  if (toggle) {
    const isOpen = document.body.classList.toggle("verdict-open");
    toggle.setAttribute("aria-expanded", String(isOpen));
  }
});

let waiting = 0;
addEventListener(
  "scroll",
  () => {
    if (waiting) return;
    waiting = requestAnimationFrame(() => {
      waiting = 0;
      tell();
    });
  },
  { passive: true },
);
tell();
