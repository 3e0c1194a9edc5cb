// @ts-check
/**
 * Live pages without moving what is being read: when the doorbell rings, the page is asked again and
 * only the regions that came back different are replaced, in place.
 *
 *   <main data-regions="/changes/412/">  <section id="verifiers" data-region>…</section>
 *
 * A region that holds the focus of a field, an open sheet, or something typed or ticked and not sent
 * stays as it is. Open <details> with an id stay open. A page that names
 * data-region-news="selector" hears "honk:fresh" with the fetched document instead of having those
 * regions replaced (the queue).
 */
/** @type {Map<string, string>} */
const shown = new Map();
const TYPED = "input:not([type=checkbox], [type=radio]), textarea, select";
let isAsking = false;
let isAgain = false;

/** What a region says, without what differs at each rendering. @param {Element} region */
function essence(region) {
  return region.outerHTML
    .replace(/name="csrfmiddlewaretoken" value="[^"]*"/g, "")
    .replace(/ data-now="[^"]*"/g, "")
    .replace(/<time[^>]*>[^<]*<\/time>/g, "");
}

/** @param {Element} region */
function isHeld(region) {
  const focus = document.activeElement;
  if (focus && region.contains(focus) && focus.matches(TYPED)) return true;
  if (region.querySelector("dialog[open], [data-toast][data-until]")) return true;
  const boxes = [...region.querySelectorAll("input[type=checkbox], input[type=radio]")];
  return (
    [...region.querySelectorAll("textarea")].some((field) => field.value !== field.defaultValue) ||
    boxes.some((box) => isUnsent(/** @type {HTMLInputElement} */ (box)))
  );
}

/** Whether a box stands otherwise than the page was sent. @param {HTMLInputElement} box */
function isUnsent(box) {
  return box.checked !== box.defaultChecked;
}

/** @param {Element} old @param {Element} fresh */
function replace(old, fresh) {
  const open = [...old.querySelectorAll("details[id][open]")].map((e) => e.id);
  for (const id of open) {
    fresh.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
  }
  const focused = old.contains(document.activeElement) ? document.activeElement?.id : "";
  old.replaceWith(fresh);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  const say = /** @type {HTMLElement} */ (fresh).dataset.say;
  if (say) document.dispatchEvent(new CustomEvent("honk:say", { detail: say }));
}

/** @param {Document} page */
function apply(page) {
  for (const fresh of page.querySelectorAll("[data-region]")) {
    const old = document.getElementById(fresh.id);
    if (!old) continue;
    const words = essence(fresh);
    const known = shown.get(fresh.id) ?? essence(old);
    if (words === known || isHeld(old)) continue;
    shown.set(fresh.id, words);
    replace(old, document.importNode(fresh, true));
  }
  const body = page.body;
  if (body.className !== document.body.className) document.body.className = body.className;
}

async function ask() {
  const main = /** @type {HTMLElement | null} */ (document.querySelector("[data-regions]"));
  isAgain = isAsking; // what rang during the look may not be in what it brings
  if (!main || isAsking) return;
  isAsking = true;
  try {
    const answer = await fetch(main.dataset.regions || location.href, {
      headers: { "X-Honk-Live": "1" },
    });
    document.documentElement.classList.remove("is-offline");
    if (answer.redirected) return location.reload();
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    apply(page);
    document.dispatchEvent(new CustomEvent("honk:fresh", { detail: page }));
    document.dispatchEvent(new CustomEvent("htmx:afterSwap"));
  } catch {
    document.documentElement.classList.add("is-offline");
  } finally {
    isAsking = false;
    if (isAgain) document.dispatchEvent(new CustomEvent("honk:ring"));
    isAgain = false;
  }
}

for (const region of document.querySelectorAll("[data-region]"))
  shown.set(region.id, essence(region));
document.body.addEventListener("honk:changed", ask);
