// @ts-check
/**
 * Moving between the files of a diff: fold one, step to the next or previous, and the verdict bar of
 * phones. Rows that were cut are fetched in place.
 *
 *   <section class="file"><button data-fold aria-expanded="true">…</button><div data-file-body>…</div></section>
 *   <button data-file-step="1">Next</button> <span data-file-place>1 of 5</span>
 *   <button data-verdict-toggle aria-expanded="false">Verdict</button>
 */
const files = () => [...document.querySelectorAll("section.file")];

/** The file under the top of the screen. */
function current() {
  const all = files();
  const below = all.findIndex((file) => file.getBoundingClientRect().bottom > innerHeight / 3);
  return below === -1 ? all.length - 1 : below;
}

function tell() {
  const all = files();
  const place = document.querySelector("[data-file-place]");
  if (place && all.length) place.textContent = `${current() + 1} of ${all.length}`;
  const id = all[current()]?.id;
  for (const link of document.querySelectorAll(".tree-file")) {
    link.toggleAttribute("aria-current", link.getAttribute("href") === `#${id}`);
  }
}

/** @param {Element} button */
function fold(button) {
  const isOpen = button.getAttribute("aria-expanded") === "true";
  button.setAttribute("aria-expanded", String(!isOpen));
  const body = button.closest("section.file")?.querySelector("[data-file-body]");
  if (body) /** @type {HTMLElement} */ (body).hidden = isOpen;
}

/** @param {HTMLAnchorElement} link */
async function rest(link) {
  const answer = await fetch(link.href, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (answer?.ok) link.closest("p")?.insertAdjacentHTML("afterend", await answer.text());
  if (answer?.ok) link.closest("p")?.remove();
}

document.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  const folder = target.closest("[data-fold]");
  if (folder) fold(folder);
  const step = /** @type {HTMLElement | null} */ (target.closest("[data-file-step]"));
  if (step) {
    const all = files();
    const next = Math.min(all.length - 1, Math.max(0, current() + Number(step.dataset.fileStep)));
    all[next]?.scrollIntoView({ block: "start" });
  }
  const toggle = target.closest("[data-verdict-toggle]");
  if (toggle) {
    const isOpen = document.body.classList.toggle("verdict-open");
    toggle.setAttribute("aria-expanded", String(isOpen));
  }
  const more = /** @type {HTMLAnchorElement | null} */ (
    target.closest(".diff .rest a, .file-body .said a[href*='/files/']")
  );
  if (more && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    rest(more);
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "x" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (/** @type {Element} */ (event.target).closest("input, textarea, select, dialog")) return;
  const button = files()[current()]?.querySelector("[data-fold]");
  if (button) fold(button);
});

let waiting = 0;
addEventListener(
  "scroll",
  () => {
    if (waiting) return;
    waiting = requestAnimationFrame(() => {
      waiting = 0;
      tell();
    });
  },
  { passive: true },
);
tell();
