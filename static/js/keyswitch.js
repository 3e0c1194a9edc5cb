// @ts-check
/**
 * Single keys can be switched off: who speaks to the computer, or meets keys by accident, would set
 * something off with each letter. Kept on this device; Enter, Tab, Escape and arrows always work.
 *
 *   <label class="check"><input type="checkbox" data-keys-on checked> Single keys are on</label>
 */
const NAME = "honk-keys";

/** @returns {boolean} */
function areOn() {
  try {
    return localStorage.getItem(NAME) !== "off";
  } catch {
    return true;
  }
}

/** @param {KeyboardEvent} event */
function hush(event) {
  const isTyping = /** @type {Element} */ (event.target).closest?.("input, textarea, select");
  const isSingle = event.key.length === 1 && event.key !== " ";
  if (!isSingle || isTyping || event.ctrlKey || event.metaKey || event.altKey || areOn()) return;
  event.stopImmediatePropagation(); // before every other listener: the window hears first
}

addEventListener("keydown", hush, true);
document.addEventListener("change", (event) => {
  const box = /** @type {HTMLInputElement} */ (event.target);
  if (!box.matches("[data-keys-on]")) return;
  try {
    localStorage.setItem(NAME, box.checked ? "on" : "off");
  } catch {
    // storage is off: the keys stay as they are
  }
});
for (const box of document.querySelectorAll("[data-keys-on]")) {
  /** @type {HTMLInputElement} */ (box).checked = areOn();
}
