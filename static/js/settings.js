// @ts-check
/**
 * How lines are shown, kept on this device: wrapped or not, without changes in white space only, with
 * tabs and trailing spaces drawn (invisibles.js).
 *
 *   <details class="menu view-menu" data-menu>
 *     <label class="check"><input type="checkbox" data-pref="wrap" checked> Wrap long lines</label>
 *
 * The first two are classes on the root: no-wrap, hide-white.
 */
import { showInvisible } from "./invisibles.js";
import { back, here } from "./place.js";

/** @type {Record<string, {css: string, isOn: boolean, isNegated: boolean}>} */
const SETTINGS = {
  wrap: { css: "no-wrap", isOn: true, isNegated: true },
  "hide-white": { css: "hide-white", isOn: false, isNegated: false },
  "show-blanks": { css: "show-blanks", isOn: false, isNegated: false },
};

/** @param {string} name */
function isOn(name) {
  try {
    const kept = localStorage.getItem(`honk-set-${name}`);
    return kept === null ? SETTINGS[name].isOn : kept === "1";
  } catch {
    return SETTINGS[name].isOn;
  }
}

/** @param {string} name @param {boolean} on */
function apply(name, on) {
  const { css, isNegated } = SETTINGS[name];
  document.documentElement.classList.toggle(css, isNegated ? !on : on);
  if (name === "show-blanks") showInvisible(on);
  if (name === "wrap") reachable();
}

/** A block that scrolls sideways can be scrolled by keys too. */
function reachable() {
  const isWide = document.documentElement.classList.contains("no-wrap");
  for (const block of document.querySelectorAll(".diff .block")) {
    if (isWide) block.setAttribute("tabindex", "0");
    else block.removeAttribute("tabindex");
  }
}

document.addEventListener("change", (event) => {
  const box = /** @type {HTMLInputElement} */ (event.target);
  const name = box.dataset.pref;
  if (!name || !SETTINGS[name]) return;
  const kept = here();
  try {
    localStorage.setItem(`honk-set-${name}`, box.checked ? "1" : "0");
  } catch {
    // it holds until the page is left
  }
  apply(name, box.checked);
  back(kept);
});

document.addEventListener("honk:body", () => {
  if (document.documentElement.classList.contains("no-wrap")) reachable();
});

for (const name of Object.keys(SETTINGS)) {
  apply(name, isOn(name));
  const box = /** @type {HTMLInputElement | null} */ (
    document.querySelector(`[data-pref="${name}"]`)
  );
  if (box) box.checked = isOn(name);
}
if (!("highlights" in CSS)) {
  document.querySelector('[data-pref="show-blanks"]')?.closest("label")?.setAttribute("hidden", "");
}
