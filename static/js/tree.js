// @ts-check
/**
 * The list of files: a column from 1000 px, else in a sheet (a drawer at 768), the same elements moved.
 * Its filter compares with words made once, so that 7,000 files are filtered while one types.
 *
 *   <nav class="file-tree" id="file-tree" data-tree>
 *     <input type="search" data-tree-filter data-key="f">
 *     <strong data-viewed-count>2 of 7 viewed</strong>
 *     <section data-tree-group><h2>What changes</h2><ul><li data-tree-file="3" data-viewed><a class="tree-file" href="#f3">…
 *     <p data-tree-none hidden>
 *   <button type="button" data-sheet="files-sheet"><span data-file-place>3 of 7</span></button>
 *   <dialog class="sheet" id="files-sheet"><div data-tree-here></div>
 *     <button type="button" data-next-unviewed>Go to next not viewed</button>
 */
import { WIDE } from "./viewing.js";

const tree = /** @type {HTMLElement | null} */ (document.querySelector("[data-tree]"));
const home = tree?.parentElement ?? null;

/** @typedef {{item: HTMLElement, words: string, group: HTMLElement | null}} Entry */
/** @type {Entry[] | null} */
let entries = null;

/** @returns {Entry[]} */
function all() {
  const items = /** @type {HTMLElement[]} */ ([
    ...(tree?.querySelectorAll("li[data-tree-file]") ?? []),
  ]);
  entries ??= items.map((item) => ({
    item,
    words: (item.querySelector("[title]")?.getAttribute("title") ?? "").toLowerCase(),
    group: item.closest("[data-tree-group]"),
  }));
  return entries;
}

/** @param {string} text */
function filter(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  /** @type {Set<Element | null>} */
  const open = new Set();
  for (const { item, words: own, group } of all()) {
    const fits = words.every((word) => own.includes(word));
    if (item.hidden === fits) item.hidden = !fits;
    if (fits) open.add(group);
  }
  for (const each of tree?.querySelectorAll("[data-tree-group]") ?? []) {
    each.toggleAttribute("hidden", !open.has(each));
  }
  tree?.querySelector("[data-tree-none]")?.toggleAttribute("hidden", open.size > 0);
}

const sheet = /** @type {HTMLDialogElement | null} */ (document.getElementById("files-sheet"));

/** Find and how lines are shown, which have no room of their own on a phone. */
const NARROW = matchMedia("(max-width: 767.98px)");
const bar = document.querySelectorAll(".reader-bar, .find-panel");
const barHome = bar[0]?.parentElement ?? null;

function focusFilter() {
  const field = tree?.querySelector("[data-tree-filter]");
  /** @type {HTMLElement | null | undefined} */ (field)?.focus();
}

function fillSheet() {
  const place = sheet?.querySelector("[data-tree-here]");
  if (!tree || !place) return;
  if (bar && NARROW.matches) place.append(...bar);
  if (tree.parentElement !== place) place.append(tree);
  tree.querySelector(".tree-file[aria-current]")?.scrollIntoView({ block: "nearest" });
}

sheet?.addEventListener("close", () => {
  if (tree && home) home.prepend(tree);
  if (bar && barHome) barHome.append(...bar);
});

/** The file that is read, marked in the tree and told in the bar. @param {string} file @param {number} at @param {number} of */
export function showCurrent(file, at, of) {
  for (const place of document.querySelectorAll("[data-file-place]")) {
    place.textContent = `${at} of ${of}`;
  }
  if (!tree) return;
  const known = tree.querySelector(".tree-file[aria-current]");
  const now = tree.querySelector(`[data-tree-file="${CSS.escape(file)}"] > .tree-file`);
  if (known === now) return;
  known?.removeAttribute("aria-current");
  now?.setAttribute("aria-current", "true");
  if (now && WIDE.matches && !tree.contains(document.activeElement)) keepInSight(now);
}

/** @param {Element} link */
function keepInSight(link) {
  const box = /** @type {HTMLElement} */ (tree).getBoundingClientRect();
  const own = link.getBoundingClientRect();
  if (own.top < box.top + 60) tree?.scrollBy({ top: own.top - box.top - 60 });
  else if (own.bottom > box.bottom) tree?.scrollBy({ top: own.bottom - box.bottom + 8 });
}

/** @param {string} file @param {boolean} isViewed */
export function showViewed(file, isViewed) {
  const item = tree?.querySelector(`[data-tree-file="${CSS.escape(file)}"]`);
  item?.toggleAttribute("data-viewed", isViewed);
  const count = tree?.querySelectorAll("[data-tree-file][data-viewed]").length ?? 0;
  const sum = tree?.querySelector("[data-viewed-count]");
  if (sum) sum.textContent = `${count} of ${all().length} viewed`;
}

/** The link of the first file after one that is not viewed; else the first of all. @param {string} [file] @returns {HTMLAnchorElement | null} */
export function nextUnviewed(file) {
  const items = all().map((entry) => entry.item);
  const from = items.findIndex((item) => item.dataset.treeFile === file) + 1;
  const order = [...items.slice(from), ...items.slice(0, from)];
  const next = order.find((item) => !item.hasAttribute("data-viewed"));
  return /** @type {HTMLAnchorElement | null} */ (next?.querySelector("a") ?? null);
}

tree?.addEventListener("input", (event) => {
  const field = /** @type {HTMLInputElement} */ (event.target);
  if (field.matches("[data-tree-filter]")) filter(field.value);
});

tree?.addEventListener("keydown", (event) => {
  const links = /** @type {HTMLElement[]} */ ([...tree.querySelectorAll(".tree-file")]).filter(
    (link) => link.offsetParent !== null,
  );
  const at = links.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (step) {
    event.preventDefault();
    if (at + step >= 0) links[Math.min(links.length - 1, at + step)]?.focus();
    else focusFilter();
  }
  const isField = /** @type {Element} */ (event.target).matches("[data-tree-filter]");
  if (event.key === "Enter" && isField) links[0]?.click();
});

document.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  if (target.closest("[data-sheet=files-sheet]")) fillSheet();
  if (target.closest("[data-next-unviewed]")) nextUnviewed()?.click();
  const link = /** @type {HTMLAnchorElement | null} */ (
    target.closest(".tree-file, .find-panel a")
  );
  if (!link) return;
  const mouse = /** @type {MouseEvent} */ (event);
  if (sheet?.open && !mouse.ctrlKey && !mouse.metaKey) sheet.close();
});

WIDE.addEventListener("change", () => {
  if (WIDE.matches) sheet?.close();
});
