// @ts-check
/**
 * Doorbell: asks the server now and then whether something moved, and has the parts of the page that
 * care fetch themselves again. Nothing that is being read moves: htmx swaps the parts in place.
 *
 *   <section id="change-state" data-hint hx-get="…" hx-trigger="honk:changed from:body" hx-swap="outerHTML"
 *            hx-target="#change-state" data-hint-run="17" data-hint-every="4">…</section>
 *
 * data-hint-run: a live run whose socket rings when it moves. data-hint-every: seconds between looks
 * without a socket (and the slow look with one, since a bell may be lost). The page shows a band
 * while the server cannot be reached.
 */
const SLOW_FACTOR = 3;
/** @type {Map<string, WebSocket>} */
const sockets = new Map();
const LOOK_GAP_MS = 1000;
let rung = 0;
let lastLook = 0;

function ring() {
  // Several bells in a moment are one look, and a stream of them is one look a second.
  if (rung) return;
  const wait = Math.max(150, lastLook + LOOK_GAP_MS - Date.now());
  rung = setTimeout(() => {
    rung = 0;
    if (document.hidden || isBusy()) return;
    lastLook = Date.now();
    document.body.dispatchEvent(new CustomEvent("honk:changed", { bubbles: true }));
  }, wait);
}

/** Whether a swap would pull the ground away: a sheet is open, or a menu. */
function isBusy() {
  return document.querySelector("dialog[open], details[data-menu][open]") !== null;
}

/** @param {string} run */
function listen(run) {
  if (sockets.has(run)) return;
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  /** @type {WebSocket} */
  let socket;
  try {
    socket = new WebSocket(`${scheme}://${location.host}/ws/runs/${run}/?after_seq=999999999999`);
  } catch {
    return; // sockets are switched off here: the page asks at its own pace
  }
  sockets.set(run, socket);
  let status = "";
  socket.addEventListener("message", (event) => {
    const frame = JSON.parse(event.data);
    const hasNews = frame.run_status !== status || (frame.events ?? []).some(isTelling);
    status = frame.run_status;
    if (hasNews) ring();
  });
  socket.addEventListener("close", () => sockets.delete(run));
}

/** @param {{kind: string}} event */
function isTelling(event) {
  return ["ask", "answer", "end", "step", "tool", "plan", "start"].includes(event.kind);
}

document.addEventListener("honk:ring", ring);

let looked = Date.now();
setInterval(() => {
  const hinted = [...document.querySelectorAll("[data-hint]")];
  if (hinted.length === 0 || document.hidden) return;
  const runs = hinted.map((e) => /** @type {HTMLElement} */ (e).dataset.hintRun).filter(Boolean);
  for (const run of runs) listen(/** @type {string} */ (run));
  const every = Math.min(
    ...hinted.map((e) => Number(/** @type {HTMLElement} */ (e).dataset.hintEvery ?? 10)),
  );
  const wait = every * 1000 * (sockets.size > 0 ? SLOW_FACTOR : 1);
  if (Date.now() - looked < wait) return;
  looked = Date.now();
  ring();
}, 1000);

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
