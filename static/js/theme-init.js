// @ts-check
/**
 * Runs before the first paint (a plain script in the head), so that a chosen theme never flashes.
 * The system's theme holds until the reader chooses one in the menu.
 */
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("honk-theme");
  } catch {
    // storage may be switched off; the system's theme is a fine answer
  }
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
