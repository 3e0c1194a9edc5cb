// @ts-check
/**
 * Rows come plain first and their colours follow: a body that says data-plain is asked for again, and
 * once it comes coloured only the text of its code cells is replaced, row by row, so that threads,
 * selection, focus and expanded rows stay as they are.
 *
 *   <div class="diff" data-view="unified" data-plain>
 */
import { bodyOf } from "./handle.js";
import { addressOf } from "./viewing.js";

const AFTER_MS = [1500, 4000, 10_000];

/** The code cell that belongs to an element with a line's id: a row, or a number cell. @param {Element} owner */
function codeCell(owner) {
  if (owner instanceof HTMLTableRowElement) return owner.cells[2];
  return owner.nextElementSibling?.nextElementSibling;
}

/** @param {HTMLElement} body @param {Element} fresh */
function paint(body, fresh) {
  const chosen = getSelection();
  const isHeld = (/** @type {Element} */ cell) =>
    chosen !== null && !chosen.isCollapsed && chosen.containsNode(cell, true);
  for (const owner of fresh.querySelectorAll("tr[id], td[id]")) {
    const live = document.getElementById(owner.id);
    const from = codeCell(owner);
    const to = live && body.contains(live) ? codeCell(live) : null;
    if (!from || !to || isHeld(to) || to.querySelector("details[open]")) continue;
    if (from.textContent === to.textContent) to.innerHTML = from.innerHTML;
  }
  body.querySelector(".diff[data-plain]")?.removeAttribute("data-plain");
}

/** @param {HTMLElement} section @param {number} turn */
async function ask(section, turn) {
  const body = bodyOf(section);
  const diff = body?.querySelector(".diff[data-plain]");
  if (!body || !diff || document.hidden) return plan(section, document.hidden ? turn : turn + 1);
  const fields = /** @type {Record<string, string>} */ (body.dataset.opened ? { open: "1" } : {});
  const answer = await fetch(addressOf(section, "", fields)).catch(() => null);
  const page = answer?.ok
    ? new DOMParser().parseFromString(await answer.text(), "text/html")
    : null;
  const fresh = page?.querySelector(".diff");
  const isSame = fresh?.getAttribute("data-view") === diff.getAttribute("data-view");
  if (fresh && isSame && !fresh.hasAttribute("data-plain")) paint(body, fresh);
  else plan(section, turn + 1);
}

/** @param {HTMLElement} section @param {number} turn */
function plan(section, turn) {
  if (!section.querySelector(".diff[data-plain]") || turn >= AFTER_MS.length) return;
  setTimeout(() => ask(section, turn), AFTER_MS[turn] - (AFTER_MS[turn - 1] ?? 0));
}

/** Asks again, as often as is worth it, while the body is plain. @param {HTMLElement} section */
export function refreshColours(section) {
  plan(section, 0);
}

// The files that came with the page; with many of them only those that are looked at.
const seen = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue;
    seen.unobserve(target);
    refreshColours(/** @type {HTMLElement} */ (target));
  }
});
for (const diff of document.querySelectorAll(".diff[data-plain]")) {
  const section = diff.closest("section.file");
  if (section) seen.observe(section);
}
