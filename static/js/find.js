// @ts-check
/**
 * Find in the whole change, on the server: the browser's own find knows only what is open. Hits come in
 * a panel while one types; arrows walk them, Enter goes to one.
 *
 *   <form class="find" role="search" data-find action="…/find/"><input type="search" name="q" data-key="/"></form>
 *   <section class="find-panel" data-find-panel hidden></section>
 */
const form = /** @type {HTMLFormElement | null} */ (document.querySelector("[data-find]"));
const panel = /** @type {HTMLElement | null} */ (document.querySelector("[data-find-panel]"));
const field = /** @type {HTMLInputElement | null} */ (
  document.querySelector("[data-find] [name=q]")
);
const PAUSE_MS = 250;
let timer = 0;
/** @type {AbortController | null} */
let asking = null;

/** @param {boolean} isOpen */
function show(isOpen) {
  if (panel) panel.hidden = !isOpen;
}

async function ask() {
  asking?.abort();
  const words = field?.value.trim() ?? "";
  if (!form || !panel || words.length < 2) return show(false);
  asking = new AbortController();
  const { signal } = asking;
  const url = new URL(form.action);
  url.searchParams.set("q", words);
  for (const [name, value] of new URLSearchParams(location.search)) {
    if (name === "page" || name === "order") url.searchParams.set(name, value);
  }
  form.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(url, { signal, headers: { "HX-Request": "true" } });
    panel.innerHTML = answer.ok
      ? await answer.text()
      : '<p class="said" role="alert">The search failed. Try again.</p>';
    show(true);
  } catch {
    if (signal.aborted) return;
    panel.innerHTML =
      '<p class="said" role="alert">The server could not be reached. Try again.</p>';
    show(true);
  }
  form.removeAttribute("aria-busy");
}

/** @param {number} step */
function walk(step) {
  const hits = /** @type {HTMLElement[]} */ ([...(panel?.querySelectorAll("a") ?? [])]);
  const at = hits.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  if (at + step < 0) field?.focus();
  else hits[Math.min(hits.length - 1, at + step)]?.focus();
}

form?.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(ask, PAUSE_MS);
});
form?.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(timer);
  const first = panel?.hidden ? null : panel?.querySelector(".found-row, a:only-child");
  if (first) /** @type {HTMLElement} */ (first).click();
  else ask();
});
document.addEventListener("keydown", (event) => {
  const target = /** @type {Node} */ (event.target);
  if (!form?.contains(target) && !panel?.contains(target)) return;
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (step) {
    event.preventDefault();
    walk(step);
  }
  if (event.key !== "Escape" || panel?.hidden) return;
  event.preventDefault();
  field?.focus(); // which shows the panel, so that it is closed after
  show(false);
});
field?.addEventListener("focus", () => show(Boolean(panel?.childElementCount && field.value)));
document.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  const isHit = target.closest("[data-find-panel] a");
  if (isHit || !target.closest("[data-find], [data-find-panel]")) show(false);
});
