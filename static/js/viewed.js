// @ts-check
/**
 * A viewed file folds and the next one that is not viewed comes; unticked, it opens again. A hunk can be
 * viewed alone. Kept by the server for the person; without a network it is kept here and sent later.
 *
 *   <section class="file" data-url="/changes/1/rounds/2/files/3/" data-viewed data-hunks-viewed="d1 d2">
 *     <label class="viewed"><input type="checkbox" data-viewed-box> <span>Viewed</span></label>
 *     <caption data-hunk="d1">            gets <button class="hunk-viewed" aria-pressed="false">
 */
import { setFolded } from "./fold.js";
import { HANDLE, sections } from "./handle.js";
import { person } from "./person.js";
import { post } from "./post.js";
import { showFile } from "./stepping.js";
import { nextUnviewed, showViewed } from "./tree.js";
import { roundAddress } from "./viewing.js";

const store = () => `honk-viewed-later:${person()}`;
/** @typedef {{url: string, fields: Record<string, string>}} Later */

/** @returns {Later[]} */
function waiting() {
  try {
    return JSON.parse(localStorage.getItem(store()) ?? "[]");
  } catch {
    return [];
  }
}

/** @param {Later[]} list */
function keep(list) {
  try {
    if (list.length) localStorage.setItem(store(), JSON.stringify(list));
    else localStorage.removeItem(store());
  } catch {
    // it is lost with this page
  }
}

/** @param {Later} one */
async function send({ url, fields }) {
  const answer = await post(url, fields);
  return answer !== null && answer.status < 500;
}

async function sendWaiting() {
  const list = waiting();
  keep([]);
  for (const one of list) {
    if (!(await send(one))) keep([...waiting(), one]);
  }
}

/** @param {HTMLElement} section @param {boolean} isOn @param {string} [hunk] */
async function tell(section, isOn, hunk) {
  const url = roundAddress(section, "viewed");
  if (!url) return;
  /** @type {Record<string, string>} */
  const fields = { file: section.dataset.file ?? "", on: isOn ? "1" : "0" };
  if (hunk) fields.hunk = hunk;
  if (await send({ url, fields })) return;
  const isOther = (/** @type {Later} */ one) =>
    one.url !== url || one.fields.file !== fields.file || one.fields.hunk !== fields.hunk;
  keep([...waiting().filter(isOther), { url, fields }]);
}

/**
 * Where the keys go on: its first line, while there is none its box.
 *
 * @param {Element} section @param {boolean} isByKey
 */
function focusIn(section, isByKey) {
  const row = isByKey && !section.querySelector("[data-file-body][hidden]");
  const first = row ? section.querySelector(HANDLE) : null;
  const place = /** @type {HTMLElement | null} */ (
    first ?? section.querySelector("[data-viewed-box]")
  );
  place?.focus({ preventScroll: true });
}

/** @param {HTMLElement} section @param {boolean} isOn @param {boolean} [isByKey] which has to go on from there */
export function setViewed(section, isOn, isByKey = false) {
  const box = /** @type {HTMLInputElement | null} */ (section.querySelector("[data-viewed-box]"));
  if (!box) return;
  box.checked = isOn;
  section.toggleAttribute("data-viewed", isOn);
  const file = section.dataset.file ?? "";
  showViewed(file, isOn);
  const takesFocus = isByKey || section.contains(document.activeElement);
  setFolded(section, !isOn);
  tell(section, isOn);
  const link = isOn ? nextUnviewed(file) : null;
  const next = link && document.getElementById(link.hash.slice(1));
  const isAfter = next && section.compareDocumentPosition(next) & Node.DOCUMENT_POSITION_FOLLOWING;
  const shown = next && isAfter ? next : section;
  showFile(shown);
  if (takesFocus) focusIn(shown, isByKey);
}

/** @param {HTMLElement} section */
export function toggleViewed(section) {
  setViewed(section, !section.hasAttribute("data-viewed"), true);
}

/** The tables of a hunk: from its caption's to the next hunk's. @param {Element} caption */
function tablesOf(caption) {
  const body = caption.closest("[data-file-body]");
  const found = [];
  let isIn = false;
  for (const table of body?.querySelectorAll("table") ?? []) {
    const own = table.caption?.dataset.hunk ? table.caption : null;
    if (own) isIn = own === caption;
    if (isIn) found.push(table);
  }
  return found;
}

/** @param {Element} caption @param {boolean} isOn */
function showHunk(caption, isOn) {
  for (const table of tablesOf(caption)) table.classList.toggle("hunk-folded", isOn);
  caption.querySelector(".hunk-viewed")?.setAttribute("aria-pressed", String(isOn));
}

/** @param {HTMLElement} section */
const viewedHunks = (section) =>
  new Set((section.dataset.hunksViewed ?? "").split(" ").filter(Boolean));

/** Puts the toggles into the captions of rows that came. @param {HTMLElement} section */
function furnish(section) {
  const viewed = viewedHunks(section);
  for (const each of section.querySelectorAll("caption[data-hunk]")) {
    const caption = /** @type {HTMLElement} */ (each);
    if (!caption.querySelector(".hunk-viewed") && section.querySelector("[data-viewed-box]")) {
      const made = document.createElement("button");
      Object.assign(made, { type: "button", className: "hunk-viewed", title: "Viewed" });
      const words = caption.querySelector("i")?.textContent ?? "hunk";
      const line = caption.closest("table")?.querySelector("tr a")?.textContent;
      made.setAttribute("aria-label", `Viewed: ${words}${line ? `, from line ${line}` : ""}`);
      made.setAttribute("aria-pressed", "false");
      const band = caption.querySelector(".moved-band");
      if (band) band.before(made);
      else caption.append(made);
    }
    const isOn = viewed.has(caption.dataset.hunk ?? "");
    if (isOn) showHunk(caption, true);
  }
}

/** @param {Element} button */
function toggleHunk(button) {
  const caption = /** @type {HTMLElement} */ (button.closest("caption"));
  const section = /** @type {HTMLElement} */ (button.closest("section.file"));
  const isOn = button.getAttribute("aria-pressed") !== "true";
  const viewed = viewedHunks(section);
  const hunk = caption.dataset.hunk ?? "";
  if (isOn) viewed.add(hunk);
  else viewed.delete(hunk);
  section.dataset.hunksViewed = [...viewed].join(" ");
  showHunk(caption, isOn);
  tell(section, isOn, hunk);
}

document.addEventListener("change", (event) => {
  const box = /** @type {HTMLInputElement} */ (event.target);
  const section = box.matches("[data-viewed-box]") ? box.closest("section.file") : null;
  if (section) setViewed(/** @type {HTMLElement} */ (section), box.checked);
});
document.addEventListener("click", (event) => {
  const button = /** @type {Element} */ (event.target).closest(".hunk-viewed");
  if (button) toggleHunk(button);
});
document.addEventListener("honk:body", (event) =>
  furnish(/** @type {HTMLElement} */ (event.target)),
);
addEventListener("online", sendWaiting);
sendWaiting();

for (const each of sections()) {
  const section = /** @type {HTMLElement} */ (each);
  if (section.hasAttribute("data-viewed")) {
    setFolded(section, false);
    const box = /** @type {HTMLInputElement | null} */ (section.querySelector("[data-viewed-box]"));
    if (box) box.checked = true;
  }
  furnish(section);
}
