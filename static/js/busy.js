// @ts-check
/**
 * A form that is on its way is not sent twice: its button says so until the next page.
 *
 *   <form method="post" data-once><button class="button primary">Start</button></form>
 */
document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (event.defaultPrevented || !form.matches("[data-once]")) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "1";
  const button = /** @type {SubmitEvent} */ (event).submitter;
  button?.setAttribute("aria-busy", "true");
});
// The back button brings the page from memory: the form is open again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete (/** @type {HTMLElement} */ (form).dataset.sent);
    form.querySelector("[aria-busy]")?.removeAttribute("aria-busy");
  }
});
