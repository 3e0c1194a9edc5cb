// @ts-check
/**
 * What was gone to stays in its place while files around it take the height they have: those that
 * were never laid out were only estimated. Until the reader goes on, two seconds at most.
 */
import { sections } from "./handle.js";

const HOLD_MS = 2000;
const SIGNS = ["wheel", "touchstart", "pointerdown", "keydown"];
/** @type {AbortController | null} */
let last = null;

/** @param {() => void} put brings it to its place; done again, it changes nothing */
export function stay(put) {
  last?.abort();
  const reading = new AbortController();
  const { signal } = reading;
  last = reading;
  const heights = new ResizeObserver(put);
  signal.addEventListener("abort", () => heights.disconnect());
  document.addEventListener("honk:body", put, { signal });
  for (const sign of SIGNS) {
    addEventListener(sign, () => reading.abort(), { signal, passive: true });
  }
  setTimeout(() => reading.abort(), HOLD_MS);
  put();
  requestAnimationFrame(() => signal.aborted || put());
  for (const section of sections()) heights.observe(section);
}
