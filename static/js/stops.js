// @ts-check
/**
 * The numbers of a file's lines are one stop of the Tab key, not one each: the line where one was last,
 * at first the first one. The others get their tabindex here, some hundreds at a time while the browser
 * is idle, since the rows are the same for everybody and thousands.
 *
 *   <td><a href="#f3n12" tabindex="-1">12</a>
 */
import { HANDLE, sections } from "./handle.js";

const AT_ONCE = 300;
const idle = globalThis.requestIdleCallback ?? ((run) => setTimeout(run, 1));
/** Not furnished yet. @type {Element[]} */
let waiting = [];

/** The stop of a file. @param {Element | null} section */
const stopOf = (section) => section?.querySelector(`${HANDLE}[tabindex="0"]`);

function furnish() {
  for (const link of waiting.splice(0, AT_ONCE)) {
    if (!link.hasAttribute("tabindex")) link.setAttribute("tabindex", "-1");
  }
  if (waiting.length) idle(furnish);
}

/** @param {Element} section */
function take(section) {
  const links = [...section.querySelectorAll(`${HANDLE}:not([tabindex])`)];
  if (links.length && !stopOf(section)) links.shift()?.setAttribute("tabindex", "0");
  const isWorking = waiting.length > 0;
  waiting = [...waiting, ...links];
  if (!isWorking && links.length) idle(furnish);
}

document.addEventListener("focusin", (event) => {
  const link = /** @type {Element} */ (event.target);
  if (!link.matches(HANDLE) || link.getAttribute("tabindex") === "0") return;
  stopOf(link.closest("section.file"))?.setAttribute("tabindex", "-1");
  link.setAttribute("tabindex", "0");
});
document.addEventListener("honk:body", (event) => take(/** @type {Element} */ (event.target)));
for (const section of sections()) take(section);
