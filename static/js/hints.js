// @ts-check
/**
 * Doorbell: has the page look again when one of its bells rings (bells.js), and now and then when none
 * does. Nothing that is being read moves: regions.js swaps in place what came back different.
 *
 *   <main data-regions="/changes/412/" data-hint data-hint-every="3" data-hint-bell="/ws/changes/412/">
 *
 * data-hint-every: seconds between looks without a socket; with one, since a bell may be lost, the
 * looks are fewer. The page shows a band while the server cannot be reached.
 */
import { isListening, tend } from "./bells.js";

const SLOW_FACTOR = 3;
const LOOK_GAP_MS = 1000;
let rung = 0;
let lastLook = 0;
let isOwed = false;

function ring() {
  // Several bells in a moment are one look, and a stream of them is one look a second.
  if (rung) return;
  const wait = Math.max(150, lastLook + LOOK_GAP_MS - Date.now());
  rung = setTimeout(() => {
    rung = 0;
    isOwed = isBusy();
    if (document.hidden || isOwed) return;
    lastLook = Date.now();
    document.body.dispatchEvent(new CustomEvent("honk:changed", { bubbles: true }));
  }, wait);
}

/** Whether a swap would pull the ground away: a sheet is open that has fields, or a menu. */
function isBusy() {
  const busy = "dialog[open]:not([data-only-read]), details[data-menu][open]";
  return document.querySelector(busy) !== null;
}

document.addEventListener("honk:ring", ring);
document.addEventListener("honk:fresh", () => tend(ring)); // the page may name another run now

let looked = Date.now();
setInterval(() => {
  const hinted = [...document.querySelectorAll("[data-hint]")];
  if (hinted.length === 0 || document.hidden) return;
  tend(ring);
  const every = Math.min(
    ...hinted.map((e) => Number(/** @type {HTMLElement} */ (e).dataset.hintEvery ?? 10)),
  );
  const wait = every * 1000 * (isListening() ? SLOW_FACTOR : 1);
  if (!(isOwed && !isBusy()) && Date.now() - looked < wait) return;
  looked = Date.now();
  ring();
}, 1000);
if (!document.hidden) tend(ring);

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) ring();
});

/** @param {boolean} isOffline */
function offline(isOffline) {
  document.documentElement.classList.toggle("is-offline", isOffline);
}
document.addEventListener("htmx:sendError", () => offline(true));
document.addEventListener("htmx:afterRequest", (event) => {
  if (/** @type {CustomEvent} */ (event).detail.successful) offline(false);
});
addEventListener("offline", () => offline(true));
addEventListener("online", () => {
  offline(false);
  ring();
});
// A verdict that cannot be delivered is not sent into the void: the form waits.
document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (!navigator.onLine && form.method === "post") event.preventDefault();
});
