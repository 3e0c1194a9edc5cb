// @ts-check
/**
 * What was looked at, told honestly: of each file how long its rows were on a screen that was shown, in
 * stretches of at least 400 ms; a file that is folded or has not come is not looked at. A file that is
 * opened is told of within a second, so that the server knows it before the next page; times are sent
 * each 15 s and when the page goes. What could not be told waits on this page, for this person only.
 *
 *   <section class="file" data-file="3" data-url="/changes/1/rounds/2/files/3/"> <div data-file-body>
 *   POST /changes/1/rounds/2/looks/  looks=[[3, 5200], [4, 800]]
 *
 * Dispatches "honk:opened" {url, files} when files were opened, "honk:heard" {url, files} when the
 * server knows.
 *
 * @typedef {Map<number, number>} Times milliseconds by file
 */
import { body } from "./post.js";
import { roundAddress } from "./viewing.js";

const LEAST_MS = 400;
const SOON_MS = 1000;
const EVERY_MS = 15_000;
/** Bodies in sight, and since when their rows are counted. @type {Map<HTMLElement, number>} */
const since = new Map();
/** Not told yet, by the address that hears of them. @type {Map<string, Times>} */
const untold = new Map();
/** Those that were told of or are about to be. @type {Map<string, Set<number>>} */
const known = new Map();
/** Being told of, by the address that hears of them. @type {Map<string, Times>} */
const onWay = new Map();
let soon = 0;

/** @param {string} name @param {string} url @param {number[]} files */
const say = (name, url, files) =>
  document.dispatchEvent(new CustomEvent(name, { detail: { url, files } }));

/** @param {string} url @param {Times} times */
function put(url, times) {
  const files = untold.get(url) ?? new Map();
  for (const [file, time] of times) files.set(file, (files.get(file) ?? 0) + time);
  untold.set(url, files);
}

/** Its rows, not its head alone. @param {HTMLElement} place */
const isShown = (place) =>
  !document.hidden && !place.hidden && place.querySelector(".diff, table, img") !== null;

/** Counts the stretch that a body has been in sight; the next begins. @param {HTMLElement} place */
function count(place) {
  const now = performance.now();
  const time = Math.round(now - (since.get(place) ?? now));
  if (isShown(place) && time < LEAST_MS) return;
  since.set(place, now);
  const section = /** @type {HTMLElement | null} */ (place.closest("section.file"));
  const url = section && roundAddress(section, "looks");
  if (!url || !isShown(place)) return;
  const file = Number(section.dataset.file);
  put(url, new Map([[file, time]]));
  const before = known.get(url) ?? new Set();
  if (before.has(file)) return;
  known.set(url, before.add(file));
  say("honk:opened", url, [file]);
  soon ||= setTimeout(send, SOON_MS);
}

function countAll() {
  for (const place of since.keys()) count(place);
}

/** @param {string} url @param {Times} times */
async function tell(url, times) {
  const told = body({ looks: JSON.stringify([...times]) });
  onWay.set(url, times);
  const answer = await fetch(url, {
    method: "POST",
    body: told,
    keepalive: true,
    redirect: "manual",
  }).catch(() => null);
  if (onWay.get(url) === times) onWay.delete(url);
  if (answer?.ok) return say("honk:heard", url, [...times.keys()]);
  if (!answer || answer.status === 0 || answer.status >= 500) put(url, times);
}

function send() {
  clearTimeout(soon);
  soon = 0;
  countAll();
  const all = [...untold];
  untold.clear();
  for (const [url, times] of all) tell(url, times);
}

/** The page goes: no answer is waited for. */
function leave() {
  for (const [url, times] of untold) {
    if (navigator.sendBeacon(url, body({ looks: JSON.stringify([...times]) }))) untold.delete(url);
  }
}

/** What the server may not have heard of a round, for a form that tells it; of what is on its way only
 * that it was opened, so that no time counts twice. @param {string} url @returns {[number, number][]} */
export function takeUntold(url) {
  countAll();
  const times = untold.get(url) ?? new Map();
  untold.delete(url);
  for (const file of onWay.get(url)?.keys() ?? []) if (!times.has(file)) times.set(file, 1);
  return [...times];
}

const watch = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    const place = /** @type {HTMLElement} */ (target);
    if (isIntersecting && !since.has(place)) since.set(place, performance.now());
    if (isIntersecting || !since.has(place)) continue;
    count(place);
    since.delete(place);
  }
});
for (const each of document.querySelectorAll("section.file [data-file-body]")) watch.observe(each);

document.addEventListener("visibilitychange", () => {
  if (document.hidden) leave();
  else for (const place of since.keys()) since.set(place, performance.now());
});
// Before the next page is asked for, whose server is to know; pagehide comes after its answer.
addEventListener("beforeunload", () => {
  countAll();
  leave();
});
addEventListener("pagehide", leave);
setInterval(countAll, LEAST_MS / 2);
setInterval(() => {
  if (!document.hidden && untold.size) send();
}, EVERY_MS);
