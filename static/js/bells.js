// @ts-check
/**
 * Sockets that say "look again": one of the change, and one of the run that the page names as live.
 * A socket that breaks is opened again, later each time. One of a run that has ended is not: the
 * page names another run, or none, once it has looked.
 *
 *   <main data-hint-bell="/ws/changes/412/">
 *   <div id="live-run" data-region hidden data-hint-run="17" data-hint-seq="348" data-hint-status="running">
 *
 * data-hint-seq, data-hint-status: the run's last event and its status when the page was made, so that
 * what happens until the socket is open rings too.
 */
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;
const LIVE = ["queued", "running", "waiting"];
const TELLING = ["ask", "answer", "end", "step", "tool", "plan", "start"];

/**
 * @typedef {{run: string, seq: number, status: string}} Wanted run: empty for the change's bell
 * @typedef {Wanted & {socket: WebSocket | null, pause: number, at: number, isAgain: boolean, isOver: boolean}} Bell
 */
/** By path. @type {Map<string, Bell>} */
const bells = new Map();

/** Whether a socket is open, so that the page need not ask so often. */
export function isListening() {
  return [...bells.values()].some((bell) => bell.socket?.readyState === WebSocket.OPEN);
}

/** Open what the page names and close what it no longer does. @param {() => void} ring */
export function tend(ring) {
  const wanted = named();
  for (const [path, bell] of bells) {
    if (wanted.has(path)) continue;
    bells.delete(path);
    bell.isOver = true;
    bell.socket?.close();
  }
  for (const [path, first] of wanted) {
    let bell = bells.get(path);
    if (!bell) {
      bell = {
        ...first,
        socket: null,
        pause: FIRST_PAUSE_MS,
        at: 0,
        isAgain: false,
        isOver: false,
      };
      bells.set(path, bell);
    }
    if (!bell.socket && !bell.isOver && Date.now() >= bell.at) listen(path, bell, ring);
  }
}

/** @returns {Map<string, Wanted>} */
function named() {
  const found = new Map();
  for (const each of document.querySelectorAll("[data-hint-bell]")) {
    const path = /** @type {HTMLElement} */ (each).dataset.hintBell;
    if (path) found.set(path, { run: "", seq: 0, status: "" });
  }
  for (const each of document.querySelectorAll("[data-hint-run]")) {
    const { hintRun, hintSeq, hintStatus } = /** @type {HTMLElement} */ (each).dataset;
    if (!hintRun) continue;
    const first = { run: hintRun, seq: Number(hintSeq ?? 0), status: hintStatus ?? "" };
    found.set(`/ws/runs/${hintRun}/`, first);
  }
  return found;
}

/** @param {string} path @param {Bell} bell @param {() => void} ring */
function listen(path, bell, ring) {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const query = bell.run ? `?after_seq=${bell.seq}` : "";
  /** @type {WebSocket} */
  let socket;
  try {
    socket = new WebSocket(`${scheme}://${location.host}${path}${query}`);
  } catch {
    bell.isOver = true; // sockets are switched off here: the page asks at its own pace
    return;
  }
  bell.socket = socket;
  socket.addEventListener("open", () => {
    bell.pause = FIRST_PAUSE_MS;
    if (bell.isAgain && !bell.run) ring(); // what changed in between is not told
    bell.isAgain = true;
  });
  socket.addEventListener("message", (event) => {
    const frame = JSON.parse(event.data);
    if (frame.changed || hasNews(bell, frame)) ring();
  });
  socket.addEventListener("close", () => {
    bell.socket = null;
    bell.at = Date.now() + bell.pause;
    bell.pause = Math.min(bell.pause * 2, LONGEST_PAUSE_MS);
  });
}

/**
 * Note a frame of a run; whether the page says something else now.
 *
 * @param {Bell} bell
 * @param {{events?: {kind: string}[], last_seq: number | null, run_status: string}} frame
 */
function hasNews(bell, frame) {
  const isOther = frame.run_status !== bell.status;
  bell.status = frame.run_status;
  bell.seq = Math.max(bell.seq, frame.last_seq ?? 0);
  if (!LIVE.includes(frame.run_status)) bell.isOver = true;
  return isOther || (frame.events ?? []).some((event) => TELLING.includes(event.kind));
}
