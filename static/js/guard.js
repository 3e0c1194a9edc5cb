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
  const answer = await fetch(box.dataset.guardUrl, { method: "POST", body }).catch(() => null);
  if (answer?.ok) document.dispatchEvent(new CustomEvent("honk:ring"));
});
