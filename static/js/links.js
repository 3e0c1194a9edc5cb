// @ts-check
/**
 * Deep links: to a file (#f3), a line (#f3n120), lines (#f3n120-124), a thread (#thread-7), a comment
 * (#comment-9). The file is loaded and unfolded, lines that are hidden are opened, then it is shown.
 * A file on another page of files is gone to by the tree's link, which knows the page.
 */
import { load } from "./approach.js";
import { linkedPlace, showLine } from "./expand.js";
import { unfold } from "./fold.js";
import { bodyOf, handleOf, rowOf, sectionOf } from "./handle.js";
import { mark } from "./range.js";

/** @param {Element} element @param {"center" | "start"} block */
function bring(element, block) {
  element.scrollIntoView({ block, behavior: "instant" });
  // Blocks that were never laid out take their true height now: once more with it.
  requestAnimationFrame(() => element.scrollIntoView({ block, behavior: "instant" }));
}

/** @param {HTMLElement} section */
async function open(section) {
  unfold(section);
  if (!bodyOf(section)?.querySelector(".diff")) await load(section);
}

/** @param {string} hash */
async function toLine(hash) {
  const place = linkedPlace(hash);
  const section = place && sectionOf(place.file);
  if (!place || !section) return false;
  await open(section);
  if (!rowOf(place)) await showLine(section, place);
  const row = rowOf(place);
  if (!row) return false;
  const end = Number(/-(\d+)$/.exec(hash)?.[1] ?? place.line);
  mark(place, { ...place, line: end });
  bring(row, "center");
  handleOf(row, place.side)?.focus({ preventScroll: true });
  return true;
}

/** @param {string} hash */
async function toThread(hash) {
  const target = document.getElementById(hash.slice(1));
  const section = /** @type {HTMLElement | null} */ (target?.closest("section.file") ?? null);
  if (!target) return false;
  if (section) await open(section);
  bring(target, "center");
  target.tabIndex = -1;
  target.focus({ preventScroll: true });
  return true;
}

/** To the page of files that has a file; what two rounds have the same is in the whole change. @param {string} hash */
function elsewhere(hash) {
  const file = /^#f(\d+)/.exec(hash)?.[1];
  const link = file && document.querySelector(`[data-tree-file="${file}"] > a`);
  const form = /** @type {HTMLFormElement | null} */ (document.querySelector("[data-find]"));
  const way = link ? (link.getAttribute("href") ?? "") : form && new URL("../", form.action);
  const url = way !== null && new URL(way, location.href);
  const isHere = url && url.pathname === location.pathname && url.search === location.search;
  if (!url || isHere) return;
  url.hash = hash;
  location.assign(url);
}

/** Goes to what a hash names. @param {string} hash */
export async function go(hash) {
  if (/^#(thread|comment)-\d+$/.test(hash)) return toThread(hash);
  if (/^#f\d+[no]\d+/.test(hash)) return (await toLine(hash)) || elsewhere(hash);
  const section = /^#f\d+$/.test(hash) ? document.getElementById(hash.slice(1)) : null;
  if (section) {
    await open(section);
    bring(section, "start");
  } else if (/^#f\d+$/.test(hash)) elsewhere(hash);
}

addEventListener("hashchange", () => go(location.hash));
document.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  const link = target.closest(".moved-band a, .tree-file, [data-find-panel] a");
  const hash = link instanceof HTMLAnchorElement ? link.hash : "";
  const mouse = /** @type {MouseEvent} */ (event);
  if (!hash || mouse.ctrlKey || mouse.metaKey || location.hash !== hash) return;
  event.preventDefault(); // the same place again is no hashchange
  go(hash);
});
if (location.hash) go(location.hash);
// The browser goes to the hash by itself once all is loaded, and takes the caret away from the line.
addEventListener("load", () =>
  setTimeout(() => {
    if (location.hash && document.activeElement === document.body) go(location.hash);
  }),
);
