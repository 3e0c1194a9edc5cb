// @ts-check
/**
 * Unified or split. The choice is a cookie, so that the server renders it; bodies that are here in the
 * other view are fetched anew on approach, the one that is read first, and it stays where it is.
 *
 *   <div class="segmented view-toggle" role="group" aria-label="View">
 *     <button type="button" data-view-to="unified">Unified</button>
 *     <button type="button" data-view-to="split">Split</button>
 *   </div>
 */
import { approachAgain, fetchBody } from "./approach.js";
import { reopened } from "./expand.js";
import { sectionOf, sections } from "./handle.js";
import { back, here } from "./place.js";
import { choose, chosenView, currentView, WIDE } from "./viewing.js";

function show() {
  for (const each of document.querySelectorAll("[data-view-to]")) {
    const button = /** @type {HTMLElement} */ (each);
    button.setAttribute("aria-pressed", String(button.dataset.viewTo === chosenView()));
  }
}

async function change() {
  const kept = here();
  const view = currentView();
  const first = sectionOf(/^#f(\d+)/.exec(kept?.row ?? "")?.[1] ?? "");
  const others = [];
  for (const section of sections()) {
    const diff = section.querySelector(".file-body > .diff");
    const isOther = diff?.hasAttribute("data-view") && diff.getAttribute("data-view") !== view;
    if (isOther) others.push(/** @type {HTMLElement} */ (section));
  }
  if (first && others.includes(first)) {
    await fetchBody(first);
    await reopened(first);
    back(kept);
  }
  for (const section of others) if (section !== first) approachAgain(section);
}

document.addEventListener("click", (event) => {
  const button = /** @type {HTMLElement | null} */ (
    /** @type {Element} */ (event.target).closest("[data-view-to]")
  );
  if (!button) return;
  choose(button.dataset.viewTo === "split" ? "split" : "unified");
  show();
  change();
});

WIDE.addEventListener("change", change);
show();
change();
