// @ts-check
/**
 * Bodies of files that did not come with the page are fetched when they are within a screen and a half,
 * or when somebody jumps to them; four at once. Until then the body is as high as its rows will be.
 *
 *   <section class="file" data-url="/changes/1/rounds/2/files/3/" data-rows="120">
 *     <div class="file-body" data-file-body data-fetch></div>
 *   <div data-file-body data-folded>…<button type="button" data-open-body>Open</button></div>
 *
 * Then "honk:body" is dispatched on the section. data-folded waits for its button.
 */
import { bodyOf } from "./handle.js";
import { refreshColours } from "./recolour.js";
import { rescue } from "./under.js";
import { addressOf } from "./viewing.js";

const AT_ONCE = 4;
const ROW_PX = 20;
/** @type {HTMLElement[]} */
const waiting = [];
/** @type {Map<HTMLElement, Promise<boolean>>} */
const running = new Map();

/** Says that rows came. @param {HTMLElement} section */
export function tellBody(section) {
  const detail = { file: section.dataset.file };
  section.dispatchEvent(new CustomEvent("honk:body", { bubbles: true, detail }));
}

/** @param {HTMLElement} section @param {HTMLElement} body @param {string} html */
function put(section, body, html) {
  rescue(section);
  body.innerHTML = html;
  body.style.minBlockSize = "";
  body.removeAttribute("data-fetch");
  body.removeAttribute("data-folded");
  body.removeAttribute("aria-busy");
  tellBody(section);
  refreshColours(section);
}

/** @param {HTMLElement} body */
function fail(body) {
  body.removeAttribute("aria-busy");
  body.removeAttribute("data-fetch");
  body.innerHTML =
    '<p class="said load-error" role="alert">These lines could not be loaded. What you wrote is kept. <button type="button" class="link" data-retry-body>Retry</button></p>';
}

/** Fetches a body anew, whatever is in it. @param {HTMLElement} section @param {Record<string, string>} [fields] @returns {Promise<boolean>} */
export function fetchBody(section, fields = {}) {
  const known = running.get(section);
  if (known) return known;
  const body = bodyOf(section);
  if (!body || !section.dataset.url) return Promise.resolve(false);
  body.setAttribute("aria-busy", "true");
  const all = body.dataset.opened ? { ...fields, open: "1" } : fields;
  const job = fetch(addressOf(section, "", all), { redirect: "error" })
    .then(async (answer) => {
      if (!answer.ok) throw new Error(String(answer.status));
      if (fields.open) body.dataset.opened = "1"; // a folded file stays open when asked for again
      put(section, body, await answer.text());
      return true;
    })
    .catch(() => {
      fail(body);
      return false;
    })
    .finally(() => {
      running.delete(section);
      next();
    });
  running.set(section, job);
  return job;
}

/** Loads a body unless it is there. @param {HTMLElement} section */
export async function load(section) {
  const body = bodyOf(section);
  if (!body) return false;
  if (body.hasAttribute("data-folded")) return fetchBody(section, { open: "1" });
  if (body.hasAttribute("data-fetch") || running.has(section)) return fetchBody(section);
  return true;
}

function next() {
  while (running.size < AT_ONCE && waiting.length) {
    const section = waiting.pop();
    if (section && bodyOf(section)?.hasAttribute("data-fetch")) fetchBody(section);
  }
}

// Of whole sections: what is in one that the browser leaves out of its layout comes near nothing.
const near = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      const section = /** @type {HTMLElement} */ (target);
      const at = waiting.indexOf(section);
      if (at >= 0) waiting.splice(at, 1);
      if (!isIntersecting) continue;
      if (bodyOf(section)?.hasAttribute("data-fetch")) waiting.unshift(section);
      else near.unobserve(section);
    }
    next();
  },
  { rootMargin: "150% 0px" },
);

/** The next window of a file that was cut; whether it came. @param {HTMLAnchorElement} link */
export async function rest(link) {
  const section = /** @type {HTMLElement | null} */ (link.closest("section.file"));
  const answer = await fetch(link.href, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok || !section) return false;
  link.closest("p")?.insertAdjacentHTML("afterend", await answer.text());
  link.closest("p")?.remove();
  tellBody(section);
  return true;
}

document.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  const button = target.closest("[data-open-body], [data-retry-body]");
  const section = /** @type {HTMLElement | null} */ (target.closest("section.file"));
  if (button && section) {
    event.preventDefault();
    const isFolded = button.matches("[data-open-body]");
    fetchBody(section, isFolded ? { open: "1" } : {}).then(() =>
      /** @type {HTMLElement | null} */ (section.querySelector(".file-body .diff a"))?.focus({
        preventScroll: true,
      }),
    );
  }
  const more = /** @type {HTMLAnchorElement | null} */ (target.closest(".diff .rest a"));
  if (more && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    rest(more);
  }
});

/** What is shown stays until it comes anew on approach, and as high. @param {HTMLElement} section */
export function approachAgain(section) {
  const body = bodyOf(section);
  if (!body || body.hasAttribute("data-folded")) return;
  body.style.minBlockSize = `${body.offsetHeight}px`;
  body.setAttribute("data-fetch", "");
  near.unobserve(section);
  near.observe(section);
}

for (const body of document.querySelectorAll("[data-file-body][data-fetch]")) {
  const section = /** @type {HTMLElement} */ (body.closest("section.file"));
  const rows = Math.min(5000, Number(section.dataset.rows ?? 0));
  /** @type {HTMLElement} */ (body).style.minBlockSize = `${Math.max(1, rows) * ROW_PX}px`;
  near.observe(section);
}
