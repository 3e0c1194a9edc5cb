// @ts-check
/**
 * One polite live region for the whole page; at most one sentence each five seconds, the newest wins.
 *
 *   <div role="status" aria-live="polite" class="sr-only" data-live-region></div>
 *   document.dispatchEvent(new CustomEvent("honk:say", { detail: "Round 2 is ready" }))
 *
 * `{detail: {text, now: true}}` is for what counts down and cannot wait.
 */
const PAUSE_MS = 5000;
let last = 0;
/** @type {number | undefined} */
let timer;

/** @param {string} text */
function say(text) {
  const region = document.querySelector("[data-live-region]");
  if (!region) return;
  last = Date.now();
  region.textContent = "";
  requestAnimationFrame(() => {
    region.textContent = text;
  });
}

document.addEventListener("honk:say", (event) => {
  const { detail } = /** @type {CustomEvent} */ (event);
  const text = typeof detail === "string" ? detail : detail.text;
  clearTimeout(timer);
  const wait = typeof detail === "string" ? Math.max(0, last + PAUSE_MS - Date.now()) : 0;
  timer = setTimeout(() => say(text), wait);
});
