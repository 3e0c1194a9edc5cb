// @ts-check
/**
 * The live queue: cards change in place, what has left its section stays greyed until the reader asks,
 * and what is new waits behind "2 new" at the section's head.
 *
 *   <div id="queue" data-queue> <section data-section="you"> <div class="section-head">…
 *     <button class="link new-rows" data-show-new hidden></button></div> <article class="card" id="c412">
 */
/** @type {Element | null} */
let latest = null;

/** @param {Element} card */
const words = (card) => card.innerHTML.replace(/<time[^>]*>[^<]*<\/time>/g, "");

/** @param {ParentNode} root @param {string} name */
const sectionOf = (root, name) => root.querySelector(`[data-section="${name}"]`);

document.addEventListener("honk:fresh", (event) => {
  const queue = document.querySelector("[data-queue]");
  const page = /** @type {CustomEvent<Document>} */ (event).detail;
  latest = page.querySelector("[data-queue]");
  if (!queue || !latest) return;
  for (const card of queue.querySelectorAll(".card[id]")) update(card, latest);
  for (const section of latest.querySelectorAll("[data-section]")) count(queue, section);
});

/** @param {Element} card @param {Element} fresh */
function update(card, fresh) {
  const now = fresh.querySelector(`#${CSS.escape(card.id)}`);
  const home = /** @type {HTMLElement | null} */ (card.closest("[data-section]"))?.dataset.section;
  const there = /** @type {HTMLElement | null} */ (now?.closest("[data-section]"))?.dataset.section;
  card.classList.toggle("settled", home !== there);
  if (now && words(now) !== words(card)) card.innerHTML = now.innerHTML;
}

/** @param {Element} queue @param {Element} fresh */
function count(queue, fresh) {
  const name = /** @type {HTMLElement} */ (fresh).dataset.section ?? "";
  const section = sectionOf(queue, name);
  const here = new Set([...(section?.querySelectorAll(".card[id]") ?? [])].map((card) => card.id));
  const added = [...fresh.querySelectorAll(".card[id]")].filter(
    (card) => !here.has(card.id),
  ).length;
  const button = /** @type {HTMLElement | null | undefined} */ (
    section?.querySelector("[data-show-new]")
  );
  if (!button) {
    if (added) show();
    return;
  }
  button.hidden = added === 0;
  button.textContent = `${added} new`;
  if (added && name === "you") {
    document.dispatchEvent(new CustomEvent("honk:say", { detail: `${added} new in Needs you` }));
  }
}

function show() {
  if (latest)
    document.querySelector("[data-queue]")?.replaceWith(document.importNode(latest, true));
}

document.addEventListener("click", (event) => {
  if (/** @type {Element} */ (event.target).closest("[data-show-new]")) show();
});
