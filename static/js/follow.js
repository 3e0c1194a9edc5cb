// @ts-check
/**
 * Follow mode: the page stays at its end until the reader scrolls up; then what is new is counted on
 * a button that leads down.
 *
 *   <label><input type="checkbox" data-log-follow checked> Follow</label>
 *   <div data-log-bottom></div>
 *   <button type="button" data-log-jump hidden><span data-log-new>12 new</span></button>
 */
const NEAR_PX = 80;

/** How far the log's end lies below what can be seen: the window down to the bar at its bottom. */
function beyond() {
  const bottom = document.querySelector("[data-log-bottom]");
  const bar = document.querySelector(".message-bar");
  const seen = Math.min(innerHeight, bar?.getBoundingClientRect().top ?? innerHeight);
  return (bottom?.getBoundingClientRect().bottom ?? 0) - seen;
}

const isAtEnd = () => beyond() <= NEAR_PX;

/** Go to the end and follow again. */
export function jumpTo() {
  const far = beyond();
  if (far > 0) scrollBy({ top: far + 8, behavior: "instant" });
}

/**
 * @param {HTMLElement} log
 * @returns {{added: (count: number) => void}} to be told of each count of events after they are shown
 */
export function watchReader(log) {
  const box = /** @type {HTMLInputElement | null} */ (document.querySelector("[data-log-follow]"));
  const button = /** @type {HTMLElement | null} */ (document.querySelector("[data-log-jump]"));
  const words = document.querySelector("[data-log-new]");
  const isLive = () => ["queued", "running", "waiting"].includes(log.dataset.status ?? "");
  let isFollowing = isLive();
  let unseen = 0;

  /** @param {boolean} value */
  function set(value) {
    isFollowing = value;
    if (box) box.checked = value;
    if (value) unseen = 0;
    if (button) button.hidden = unseen === 0;
  }

  addEventListener("scroll", () => set(isAtEnd()), { passive: true });
  box?.addEventListener("change", () => {
    set(box.checked);
    if (box.checked) jumpTo();
  });
  set(isFollowing);
  if (isFollowing) requestAnimationFrame(jumpTo);

  return {
    added(count) {
      if (isFollowing) return jumpTo();
      unseen += count;
      if (words) words.textContent = `${unseen} new`;
      if (button) button.hidden = unseen === 0;
    },
  };
}
