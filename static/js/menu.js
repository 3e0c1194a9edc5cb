// @ts-check
/**
 * Closes <details> menus on a click elsewhere and on Escape (focus goes back to the summary).
 *
 *   <details class="menu" data-menu><summary>…</summary><div class="menu-list">…</div></details>
 *
 * An editor in a <details data-editor> closes when its form is reset.
 */
/** @returns {HTMLDetailsElement[]} */
const open = () =>
  [...document.querySelectorAll("details[data-menu][open]")].map(
    (menu) => /** @type {HTMLDetailsElement} */ (menu),
  );

document.addEventListener("click", (event) => {
  for (const menu of open()) {
    if (!menu.contains(/** @type {Node} */ (event.target))) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of open()) {
    menu.open = false;
    menu.querySelector("summary")?.focus();
  }
});

document.addEventListener("reset", (event) => {
  const form = /** @type {Element} */ (event.target);
  const editor = /** @type {HTMLDetailsElement | null} */ (form.closest("details[data-editor]"));
  if (!editor) return;
  editor.open = false;
  editor.querySelector("summary")?.focus();
});
