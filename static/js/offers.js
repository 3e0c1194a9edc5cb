// @ts-check
/**
 * Shows only what belongs to the chosen repository: its runners and what checks its changes; and of
 * the settings those that the chosen runner heeds. A field that is not shown is not sent.
 *
 *   <select data-offers><option value="sample"></select>
 *   <select id="runner"><option data-repository="sample">…</option></select>
 *   <div data-offer="sample">…</div>
 *   <option data-takes="model cap">  <details data-runner-settings><div data-needs="model">…
 */
const repository = /** @type {HTMLSelectElement | null} */ (
  document.querySelector("[data-offers]")
);
const runner = /** @type {HTMLSelectElement | null} */ (document.getElementById("runner"));

// Options of other repositories leave the list: two may bear one name, and not every browser hides.
const all = [...(runner?.options ?? [])];

function show() {
  const name = repository?.value;
  for (const offer of document.querySelectorAll("[data-offer]")) {
    const box = /** @type {HTMLElement} */ (offer);
    box.hidden = box.dataset.offer !== name;
  }
  const mine = all.filter((o) => !o.dataset.repository || o.dataset.repository === name);
  const chosen = mine.find((option) => option.selected) ?? mine[0];
  runner?.replaceChildren(...mine);
  if (chosen) chosen.selected = true;
  showSettings();
}

function showSettings() {
  const takes = (runner?.selectedOptions[0]?.dataset.takes ?? "").split(" ");
  for (const found of document.querySelectorAll("[data-needs]")) {
    const field = /** @type {HTMLElement} */ (found);
    field.hidden = !takes.includes(field.dataset.needs ?? "");
    for (const input of field.querySelectorAll("input, select")) {
      /** @type {HTMLInputElement} */ (input).disabled = field.hidden;
    }
  }
  const box = /** @type {HTMLElement | null} */ (document.querySelector("[data-runner-settings]"));
  if (box) box.hidden = !takes.some((word) => word);
}

runner?.addEventListener("change", showSettings);

repository?.addEventListener("change", show);
show();
