// @ts-check
/**
 * Deep links: to a file (#f3), a line (#f3n120), lines (#f3n120-124), a thread (#thread-7), a comment
 * (#comment-9). The file is loaded and unfolded, lines that are hidden are opened, then it is shown.
 * A file on another page of files is gone to by the tree's link, which knows the page; what there is
 * nowhere is said. Who comes back, by a reload or the history, goes on where they left instead.
 */
import { load, rest } from "./approach.js";
import { linkedPlace, showLines } from "./expand.js";
import { unfold } from "./fold.js";
import { handleOf, rowOf, sectionOf } from "./handle.js";
import { hush, tell } from "./message.js";
import { back, returned, roof } from "./place.js";
import { mark } from "./range.js";
import { stay } from "./stay.js";

const MARGIN_PX = 8;
/** @typedef {import("./handle.js").Place} Place */

/** @param {Element} element @param {"center" | "start"} block */
function bring(element, block) {
  stay(() => element.scrollIntoView({ block, behavior: "instant" }));
}

/** Lines to the middle between heads and bar; more than there is room for begin under the heads. @param {Element} first @param {Element} last */
function bringLines(first, last) {
  const foot = Number.parseFloat(getComputedStyle(document.documentElement).scrollPaddingBottom);
  stay(() => {
    const { top } = first.getBoundingClientRect();
    const height = last.getBoundingClientRect().bottom - top;
    const room = innerHeight - (foot || 0) - roof() - height;
    scrollBy({ top: top - roof() - Math.max(MARGIN_PX, room / 2), behavior: "instant" });
  });
}

/** Whether its lines are here. @param {HTMLElement} section */
async function open(section) {
  unfold(section);
  return section.querySelector("[data-file-body] .diff") !== null || load(section);
}

/** Opens what is hidden of lines; whether nothing failed. @param {HTMLElement} section @param {Place} place @param {number} end */
async function reveal(section, place, end) {
  const hasAll = () => rowOf(place) && rowOf({ ...place, line: end });
  while (!hasAll()) {
    if (!(await showLines(section, place, end))) return false;
    const more = /** @type {HTMLAnchorElement | null} */ (section.querySelector(".diff .rest a"));
    if (hasAll() || !more) return true;
    if (!(await rest(more))) return false;
  }
  return true;
}

/** @param {string} hash @param {Place} place */
const endOf = (hash, place) => Number(/-(\d+)$/.exec(hash)?.[1] ?? place.line);

/** @param {HTMLElement} section @param {Place} place @param {number} end */
async function toLines(section, place, end) {
  const isWhole = await reveal(section, place, end);
  const row = rowOf(place);
  if (!row) {
    bring(section, "start");
    const name = section.querySelector(".file-head .name")?.textContent;
    const line = place.line.toLocaleString("en");
    if (isWhole) tell(`Line ${line} of ${name} is not in this round.`);
    return;
  }
  mark(place, { ...place, line: end });
  bringLines(row, rowOf({ ...place, line: end }) ?? row);
  handleOf(row, place.side)?.focus({ preventScroll: true });
}

/** @param {string} hash */
async function toThread(hash) {
  const target = document.getElementById(hash.slice(1));
  const section = /** @type {HTMLElement | null} */ (target?.closest("section.file") ?? null);
  if (!target) return tell("The comment of this link is not on this page.");
  if (section) await open(section);
  bring(target, "center");
  target.tabIndex = -1;
  target.focus({ preventScroll: true });
}

/** To the page of files that has a file; what two rounds have the same is in the whole change. @param {string} file @param {string} hash */
function elsewhere(file, hash) {
  const link = document.querySelector(`[data-tree-file="${file}"] > a`);
  const form = /** @type {HTMLFormElement | null} */ (document.querySelector("[data-find]"));
  const way = link ? (link.getAttribute("href") ?? "") : form && new URL("../", form.action);
  const url = way !== null && new URL(way, location.href);
  const isHere = url && url.pathname === location.pathname && url.search === location.search;
  if (!url || isHere) return tell("The file of this link is not in this round.");
  url.hash = hash;
  location.assign(url);
}

/** Goes to what a hash names. @param {string} hash */
export async function go(hash) {
  hush();
  if (/^#(thread|comment)-\d+$/.test(hash)) return toThread(hash);
  const file = /^#f(\d+)([no]\d+(-\d+)?)?$/.exec(hash)?.[1];
  const section = file ? sectionOf(file) : null;
  if (file && !section) return elsewhere(file, hash);
  if (!section) return;
  const isOpen = await open(section);
  const place = linkedPlace(hash);
  if (!place || !isOpen) return bring(section, "start");
  const ends = [place.line, endOf(hash, place)].sort((a, b) => a - b);
  await toLines(section, { ...place, line: ends[0] }, ends[1]);
}

/** An entry of the history that was arrived at; back at it, one goes on where it was left. */
function arrive() {
  history.replaceState({ ...history.state, arrived: true }, "");
  return go(location.hash);
}

/** Lines of the address are chosen again, wherever the reader is. */
function markAgain() {
  const place = linkedPlace(location.hash);
  if (place) mark(place, { ...place, line: endOf(location.hash, place) });
}

addEventListener("hashchange", () => {
  const { arrived, place } = history.state ?? {};
  if (!arrived) return arrive();
  markAgain();
  if (place) back(place);
  else scrollTo({ top: 0, behavior: "instant" });
});
document.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  const link = target.closest(".moved-band a, .tree-file, [data-find-panel] a");
  const hash = link instanceof HTMLAnchorElement ? link.hash : "";
  const mouse = /** @type {MouseEvent} */ (event);
  if (!hash || mouse.ctrlKey || mouse.metaKey || location.hash !== hash) return;
  event.preventDefault(); // the same place again is no hashchange
  go(hash);
});
returned.then((isBack) => (isBack ? markAgain() : arrive()));
// The browser goes to the hash by itself once all is loaded, and takes the caret away from the line.
addEventListener("load", () =>
  setTimeout(async () => {
    const isLost = location.hash && document.activeElement === document.body;
    if (isLost && !(await returned)) go(location.hash);
  }),
);
