// @ts-check
/**
 * Counts an undo window down, speaks it at 10, 5 and done, and then looks at the page again.
 *
 *   <div class="toast" data-toast data-until="2026-01-01T10:00:10Z" data-done="Merging #412">
 *     <p><strong>Approved #412.</strong> <span data-toast-count>Merging in 10 seconds</span></p>
 *     <form method="post" …><button class="button">Undo</button></form>
 *     <span class="toast-line" data-toast-line></span>
 *   </div>
 *
 * The clock is the server's: data-now is its time when the page was made, so that a wrong clock on
 * the phone does not cut the window. data-refresh: this selector hears "honk:changed" at the end.
 */
/** @type {WeakSet<Element>} */
const known = new WeakSet();

/** @param {HTMLElement} toast */
function start(toast) {
  if (known.has(toast)) return;
  known.add(toast);
  const total = Date.parse(toast.dataset.until ?? "") - Date.parse(toast.dataset.now ?? "");
  const end = performance.now() + total;
  const line = /** @type {HTMLElement | null} */ (toast.querySelector("[data-toast-line]"));
  line?.animate([{ transform: "scaleX(1)" }, { transform: "scaleX(0)" }], {
    duration: Math.max(0, total),
    fill: "forwards",
  });
  /** @type {Set<number>} */
  const spoken = new Set();
  const timer = setInterval(() => {
    if (!toast.isConnected) return clearInterval(timer);
    const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    count(toast, left, spoken);
    if (left === 0) {
      clearInterval(timer);
      finish(toast);
    }
  }, 250);
}

/** @param {HTMLElement} toast @param {number} left @param {Set<number>} spoken */
function count(toast, left, spoken) {
  const words = toast.querySelector("[data-toast-count]");
  if (words && left > 0) {
    words.textContent = `${toast.dataset.verb ?? "Merging"} in ${left} ${left === 1 ? "second" : "seconds"}`;
  }
  const due = [10, 5].find((mark) => left <= mark && !spoken.has(mark) && left > mark - 2);
  if (due === undefined) return;
  spoken.add(due);
  say(`${toast.textContent?.trim().replace(/\s+/g, " ")}`);
}

/** @param {HTMLElement} toast */
function finish(toast) {
  say(toast.dataset.done ?? "Done");
  toast.remove();
  document.body.dispatchEvent(new CustomEvent("honk:changed", { bubbles: true }));
}

/** @param {string} text */
function say(text) {
  document.dispatchEvent(new CustomEvent("honk:say", { detail: { text, now: true } }));
}

function scan() {
  for (const toast of document.querySelectorAll("[data-toast][data-until]")) {
    start(/** @type {HTMLElement} */ (toast));
  }
}

document.addEventListener("click", (event) => {
  const close = /** @type {Element} */ (event.target).closest("[data-toast-close]");
  close?.closest("[data-toast]")?.remove();
});
document.addEventListener("htmx:afterSwap", scan);
scan();
