// @ts-check
/**
 * Keeps what is being typed clear of the bars at the bottom and of an on-screen keyboard, which covers
 * the page without making it shorter. The height it covers is --keyboard on <html>; bars stand on it,
 * and scroll-padding (base.css) holds it and them clear of whatever is scrolled to.
 *
 * "honk:typing" on a field asks for the same when a script has put it on the page.
 */
const FIELDS = "textarea, select, input:not([type=hidden], [type=checkbox], [type=radio])";

/** The whole form where it fits, so that its buttons are seen too. @param {Element} field */
function clear(field) {
  const form = field.closest(".composer, .ask, .words-acts, .field") ?? field;
  form.scrollIntoView({ block: "nearest" });
}

function measure() {
  const seen = window.visualViewport;
  if (!seen) return;
  const isZoomed = seen.scale > 1.01;
  const covered = isZoomed ? 0 : Math.max(0, innerHeight - seen.height - seen.offsetTop);
  document.documentElement.style.setProperty("--keyboard", `${Math.round(covered)}px`);
}

window.visualViewport?.addEventListener("resize", () => {
  measure();
  const field = document.activeElement;
  if (field?.matches(FIELDS) && !field.closest("dialog, .message-bar")) clear(field);
});
window.visualViewport?.addEventListener("scroll", measure);
document.addEventListener("honk:typing", (event) => clear(/** @type {Element} */ (event.target)));
