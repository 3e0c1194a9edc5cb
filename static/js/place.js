// @ts-check
/**
 * Where the reader is stays where it is: over a reload, a turned phone, a window made wider and another
 * view. Kept is the row at the top of what is read, or the file where no row is, and how far below the
 * heads it stands.
 *
 *   sessionStorage["honk-place:/changes/1/rounds/2/"] = {"row": "#f3n120", "offset": 4, "opened": …}
 *   history.state.place, the same of each entry, for the way back within a page
 *
 * @typedef {{row: string, offset: number}} Kept
 */
import { load } from "./approach.js";
import { openedLines, reopen, reopened, showLines } from "./expand.js";
import { handleOf, placeOf, rowOf, sectionOf, sections } from "./handle.js";
import { stay } from "./stay.js";
import { rowAt } from "./walk.js";

const name = `honk-place:${location.pathname}${location.search}`;
const IDLE_MS = 150;
/** @type {Kept | null} */
let last = null;
let isNoted = false; // null is then the top of the page
let timer = 0;
let isMoving = false; // and `last` is not noted yet
let width = innerWidth;

/** Where heads end at the top of the screen. */
export function roof() {
  const bar = document.querySelector(".reader-bar")?.getBoundingClientRect();
  const head = document.querySelector(".head")?.getBoundingClientRect();
  const sticky = bar && bar.top >= 0 && bar.top < 120 ? bar.bottom : 0;
  return Math.max(0, sticky, head?.bottom ?? 0) + 52;
}

/** @returns {Kept | null} */
export function here() {
  if (scrollY < 40) return null;
  const top = roof();
  const row = rowAt(top + 4);
  const href = row && handleOf(row)?.getAttribute("href");
  if (href) return { row: href, offset: row.getBoundingClientRect().top - top };
  const file = sections().find((each) => each.getBoundingClientRect().bottom > top);
  return file ? { row: `#${file.id}`, offset: file.getBoundingClientRect().top - top } : null;
}

/** @param {Kept | null} kept */
export function back(kept) {
  if (!kept) return false;
  const place = placeOf(kept.row);
  const row = place ? rowOf(place) : document.getElementById(kept.row.slice(1));
  if (!row) return false;
  const put = () =>
    scrollBy({ top: row.getBoundingClientRect().top - roof() - kept.offset, behavior: "instant" });
  stay(put);
  return true;
}

function note() {
  isMoving = false;
  isNoted = true;
  last = here();
  try {
    history.replaceState({ ...history.state, place: last }, "");
  } catch {
    // too often for this browser: the next one is kept
  }
}

addEventListener(
  "scroll",
  () => {
    clearTimeout(timer);
    timer = setTimeout(note, IDLE_MS);
    isMoving = true;
  },
  { passive: true },
);

addEventListener("resize", () => {
  if (innerWidth === width) return; // a keyboard came or went
  width = innerWidth;
  const kept = last;
  back(kept);
  requestAnimationFrame(() => {
    back(kept);
    requestAnimationFrame(keepWriting);
  });
});

/** What is being written stays in sight, whatever row it stands under. */
function keepWriting() {
  const field = document.activeElement;
  if (!field?.matches(".composer textarea")) return;
  field.dispatchEvent(new CustomEvent("honk:typing", { bubbles: true }));
}

// Laid out once more only for what is not noted: the next page waits for this.
addEventListener("pagehide", () => {
  try {
    if (isMoving) note();
    const kept = { ...last, opened: openedLines() };
    if (isNoted) sessionStorage.setItem(name, JSON.stringify(kept));
    else sessionStorage.removeItem(name);
  } catch {
    // the browser's own restoration is what is left
  }
});

/** Whether the reader is back where the page was left, which then wins over the address. */
async function restore() {
  const [entry] = performance.getEntriesByType("navigation");
  const how = /** @type {PerformanceNavigationTiming | undefined} */ (entry)?.type;
  if (how !== "reload" && how !== "back_forward") return false;
  /** @type {(Kept & {opened?: Record<string, {from: number, to: number}[]>}) | null} */
  let kept;
  try {
    kept = JSON.parse(sessionStorage.getItem(name) ?? "");
  } catch {
    return false; // nothing is kept
  }
  reopen(kept?.opened ?? {});
  if (!kept?.row) return true;
  // What the browser puts back are pixels, of a page whose files had other heights, and only at the end.
  history.scrollRestoration = "manual";
  addEventListener("load", () => setTimeout(automatic));
  const place = placeOf(kept.row);
  const section = place && sectionOf(place.file);
  if (section) await reopened(section);
  if (back(kept)) return true;
  if (!section || !(await load(section))) return false;
  await reopened(section);
  return (await showLines(section, place)) && back(kept);
}

/** For the way back within this page. */
function automatic() {
  history.scrollRestoration = "auto";
}
export const returned = restore();
