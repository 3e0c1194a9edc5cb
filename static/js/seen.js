// @ts-check
/**
 * Approve is outlined until every file of the round was on the screen and every guard item is ticked,
 * solid after. What counts is what the server has heard of this person (data-opened) and what this page
 * has seen since (looks.js): an approval carries what was not told yet. With files left unread Approve
 * asks once, in a sheet that names them.
 *
 *   <div data-seen="412:2" data-files="5" data-opened="0,1" data-is-ready>
 *     <span data-left>Left: <strong>1 guard item<span data-files-left>, 5 files</span></strong></span>
 *     <span data-all-seen hidden>Everything seen</span> … <form id="approve-form"> <button class="approve">
 *     <input type="hidden" name="opened"> <input type="hidden" name="looks">
 *   <dialog id="unread-sheet" data-files="5">  <strong data-unread-of> <li data-unread="3"> <a data-unread-first>
 */
import { takeUntold } from "./looks.js";

const NOTHING = "none"; // without a script the field is empty, and nothing is asked
const SETTLES_MS = 600; // a second tap on Approve is not an answer to what it opened
const bar = () => /** @type {HTMLElement | null} */ (document.querySelector("[data-seen]"));
let settledAt = 0;
/** Opened on this page, by the address that hears of it. @type {Map<string, Set<number>>} */
const opened = new Map();

/** Where looks of the bar's round go. @param {HTMLElement} at */
function looksOf(at) {
  const [change, round] = (at.dataset.seen ?? "").split(":");
  return `/changes/${change}/rounds/${round}/looks/`;
}

/** What the server has heard of. @param {HTMLElement} at @returns {Set<number>} */
function heardOf(at) {
  return new Set((at.dataset.opened ?? "").split(",").filter(Boolean).map(Number));
}

/** @param {HTMLElement} at @returns {Set<number>} */
const seenOf = (at) => new Set([...heardOf(at), ...(opened.get(looksOf(at)) ?? [])]);

document.addEventListener("honk:opened", (event) => {
  const { url, files: indexes } = /** @type {CustomEvent} */ (event).detail;
  opened.set(url, new Set([...(opened.get(url) ?? []), ...indexes]));
  show();
});
document.addEventListener("honk:heard", (event) => {
  const at = bar();
  const { url, files: indexes } = /** @type {CustomEvent} */ (event).detail;
  if (at && url === looksOf(at)) {
    at.dataset.opened = [...new Set([...heardOf(at), ...indexes])].join(",");
    show();
  }
});

/** @param {number} count */
const files = (count) => `${count} ${count === 1 ? "file" : "files"}`;

function show() {
  const at = bar();
  if (!at) return;
  const seen = seenOf(at);
  const left = Math.max(0, Number(at.dataset.files) - seen.size);
  const isReady = left === 0 && at.dataset.isReady !== undefined;
  for (const each of at.querySelectorAll("[data-files-left]")) {
    const before = /** @type {HTMLElement} */ (each).dataset.filesLeft ?? "";
    each.textContent = left ? `${before}${files(left)}` : "";
  }
  at.querySelector("[data-left]")?.toggleAttribute("hidden", isReady);
  at.querySelector("[data-all-seen]")?.toggleAttribute("hidden", !isReady);
  at.querySelector(".approve")?.classList.toggle("primary", isReady);
  const field = /** @type {HTMLInputElement | null} */ (at.querySelector("[name=opened]"));
  if (field) field.value = [...seen].join(",") || NOTHING;
  name(seen, left);
}

/** An approval that goes carries what the server has not heard. @param {HTMLElement} at */
function carry(at) {
  const field = /** @type {HTMLInputElement | null} */ (at.querySelector("[name=looks]"));
  if (field) field.value = JSON.stringify(takeUntold(looksOf(at)));
}

/** The sheet's list without what was opened since the page came. @param {Set<number>} seen @param {number} left */
function name(seen, left) {
  const sheet = document.getElementById("unread-sheet");
  if (!sheet) return;
  const rows = /** @type {HTMLElement[]} */ ([...sheet.querySelectorAll("[data-unread]")]);
  for (const row of rows) row.hidden = seen.has(Number(row.dataset.unread));
  const shown = rows.filter((row) => !row.hidden);
  const more = /** @type {HTMLElement | null} */ (sheet.querySelector("[data-unread-more]"));
  const rest = Math.max(0, left - shown.length);
  if (more) more.textContent = rest ? `and ${rest} more` : "";
  const all = Number(sheet.dataset.files);
  const told = sheet.querySelector("[data-unread-of]");
  if (told) told.textContent = `${left} of ${files(all)}`;
  const count = sheet.querySelector("[data-unread-count]");
  if (count) count.textContent = files(left);
  const first = /** @type {HTMLAnchorElement | null} */ (
    sheet.querySelector("[data-unread-first]")
  );
  const link = shown[0]?.querySelector("a");
  if (first && link) first.href = link.href;
}

/** Whether an approval is held back to ask. @param {HTMLFormElement} form @param {HTMLElement} at @param {HTMLElement | null} button */
function isToAsk(form, at, button) {
  const wasAsked = form.querySelector("[name=unread]") !== null;
  if (wasAsked || button?.getAttribute("name") === "unread") return false;
  const boxes = [...document.querySelectorAll("input[name=acknowledged]")];
  const areTicked = boxes.length > 0 && boxes.every((box) => box.matches(":checked"));
  if (at.dataset.isReady === undefined && !areTicked) return false; // refused for these first
  return seenOf(at).size < Number(at.dataset.files);
}

// Before busy.js marks the form as sent.
document.addEventListener(
  "submit",
  (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    const at = bar();
    if (form.id !== "approve-form" || !at) return;
    const sheet = document.getElementById("unread-sheet");
    const button = /** @type {SubmitEvent} */ (event).submitter;
    if (!(sheet instanceof HTMLDialogElement) || !isToAsk(form, at, button)) return carry(at);
    event.preventDefault();
    show();
    settledAt = performance.now() + SETTLES_MS;
    if (!sheet.open) sheet.showModal();
  },
  true,
);
document.addEventListener(
  "click",
  (event) => {
    if (performance.now() >= settledAt) return;
    event.preventDefault();
    event.stopPropagation();
  },
  true,
);

document.addEventListener("htmx:afterSwap", show);
show();
