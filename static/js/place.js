// @ts-check
/**
 * Where the reader is stays where it is: over a reload, a turned phone, a window made wider and another
 * view. Kept is the row at the top of what is read and how far below the heads it stands.
 *
 *   sessionStorage["honk-place:/changes/1/rounds/2/"] = {"row": "#f3n120", "offset": 4}
 *
 * @typedef {{row: string, offset: number}} Kept
 */
import { load } from "./approach.js";
import { handleOf, placeOf, rowOf, sectionOf } from "./handle.js";
import { rowAt } from "./walk.js";

const name = `honk-place:${location.pathname}${location.search}`;
const IDLE_MS = 150;
/** @type {Kept | null} */
let last = null;
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
  return row && href ? { row: href, offset: row.getBoundingClientRect().top - top } : null;
}

/** @param {Kept | null} kept */
export function back(kept) {
  const place = placeOf(kept?.row);
  const row = place && rowOf(place);
  if (!kept || !row) return false;
  const put = () =>
    scrollBy({ top: row.getBoundingClientRect().top - roof() - kept.offset, behavior: "instant" });
  put();
  requestAnimationFrame(put); // blocks that come into sight take their true height
  return true;
}

function note() {
  isMoving = false;
  last = here();
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
    sessionStorage.setItem(name, JSON.stringify(last));
  } catch {
    // the browser's own restoration is what is left
  }
});

async function restore() {
  const [entry] = performance.getEntriesByType("navigation");
  const how = /** @type {PerformanceNavigationTiming | undefined} */ (entry)?.type;
  if (how !== "reload" && how !== "back_forward") return;
  /** @type {Kept | null} */
  let kept = null;
  try {
    kept = JSON.parse(sessionStorage.getItem(name) ?? "null");
  } catch {
    return;
  }
  const place = placeOf(kept?.row);
  const section = place && sectionOf(place.file);
  if (!kept || !section) return;
  if (!back(kept) && (await load(section))) back(kept);
}
restore();
