// @ts-check
/**
 * A tick on a guard item is kept at once, with the person's name; without a script it goes with Approve.
 *
 *   <input type="checkbox" name="acknowledged" value="9" form="approve-form" data-guard-url="…" data-round="2">
 */
document.addEventListener("change", async (event) => {
  const box = /** @type {HTMLInputElement} */ (event.target);
  if (!box.dataset?.guardUrl || !box.checked) return;
  const token = document.querySelector("[name=csrfmiddlewaretoken]");
  const body = new FormData();
  body.set("csrfmiddlewaretoken", /** @type {HTMLInputElement} */ (token).value);
  body.set("round", box.dataset.round ?? "");
  body.set("acknowledged", box.value);
  // Kept, it answers with the way to the page, which regions.js fetches once.
  const send = { method: "POST", body, redirect: /** @type {RequestRedirect} */ ("manual") };
  const answer = await fetch(box.dataset.guardUrl, send).catch(() => null);
  if (answer?.type !== "opaqueredirect") return;
  box.defaultChecked = true; // sent: the region may say now who ticked it, and when
  document.dispatchEvent(new CustomEvent("honk:ring"));
});
