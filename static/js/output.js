// @ts-check
/**
 * Output of a step: first and last six lines show (one CSS rule), the rest opens on demand.
 *
 *   <pre class="output folded" data-lines data-part="toolu_1" data-after="41"><span class="l">…</span>…
 *   <div class="output-more"><button class="link" data-more-lines hidden>Show 61 more lines</button></div>
 *
 * A <span class="l gap" data-hidden="3000"> stands for lines that the server did not send; they are
 * fetched when the reader asks. data-after: the sequence number that the first line comes after.
 */
const ENDS = 6;
const KEPT = 60;

/** @param {Element} line */
const isGap = (line) => line.classList.contains("gap");

/** @param {Element} line */
const hiddenIn = (line) =>
  isGap(line) ? Number(/** @type {HTMLElement} */ (line).dataset.hidden) : 0;

/** @param {HTMLElement} place @param {HTMLElement} fresh the [data-lines] of a fetched item */
export function joinLines(place, fresh) {
  const lines = place.querySelector("[data-lines]");
  if (!lines) {
    const slot = place.querySelector("[data-output-slot]") ?? place;
    slot.append(...(fresh.parentElement?.childNodes ?? []));
    return;
  }
  const first = fresh.firstElementChild;
  if (fresh.dataset.continues !== undefined && first && lines.lastElementChild && !isGap(first)) {
    lines.lastElementChild.append(...first.childNodes);
    first.remove();
  }
  lines.append(...fresh.children);
  if (lines.classList.contains("folded")) compact(/** @type {HTMLElement} */ (lines));
}

/** Keeps a long folded output small in memory too. @param {HTMLElement} lines */
function compact(lines) {
  if (lines.children.length <= KEPT) return;
  const middle = [...lines.children].slice(ENDS, -ENDS);
  const hidden = middle.reduce((sum, line) => sum + (isGap(line) ? hiddenIn(line) : 1), 0);
  const gap = document.createElement("span");
  gap.className = "l gap";
  gap.dataset.hidden = String(hidden);
  middle[0].before(gap);
  for (const line of middle) line.remove();
}

/** Writes how many lines are folded away. @param {HTMLElement} item */
export function relabel(item) {
  for (const button of item.querySelectorAll("[data-more-lines]")) {
    const lines = button.parentElement?.previousElementSibling;
    if (!lines) continue;
    const all = [...lines.children];
    const folded = lines.classList.contains("folded")
      ? all.slice(ENDS, -ENDS).filter((line) => !isGap(line)).length
      : 0;
    const hidden = folded + all.reduce((sum, line) => sum + hiddenIn(line), 0);
    /** @type {HTMLElement} */ (button).hidden = hidden === 0;
    button.textContent = `Show ${hidden.toLocaleString("en")} more ${hidden === 1 ? "line" : "lines"}`;
  }
}

/** @param {HTMLElement} button */
export async function openGap(button) {
  const lines = /** @type {HTMLElement | null} */ (button.parentElement?.previousElementSibling);
  if (!lines) return;
  lines.classList.remove("folded");
  const gap = /** @type {HTMLElement | undefined} */ ([...lines.children].find(isGap));
  if (gap) await fill(lines, gap, button);
  relabel(/** @type {HTMLElement} */ (lines.parentElement));
}

/** @param {HTMLElement} lines @param {HTMLElement} gap @param {HTMLElement} button */
async function fill(lines, gap, button) {
  const log = /** @type {HTMLElement} */ (lines.closest("[data-log]"));
  const query = new URLSearchParams({
    part: lines.dataset.part ?? "",
    after_seq: lines.dataset.after ?? "0",
    skip: String([...lines.children].indexOf(gap)),
    count: gap.dataset.hidden ?? "0",
  });
  button.setAttribute("aria-busy", "true");
  const answer = await fetch(`${log.dataset.outputUrl}?${query}`).catch(() => null);
  button.removeAttribute("aria-busy");
  if (!answer?.ok) return;
  const box = document.createElement("template");
  box.innerHTML = await answer.text();
  const came = box.content.childElementCount;
  gap.before(box.content);
  const left = Number(gap.dataset.hidden) - came;
  if (left > 0 && came > 0) gap.dataset.hidden = String(left);
  else gap.remove();
}
