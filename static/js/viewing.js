// @ts-check
/**
 * How rows are shown: the choice is the cookie honk-view, so that the server can render it; below
 * 1000 px there is no room for two sides.
 *
 *   document.cookie = "honk-view=split"
 */
export const WIDE = matchMedia("(min-width: 1000px)");
const YEAR_S = 31_536_000;

/** What the page's address asks for holds until another is chosen. */
let asked = new URLSearchParams(location.search).get("view");

/** @returns {"split" | "unified"} */
export function chosenView() {
  if (asked) return asked === "split" ? "split" : "unified";
  return /(?:^|; )honk-view=split(?:;|$)/.test(document.cookie) ? "split" : "unified";
}

/** @returns {"split" | "unified"} */
export const currentView = () => (WIDE.matches ? chosenView() : "unified");

/** @param {"split" | "unified"} view */
export function choose(view) {
  asked = null;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in Firefox and Safari
  document.cookie = `honk-view=${view}; Max-Age=${YEAR_S}; Path=/; SameSite=Lax${secure}`;
}

/** An address of the round that a section is of, of the later one where two are compared. @param {HTMLElement} section @param {string} path */
export function roundAddress(section, path) {
  const own = new URL(section.dataset.url ?? "", location.href).pathname;
  const round = /^(.*\/rounds\/)(?:\d+\.\.)?(\d+)\//.exec(own);
  return round && !section.closest(".is-gone") ? `${round[1]}${round[2]}/${path}/` : "";
}

/** Likewise of what it is of: a round, or two that are compared. @param {HTMLElement} section @param {string} path */
export function shownAddress(section, path) {
  const own = new URL(section.dataset.url ?? "", location.href).pathname;
  const shown = /^(.*\/rounds\/(?:\d+\.\.)?\d+)\//.exec(own);
  return shown && !section.closest(".is-gone") ? `${shown[1]}/${path}/` : "";
}

/** An address of a section with the view asked for. @param {HTMLElement} section @param {string} [more] a path below it @param {Record<string, string>} [fields] */
export function addressOf(section, more = "", fields = {}) {
  const url = new URL(section.dataset.url ?? "", location.href);
  url.pathname += more;
  url.searchParams.set("view", currentView());
  for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value);
  return url.href;
}
