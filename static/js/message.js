// @ts-check
/**
 * One sentence of a page's own, spoken and shown where messages are until it is closed or does not hold
 * any more. An undo window has the place for itself.
 *
 *   <div class="toasts" id="toasts"><div class="toast" data-toast>…<button data-toast-close>Close
 */
/** @type {HTMLElement | null} */
let shown = null;

export function hush() {
  shown?.remove();
  shown = null;
}

/** @param {string} words */
export function tell(words) {
  hush();
  document.dispatchEvent(new CustomEvent("honk:say", { detail: { text: words, now: true } }));
  const place = document.getElementById("toasts");
  if (!place || place.querySelector("[data-until]")) return;
  shown = document.createElement("div");
  shown.className = "toast";
  shown.dataset.toast = "";
  const said = document.createElement("p");
  said.textContent = words;
  const close = document.createElement("button");
  Object.assign(close, { type: "button", className: "button", textContent: "Close" });
  close.dataset.toastClose = "";
  shown.append(said, close);
  place.replaceChildren(shown);
}
