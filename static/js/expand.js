// @ts-check
/**
 * Lines around a hunk that were not sent: 20 of them, all, or up to the enclosing definition. What is
 * being read stays where it is.
 *
 *   <table><caption data-hunk="digest" data-gap="1,83,0">  hidden new lines from, to; old = new - 0
 *     <button data-more="20">Show 20</button><button data-more>All 83</button>
 *     <button data-more="def" data-def-line="61">Up to fun onShuffle</button>
 *   <p class="tail" data-gap="95,110,3"><button data-more>Show 16 lines</button>
 */

import { tellBody } from "./approach.js";
import { placeOf, sectionOf, sections } from "./handle.js";
import { addressOf } from "./viewing.js";

const STEP = 20;
const SMALL = 40; // a gap of so many lines is opened at once

/** @typedef {{from: number, to: number, shift: number}} Gap */

/** @param {HTMLElement} owner @returns {Gap | null} */
function gapOf(owner) {
  const [from, to, shift = 0] = (owner.dataset.gap ?? "").split(",").map(Number);
  return to >= from ? { from, to, shift } : null;
}

/** Which lines a button asks for. @param {HTMLElement} button @param {Gap} gap @param {boolean} isDown */
function wanted(button, gap, isDown) {
  const { more, defLine } = button.dataset;
  if (more === "def") return { from: Math.max(gap.from, Number(defLine)), to: gap.to };
  if (more === "") return { from: gap.from, to: gap.to };
  return isDown
    ? { from: gap.from, to: Math.min(gap.to, gap.from + STEP - 1) }
    : { from: Math.max(gap.from, gap.to - STEP + 1), to: gap.to };
}

/** What was opened of each file, in that order. @type {WeakMap<Element, {from: number, to: number}[]>} */
const opened = new WeakMap();
/** Files whose lines are being opened again. @type {Map<Element, Promise<void>>} */
const reopening = new Map();
/** Files of a page that was come back to: place.js keeps the place, not each opening. @type {Set<Element>} */
const returning = new Set();

/** Nothing is hidden there any more. @param {HTMLElement} owner */
function close(owner) {
  owner.removeAttribute("data-gap");
  if (owner.matches(".tail")) return owner.remove();
  owner.classList.add("closed");
  for (const button of owner.querySelectorAll("[data-more]")) button.remove();
}

/** @param {HTMLElement} owner @param {Gap} gap */
function offer(owner, gap) {
  const left = gap.to - gap.from + 1;
  owner.dataset.gap = `${gap.from},${gap.to},${gap.shift}`;
  const has = (/** @type {string} */ kind) => owner.querySelector(`[data-more="${kind}"]`);
  if (left <= 0) return close(owner);
  const all = has("");
  if (all)
    all.textContent =
      left <= SMALL
        ? `Show ${left} ${left === 1 ? "line" : "lines"}`
        : `All ${left.toLocaleString("en")}`;
  if (left <= SMALL && all) has("20")?.remove();
  const definition = /** @type {HTMLElement | null} */ (has("def"));
  const line = Number(definition?.dataset.defLine);
  if (definition && (line < gap.from || line > gap.to)) definition.remove();
}

/** Where sticky heads end. @param {HTMLElement} section */
function roof(section) {
  return section.querySelector(".file-head")?.getBoundingClientRect().bottom ?? 0;
}

/**
 * Keeps an element where it was; where the new rows above it would have no room it goes down as far as
 * they need, to the middle of the screen at most.
 * @param {HTMLElement} section @param {Element} element @param {() => Element | null} change
 */
function holding(section, element, change) {
  const before = element.getBoundingClientRect().top;
  const added = change();
  const hold = () => {
    const height = added?.getBoundingClientRect().height ?? 0;
    const room = Math.min(roof(section) + height, innerHeight * 0.6);
    scrollBy({
      top: element.getBoundingClientRect().top - Math.max(before, room),
      behavior: "instant",
    });
  };
  hold();
  requestAnimationFrame(hold); // the browser's own scroll anchoring may have had its say
}

/** @param {HTMLElement} owner @param {Element} table @param {boolean} isDown @param {boolean} isAll */
function put(owner, table, isDown, isAll) {
  if (owner.matches(".tail")) {
    const last = owner.previousElementSibling;
    if (last?.matches(".block")) last.append(table);
    else owner.before(table);
    return;
  }
  const hunk = /** @type {HTMLElement} */ (owner.closest("table"));
  hunk.before(table);
  // Lines nearest to the hunk come below what stays hidden, so its caption moves above them.
  if (!isDown && !isAll) table.prepend(owner);
}

/** Shows lines from..to of a gap. @param {HTMLElement} owner @param {{from: number, to: number}} lines @param {boolean} isDown */
async function show(owner, lines, isDown) {
  const section = /** @type {HTMLElement | null} */ (owner.closest("section.file"));
  const gap = gapOf(owner);
  if (!section || !gap || owner.ariaBusy) return false;
  owner.ariaBusy = "true";
  const fields = { from: `${lines.from}`, to: `${lines.to}`, shift: `${gap.shift}` };
  const answer = await fetch(addressOf(section, "lines/", fields)).catch(() => null);
  owner.ariaBusy = null;
  const holder = document.createElement("template");
  if (answer?.ok) holder.innerHTML = await answer.text();
  const table = holder.content.querySelector("table");
  if (!table) {
    fail(owner);
    return false;
  }
  const still = owner.isConnected ? gapOf(owner) : null; // the body may have come anew meanwhile
  if (!still || still.from > lines.from || still.to < lines.to) return false;
  const isFromTop = lines.from === gap.from;
  const place = () => {
    put(owner, table, isFromTop, isFromTop && lines.to === gap.to);
    return table;
  };
  if (owner.matches(".tail") || isDown || returning.has(section)) place();
  else holding(section, /** @type {Element} */ (owner.closest("table")), place);
  offer(
    owner,
    isFromTop
      ? { from: lines.to + 1, to: gap.to, shift: gap.shift }
      : { from: gap.from, to: lines.from - 1, shift: gap.shift },
  );
  if (!reopening.has(section)) opened.set(section, [...(opened.get(section) ?? []), lines]);
  tellBody(section);
  return true;
}

/** @param {HTMLElement} section */
async function openAgain(section) {
  for (const lines of opened.get(section) ?? []) {
    const owner = /** @type {HTMLElement | undefined} */ (
      [...section.querySelectorAll("[data-gap]")].find((each) => {
        const gap = gapOf(/** @type {HTMLElement} */ (each));
        return gap && gap.from <= lines.from && lines.to <= gap.to;
      })
    );
    if (owner) await show(owner, lines, gapOf(owner)?.from === lines.from);
  }
  reopening.delete(section);
  returning.delete(section);
}

/** All that was opened, by file. */
export function openedLines() {
  const files = sections().map((section) => [section.dataset.file, opened.get(section)]);
  return Object.fromEntries(files.filter(([, lines]) => lines));
}

/** Opens lines again that were open when the page was left. @param {Record<string, {from: number, to: number}[]>} files */
export function reopen(files) {
  for (const [file, lines] of Object.entries(files)) {
    const section = sectionOf(file);
    if (!section) continue;
    opened.set(section, lines);
    returning.add(section);
    const isHere = section.querySelector("[data-file-body] .diff");
    if (isHere) reopening.set(section, openAgain(section));
  }
}

/** Until the lines that were open before a body came anew are open again. @param {HTMLElement} section */
export const reopened = (section) => reopening.get(section) ?? Promise.resolve();

document.addEventListener("honk:body", (event) => {
  const section = /** @type {HTMLElement} */ (event.target);
  const isNew = opened.has(section) && !section.querySelector(".file-body .expanded");
  if (isNew && !reopening.has(section)) reopening.set(section, openAgain(section));
});

/** @param {HTMLElement} owner */
function fail(owner) {
  owner.querySelector(".more-error")?.remove();
  const said = document.createElement("span");
  said.className = "more-error bad";
  said.setAttribute("role", "alert");
  said.textContent = "Not loaded. Try again";
  (owner.querySelector("[data-more]") ?? owner).before(said);
}

/** @param {HTMLElement} button @param {boolean} isDown */
async function press(button, isDown) {
  const owner = /** @type {HTMLElement | null} */ (button.closest("[data-gap]"));
  const gap = owner && gapOf(owner);
  if (!owner || !gap) return;
  const isBelow = isDown || owner.matches(".tail");
  const lines = wanted(button, gap, isBelow);
  if (!(await show(owner, lines, isBelow))) return;
  const first = document.getElementById(
    `${button.closest("section.file")?.id}n${isBelow ? lines.from : lines.to}`,
  );
  const link = first?.querySelector("a");
  if (!button.isConnected) link?.focus({ preventScroll: true });
}

/** Makes visible what was not sent of the lines from a place to a last one; whether nothing failed. @param {HTMLElement} section @param {import("./handle.js").Place} place @param {number} [end] */
export async function showLines(section, place, end = place.line) {
  for (const each of section.querySelectorAll("[data-gap]")) {
    const owner = /** @type {HTMLElement} */ (each);
    const gap = gapOf(owner);
    if (!gap) continue;
    const shift = place.side === "old" ? gap.shift : 0;
    const first = Math.max(gap.from, place.line + shift);
    const last = Math.min(gap.to, end + shift);
    if (first > last) continue;
    const isNearTop = first - gap.from < gap.to - last;
    const lines = isNearTop
      ? { from: gap.from, to: Math.min(gap.to, last + 3) }
      : { from: Math.max(gap.from, first - 3), to: gap.to };
    if (!(await show(owner, lines, isNearTop))) return false;
  }
  return true;
}

/** The nearest element with a gap before or after a row, by the order of the page: nothing is measured. @param {Element} row @param {Element[]} gaps */
function nearest(row, gaps) {
  const isAfter = (/** @type {Element} */ gap) =>
    (row.compareDocumentPosition(gap) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;
  const below = gaps.findIndex(isAfter);
  const above = gaps[(below < 0 ? gaps.length : below) - 1];
  let table = row.closest("table");
  while (table && !table.caption && table.previousElementSibling instanceof HTMLTableElement) {
    table = table.previousElementSibling; // lines that were opened before stand between
  }
  const own = table?.caption;
  return above && (below < 0 || above === own) ? above : (gaps[below] ?? null);
}

/** Opens the gap above a row's hunk, else the one below, else the last above. @param {Element} row */
export function expandAround(row) {
  const gaps = [...(row.closest("section.file")?.querySelectorAll("[data-gap]") ?? [])];
  const owner = nearest(row, gaps);
  const button = /** @type {HTMLElement | null | undefined} */ (
    owner?.querySelector('[data-more="20"]') ?? owner?.querySelector("[data-more]")
  );
  if (!owner || !button) return false;
  const isDown = (row.compareDocumentPosition(owner) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;
  press(button, isDown);
  return true;
}

document.addEventListener("click", (event) => {
  const button = /** @type {Element} */ (event.target).closest("[data-more]");
  if (button?.closest(".diff")) press(/** @type {HTMLElement} */ (button), false);
});

/** The side and line of a hash, for links into what is hidden. @param {string} hash */
export const linkedPlace = (hash) => placeOf(hash.replace(/-\d+$/, ""));
