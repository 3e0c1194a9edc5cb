// @ts-check
/**
 * Keeps ages and stop-watches true while the page stands.
 *
 *   <time datetime="2026-01-01T10:00:00Z" data-ago title="1 January 2026, 10:00">3 h</time>
 *   <time datetime="…" data-ticking>4:12</time>   counts up from the moment, as m:ss
 */
/** @param {number} seconds */
export function ago(seconds) {
  if (seconds < 60) return "now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** @param {number} seconds */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const pad = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  return hours ? `${hours}:${pad(minutes)}:${pad(whole % 60)}` : `${minutes}:${pad(whole % 60)}`;
}

// The page was made at the server's time; a phone with a wrong clock must not shift the ages.
const made = Date.parse(document.body.dataset.now ?? "") || Date.now();
const opened = performance.now();
const now = () => made + performance.now() - opened;

/** @param {Element} element @param {(s: number) => string} write */
function refresh(element, write) {
  const at = Date.parse(/** @type {HTMLTimeElement} */ (element).dateTime);
  const text = write((now() - at) / 1000);
  if (at && element.textContent !== text) element.textContent = text;
}

setInterval(() => {
  for (const element of document.querySelectorAll("time[data-ticking]")) refresh(element, clock);
}, 1000);
setInterval(() => {
  for (const element of document.querySelectorAll("time[data-ago]")) refresh(element, ago);
}, 20_000);
