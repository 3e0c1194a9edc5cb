// @ts-check
/**
 * Folding a file to its head.
 *
 *   <section class="file"><button data-fold aria-expanded="true">…</button><div data-file-body>…</div>
 */
import { bodyOf } from "./handle.js";

/** @param {Element} section @param {boolean} isOpen */
export function setFolded(section, isOpen) {
  section.querySelector("[data-fold]")?.setAttribute("aria-expanded", String(isOpen));
  section.classList.toggle("folded", !isOpen);
  const body = bodyOf(section);
  // Rows that were laid out stay so, and the browser's own find still comes upon them.
  if (body && isOpen) body.removeAttribute("hidden");
  else body?.setAttribute("hidden", body.querySelector(".diff") ? "until-found" : "");
  const threads = /** @type {HTMLElement[]} */ ([...section.children]).find(
    (child) => child.dataset.threads !== undefined,
  );
  if (threads) threads.hidden = !isOpen;
}

/** @param {Element} section */
export const isFolded = (section) => section.classList.contains("folded");

/** @param {Element} section */
export function unfold(section) {
  if (isFolded(section)) setFolded(section, true);
}

/** Folds or unfolds, with the head staying on the screen. @param {Element} section */
export function toggleFold(section) {
  const isAbove = section.getBoundingClientRect().top < 0; // asked before, while nothing has changed
  setFolded(section, isFolded(section));
  if (isAbove) section.scrollIntoView({ block: "start", behavior: "instant" });
}

document.addEventListener("beforematch", (event) => {
  const section = /** @type {Element} */ (event.target).closest("section.file");
  if (section) unfold(section);
});
document.addEventListener("click", (event) => {
  const button = /** @type {Element} */ (event.target).closest("[data-fold]");
  const section = button?.closest("section.file");
  if (section) toggleFold(section);
});
