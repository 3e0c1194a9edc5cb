// @ts-check
/**
 * Approve is outlined until every file of the round was on the screen and every guard item is ticked,
 * solid after; nothing else hangs on it. What was on the screen is kept on this device, by round, and
 * goes with an approval as what its giver had opened.
 *
 *   <section class="file" data-file="3">  <div data-seen="412:2" data-files="5" data-is-ready>
 *     <span data-left>Left: <strong>1 guard item<span data-files-left>, 5 files</span></strong></span>
 *     <span data-all-seen hidden>Everything seen</span> … <button class="button approve">
 *     <input type="hidden" name="opened">
 */
const bar = () => /** @type {HTMLElement | null} */ (document.querySelector("[data-seen]"));
const keyOf = (/** @type {HTMLElement} */ at) => `honk-seen:${at.dataset.seen}`;

/** @param {HTMLElement} at @returns {Set<number>} */
function seenOf(at) {
  try {
    return new Set(JSON.parse(localStorage.getItem(keyOf(at)) ?? "[]"));
  } catch {
    return new Set();
  }
}

/** @param {number} index */
function keep(index) {
  const at = bar();
  if (!at) return;
  const seen = seenOf(at).add(index);
  try {
    localStorage.setItem(keyOf(at), JSON.stringify([...seen]));
  } catch {
    // storage is off or full: Approve stays outlined, and works
  }
  show();
}

function show() {
  const at = bar();
  if (!at) return;
  const seen = seenOf(at);
  const left = Math.max(0, Number(at.dataset.files) - seen.size);
  const isReady = left === 0 && at.dataset.isReady !== undefined;
  for (const each of at.querySelectorAll("[data-files-left]")) {
    const before = /** @type {HTMLElement} */ (each).dataset.filesLeft ?? "";
    each.textContent = left ? `${before}${left} ${left === 1 ? "file" : "files"}` : "";
  }
  at.querySelector("[data-left]")?.toggleAttribute("hidden", isReady);
  at.querySelector("[data-all-seen]")?.toggleAttribute("hidden", !isReady);
  at.querySelector(".approve")?.classList.toggle("primary", isReady);
  const opened = /** @type {HTMLInputElement | null} */ (at.querySelector("[name=opened]"));
  if (opened) opened.value = [...seen].join(",");
}

// Its body, not its head alone: a folded file was not read.
const watch = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    const file = /** @type {HTMLElement | null} */ (entry.target.closest("[data-file]"));
    if (entry.isIntersecting && file) keep(Number(file.dataset.file));
  }
});
for (const body of document.querySelectorAll("[data-file] [data-file-body]")) watch.observe(body);
document.addEventListener("htmx:afterSwap", show);
show();
