// @ts-check
/**
 * What more can be done with a file, in a menu at its button: comment on it, fold it, open all of its
 * lines, copy its path. One menu for all files, made when it is asked for. It is a popover, over all
 * else, since a file clips what hangs out of it (content-visibility in diff-page.css).
 *
 *   <section class="file" aria-label="path"> <button type="button" data-file-menu aria-label="More for path">
 */

import { load } from "./approach.js";
import { open as compose, mayComment } from "./composer.js";
import { isFolded, toggleFold, unfold } from "./fold.js";

const GAP_PX = 4;
const EDGE_PX = 8; // of the window, which it keeps away from
/** @type {HTMLElement | null} */
let menu = null;
/** @type {HTMLElement | null} */
let section = null;
/** @type {HTMLElement | null} */
let opener = null;

/** @param {HTMLElement} of */
async function allLines(of) {
  unfold(of);
  await load(of);
  for (const button of of.querySelectorAll("[data-gap] [data-more='']")) {
    /** @type {HTMLElement} */ (button).click();
  }
}

/** @param {HTMLElement} of */
function comment(of) {
  const file = of.dataset.file ?? "";
  unfold(of);
  compose({ key: `${file}:file`, words: "The file", fields: { file } }, of);
}

/** @type {Record<string, (of: HTMLElement) => void>} */
const ACTS = {
  comment,
  fold: toggleFold,
  lines: allLines,
  path: (of) => {
    navigator.clipboard?.writeText(of.getAttribute("aria-label") ?? "");
    document.dispatchEvent(new CustomEvent("honk:say", { detail: "The path is copied" }));
  },
};

/** @param {HTMLElement} of @returns {[string, string][]} */
const choices = (of) => [
  ...(mayComment() ? [/** @type {[string, string]} */ (["comment", "Comment on the file"])] : []),
  ["fold", isFolded(of) ? "Unfold" : "Fold"],
  ["lines", "Show all lines"],
  ["path", "Copy path"],
];

/** Below its button, above where there is no room below, and away with it. */
function put() {
  if (!menu || !opener) return;
  const at = opener.getBoundingClientRect();
  if (at.bottom < 0 || at.top > innerHeight) return hide(true);
  const { width, height } = menu.getBoundingClientRect();
  const isAtEnd = at.left + at.right > innerWidth;
  const left = isAtEnd ? at.right - width : at.left;
  const below = at.bottom + GAP_PX;
  const isRoom = below + height + EDGE_PX <= innerHeight;
  menu.style.left = `${Math.max(EDGE_PX, Math.min(left, innerWidth - width - EDGE_PX))}px`;
  menu.style.top = `${isRoom ? below : Math.max(EDGE_PX, at.top - GAP_PX - height)}px`;
}

/** @param {HTMLElement} button */
function show(button) {
  section = button.closest("section.file");
  opener = button;
  if (!section) return;
  menu?.remove();
  menu = document.createElement("div");
  menu.className = "menu-list file-menu";
  menu.popover = "manual";
  menu.setAttribute("role", "group");
  menu.setAttribute("aria-label", button.getAttribute("aria-label") ?? "More");
  for (const [act, words] of choices(section)) {
    const choice = document.createElement("button");
    Object.assign(choice, { type: "button", textContent: words });
    choice.dataset.fileAct = act;
    menu.append(choice);
  }
  button.setAttribute("aria-expanded", "true");
  button.after(menu);
  menu.showPopover();
  put();
  /** @type {HTMLElement} */ (menu.firstElementChild).focus();
}

/** @param {boolean} isReturning */
function hide(isReturning) {
  if (!menu) return;
  menu.remove();
  menu = null;
  opener?.setAttribute("aria-expanded", "false");
  if (isReturning) opener?.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  const button = /** @type {HTMLElement | null} */ (target.closest("[data-file-menu]"));
  const choice = /** @type {HTMLElement | null} */ (target.closest("[data-file-act]"));
  const wasOpenHere = menu !== null && opener === button;
  const of = section;
  hide(choice !== null);
  if (button && !wasOpenHere) show(button);
  if (choice && of) ACTS[choice.dataset.fileAct ?? ""]?.(of);
});

document.addEventListener("focusout", ({ target, relatedTarget: to }) => {
  const isLeft = menu?.contains(/** @type {Node} */ (target)) && to instanceof Node;
  if (isLeft && to !== opener && !menu?.contains(to)) hide(false);
});
addEventListener("scroll", put, { passive: true });
addEventListener("resize", put);

document.addEventListener("keydown", (event) => {
  if (!menu) return;
  if (event.key === "Escape") hide(true);
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (!step) return;
  event.preventDefault();
  const all = /** @type {HTMLElement[]} */ ([...menu.querySelectorAll("button")]);
  const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  all[(at + step + all.length) % all.length]?.focus();
});
