// @ts-check
/**
 * Two images of a file: side by side, one wiped over the other, or one through the other. The slider is
 * a range, so that keys move it too.
 *
 *   <div class="images" data-images><figure data-old><img …></figure><figure data-new><img …></figure></div>
 *
 * gets a group of buttons above and, for the last two, a slider below; data-mode is side, swipe or onion,
 * and --at the place of the slider, which a drag over the pictures moves too.
 */
const MODES = [
  ["side", "Side by side"],
  ["swipe", "Swipe"],
  ["onion", "Onion skin"],
];

/** @param {HTMLElement} box @param {string} mode */
function turn(box, mode) {
  box.dataset.mode = mode;
  for (const button of box.querySelectorAll("[data-image-mode]")) {
    const isOn = /** @type {HTMLElement} */ (button).dataset.imageMode === mode;
    button.setAttribute("aria-pressed", String(isOn));
  }
  const slider = /** @type {HTMLInputElement | null} */ (box.querySelector("[data-image-slider]"));
  if (!slider) return;
  slider.hidden = mode === "side";
  slider.setAttribute(
    "aria-label",
    mode === "onion" ? "How much of the new image" : "Where the new image begins",
  );
}

/** @param {HTMLElement} box */
function furnish(box) {
  if (box.dataset.mode || !box.querySelector("[data-old]") || !box.querySelector("[data-new]"))
    return;
  const bar = document.createElement("div");
  bar.className = "segmented image-modes";
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", "How the images are compared");
  for (const [mode, words] of MODES) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", textContent: words });
    button.dataset.imageMode = mode;
    bar.append(button);
  }
  const slider = document.createElement("input");
  Object.assign(slider, { type: "range", min: "0", max: "100", value: "50", hidden: true });
  slider.dataset.imageSlider = "";
  box.style.setProperty("--at", "50%");
  box.prepend(bar);
  box.append(slider);
  turn(box, "side");
}

function furnishAll() {
  for (const box of document.querySelectorAll("[data-images]")) {
    furnish(/** @type {HTMLElement} */ (box));
  }
}

document.addEventListener("click", (event) => {
  const button = /** @type {HTMLElement | null} */ (
    /** @type {Element} */ (event.target).closest("[data-image-mode]")
  );
  const box = /** @type {HTMLElement | null | undefined} */ (button?.closest("[data-images]"));
  if (button && box) turn(box, button.dataset.imageMode ?? "side");
});
document.addEventListener("input", (event) => {
  const slider = /** @type {HTMLInputElement} */ (event.target);
  if (!slider.matches("[data-image-slider]")) return;
  const box = /** @type {HTMLElement | null} */ (slider.closest("[data-images]"));
  box?.style.setProperty("--at", `${slider.value}%`);
});

/** A finger or a mouse on the pictures themselves moves the slider. @param {PointerEvent} event */
function drag(event) {
  const picture = /** @type {Element} */ (event.target).closest?.("[data-images] img");
  const box = /** @type {HTMLElement | null | undefined} */ (picture?.closest("[data-images]"));
  const slider = /** @type {HTMLInputElement | null | undefined} */ (
    box?.querySelector("[data-image-slider]:not([hidden])")
  );
  const area = box?.querySelector("[data-new] img")?.getBoundingClientRect();
  if (!slider || !area || event.buttons !== 1) return;
  slider.value = String(Math.round(((event.clientX - area.left) / area.width) * 100));
  slider.dispatchEvent(new Event("input", { bubbles: true }));
}
document.addEventListener("pointerdown", drag);
document.addEventListener("pointermove", drag);
document.addEventListener("dragstart", (event) => {
  const isPicture = /** @type {Element} */ (event.target).closest?.("[data-images] img");
  if (isPicture) event.preventDefault(); // the picture stays, the slider moves
});
document.addEventListener("honk:body", furnishAll);
furnishAll();
