// @ts-check
/**
 * The live log. The socket is only a doorbell: what to show is always fetched as the same partial that
 * the page was made of, everything after the cursor at once, so sockets off means polling and nothing else.
 *
 *   <div class="log" data-log data-url="/runs/7/events/" data-output-url="/runs/7/output/"
 *        data-socket="/ws/runs/7/" data-last-seq="348" data-status="running">…items…</div>
 *   <div class="log-jump"><button data-log-jump hidden>12 new</button></div>
 *
 * An item of a fetch whose data-part is already on the page joins it: lines go to the end of the
 * [data-lines] there, words to [data-words], an ending to [data-ended]. Anything else is appended.
 * The last element of each answer is <i data-cursor data-last-seq data-status data-more>.
 */
import { jumpTo, watchReader } from "./follow.js";
import { joinLines, openGap, relabel } from "./output.js";

const MIN_GAP_MS = 125;
const POLL_MS = 1500;
const LIVE = ["queued", "running", "waiting"];

/** @param {HTMLElement} log */
function follow(log) {
  const reader = watchReader(log);
  let isFetching = false;
  let isAgain = false;
  let lastFetch = 0;
  let backoff = 500;
  /** @type {WebSocket | null} */
  let socket = null;

  const isLive = () => LIVE.includes(log.dataset.status ?? "");
  const cursor = () => Number(log.dataset.lastSeq ?? 0);

  async function look() {
    if (isFetching) {
      isAgain = true;
      return;
    }
    isFetching = true;
    isAgain = false;
    const pause = lastFetch + MIN_GAP_MS - Date.now();
    if (pause > 0) await new Promise((done) => setTimeout(done, pause));
    lastFetch = Date.now();
    try {
      const answer = await fetch(`${log.dataset.url}?after_seq=${cursor()}`, {
        headers: { "HX-Request": "true" },
      });
      if (answer.ok) take(await answer.text());
    } catch {
      // the next bell or poll asks again from the same cursor
    }
    isFetching = false;
    if (isAgain) look();
  }

  /** @param {string} html */
  function take(html) {
    const before = cursor();
    const box = document.createElement("template");
    box.innerHTML = html;
    const end = /** @type {HTMLElement | null} */ (box.content.querySelector("[data-cursor]"));
    if (!end || Number(end.dataset.lastSeq) < before) return;
    end.remove();
    for (const item of [...box.content.children]) join(log, /** @type {HTMLElement} */ (item));
    const was = log.dataset.status;
    log.dataset.lastSeq = end.dataset.lastSeq;
    log.dataset.status = end.dataset.status;
    reader.added(cursor() - before);
    if (end.dataset.more !== undefined) isAgain = true;
    tell(was);
  }

  /** @param {string | undefined} was */
  function tell(was) {
    const now = log.dataset.status;
    if (was !== now) document.dispatchEvent(new CustomEvent("honk:ring"));
    if (was !== now && !isLive()) {
      document.dispatchEvent(new CustomEvent("honk:say", { detail: `The run ended: ${now}` }));
      socket?.close();
    }
  }

  function connect() {
    if (!isLive()) return;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const url = `${scheme}://${location.host}${log.dataset.socket}?after_seq=${cursor()}`;
    try {
      socket = new WebSocket(url);
    } catch {
      return; // sockets are switched off here: the poll goes on alone
    }
    socket.addEventListener("open", () => {
      backoff = 500;
    });
    socket.addEventListener("message", (event) => {
      const frame = JSON.parse(event.data);
      if (frame.last_seq > cursor() || frame.run_status !== log.dataset.status) look();
      if ((frame.events ?? []).some(isTelling))
        document.dispatchEvent(new CustomEvent("honk:ring"));
    });
    socket.addEventListener("close", () => {
      socket = null;
      backoff = Math.min(backoff * 2, 10_000);
      if (isLive()) setTimeout(connect, backoff);
    });
  }

  setInterval(() => {
    // With a socket this is the slow look that a lost bell needs; without one it is the poll.
    const wait = socket?.readyState === WebSocket.OPEN ? POLL_MS * 8 : POLL_MS;
    if (isLive() && !document.hidden && Date.now() - lastFetch >= wait) look();
  }, POLL_MS);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && isLive()) look();
  });
  connect();
}

/** @param {{kind: string}} event */
function isTelling(event) {
  return ["ask", "answer", "end", "step", "plan", "start", "usage", "diff"].includes(event.kind);
}

/** @param {HTMLElement} log @param {HTMLElement} item */
function join(log, item) {
  const place = placeFor(log, item);
  if (!place) {
    log.append(item);
    relabel(item);
    return;
  }
  const lines = /** @type {HTMLElement | null} */ (item.querySelector("[data-lines]"));
  if (lines) joinLines(place, lines);
  const words = item.querySelector("[data-words]");
  if (words) place.querySelector("[data-words]")?.append(...words.childNodes);
  const ended = item.querySelector("[data-ended]");
  if (ended?.hasChildNodes())
    place.querySelector("[data-ended]")?.replaceChildren(...ended.childNodes);
  relabel(place);
}

/** Where the item goes on, if it is on the page. @param {HTMLElement} log @param {HTMLElement} item */
function placeFor(log, item) {
  const { part, joins } = item.dataset;
  if (joins === undefined) return null;
  if (part) {
    const found = log.querySelectorAll(
      `:scope > [data-part="${CSS.escape(part)}"][data-family="${joins}"]`,
    );
    return /** @type {HTMLElement | undefined} */ (found[found.length - 1]) ?? null;
  }
  const last = /** @type {HTMLElement | null} */ (log.lastElementChild);
  return last && last.dataset.part === "" && last.dataset.family === joins ? last : null;
}

/** @param {HTMLElement} button */
async function older(button) {
  const log = /** @type {HTMLElement | null} */ (document.querySelector("[data-log]"));
  if (!log || button.getAttribute("aria-busy")) return;
  button.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(`${log.dataset.url}?before_seq=${button.dataset.before}`, {
      headers: { "HX-Request": "true" },
    });
    if (!answer.ok) throw new Error(String(answer.status));
    const box = document.createElement("template");
    box.innerHTML = await answer.text();
    const end = /** @type {HTMLElement | null} */ (box.content.querySelector("[data-cursor]"));
    end?.remove();
    const height = document.documentElement.scrollHeight;
    log.prepend(box.content);
    for (const item of log.children) relabel(/** @type {HTMLElement} */ (item));
    scrollBy({ top: document.documentElement.scrollHeight - height, behavior: "instant" });
    button.dataset.before = end?.dataset.firstSeq ?? "1";
    if (Number(button.dataset.before) <= 1) button.remove();
  } catch {
    button.textContent = "Older events did not load. Try again";
  }
  button.removeAttribute("aria-busy");
}

document.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  const back = /** @type {HTMLElement | null} */ (target.closest("[data-log-older]"));
  if (back) {
    event.preventDefault();
    older(back);
  }
  const more = /** @type {HTMLElement | null} */ (target.closest("[data-more-lines]"));
  if (more) openGap(more);
  if (target.closest("[data-log-jump]")) jumpTo();
});

for (const log of document.querySelectorAll("[data-log]")) {
  for (const item of log.children) relabel(/** @type {HTMLElement} */ (item));
  follow(/** @type {HTMLElement} */ (log));
}
