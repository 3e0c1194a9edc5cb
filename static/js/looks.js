// @ts-check
/**
 * What was looked at, told honestly: of each file how long its rows were on a screen that was shown, in
 * stretches of at least 400 ms; a file that is folded or has not come is not looked at. A file that is
 * opened is told of within a second, so that the server knows it before the next page; times are sent
 * each 15 s and when the page goes. What could not be told waits on this page, for this person only.
 *
 *   <section class="file" data-file="3" data-url="/changes/1/rounds/2/files/3/"> <div data-file-body>
 *   POST /changes/1/rounds/2/looks/  looks=[[3, 5200], [4, 800]]
 *   POST /changes/1/rounds/1..2/looks/ likewise; answers {"opened": [3]}, those that count for round 2
 *
 * Dispatches "honk:opened" {url, files} when files were opened, "honk:heard" {url, files} when the
 * server knows; url is the round's then, also for a comparison.
 *
 * @typedef {Map<number, number>} Times milliseconds by file
 */
import { body } from "./post.js";
import { shownAddress } from "./viewing.js";

const LEAST_MS = 400; // as the server has it, which takes nothing shorter for a look
const MOST = 500; // files in one report, likewise
const SECOND_MS = 1000;
const EVERY_MS = 15 * SECOND_MS;
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

/** As much as goes into one report; what is left waits for the next. @param {string} url @returns {Times} */
function take(url) {
  const all = [...(untold.get(url) ?? [])];
  untold.delete(url);
  if (all.length > MOST) untold.set(url, new Map(all.slice(MOST)));
  return new Map(all.slice(0, MOST));
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
  const url = section && shownAddress(section, "looks");
  if (!url || !isShown(place)) return;
  const file = Number(section.dataset.file);
  put(url, new Map([[file, time]]));
  const before = known.get(url) ?? new Set();
  if (before.has(file)) return;
  known.set(url, before.add(file));
  say("honk:opened", url, [file]);
  soon ||= setTimeout(send, SECOND_MS);
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
  if (answer?.ok) return heard(url, times, answer);
  const isBusy = answer?.status === 429;
  if (!answer || answer.status === 0 || answer.status >= 500 || isBusy) put(url, times);
  if (isBusy) soon ||= setTimeout(send, Number(answer.headers.get("Retry-After") ?? 1) * SECOND_MS);
}

/** @param {string} url @param {Times} times @param {Response} answer */
async function heard(url, times, answer) {
  const isWhole = answer.status === 204;
  const files = isWhole ? [...times.keys()] : (await answer.json().catch(() => null))?.opened;
  if (files) say("honk:heard", url.replace(/\d+\.\.(\d+)/, "$1"), files);
}

function send() {
  clearTimeout(soon);
  soon = 0;
  countAll();
  for (const url of [...untold.keys()]) tell(url, take(url));
}

/** The page goes: no answer is waited for. */
function leave() {
  for (const url of [...untold.keys()]) {
    const times = take(url);
    if (!navigator.sendBeacon(url, body({ looks: JSON.stringify([...times]) }))) put(url, times);
  }
}

/** What the server may not have heard of a round, for a form that tells it; of what is on its way only
 * that it was opened, since it is not known which comes first. @param {string} url @returns {[number, number][]} */
export function takeUntold(url) {
  countAll();
  const times = take(url);
  for (const file of onWay.get(url)?.keys() ?? []) if (!times.has(file)) times.set(file, LEAST_MS);
  return [...times].slice(0, MOST);
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
