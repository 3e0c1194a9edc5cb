// @ts-check
/**
 * Lets the reader choose light or dark; the word on the button says what a press brings.
 *
 *   <button type="button" data-theme-toggle><span data-theme-word>Dark theme</span></button>
 */
const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");

/** @returns {boolean} */
function isDark() {
  return root.dataset.theme ? root.dataset.theme === "dark" : dark.matches;
}

function tell() {
  for (const word of document.querySelectorAll("[data-theme-word]")) {
    word.textContent = isDark() ? "Light theme" : "Dark theme";
  }
}

document.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  if (!target.closest("[data-theme-toggle]")) return;
  root.dataset.theme = isDark() ? "light" : "dark";
  try {
    localStorage.setItem("honk-theme", root.dataset.theme);
  } catch {
    // not kept for the next page; this page has it
  }
  tell();
});
dark.addEventListener("change", tell);
tell();
