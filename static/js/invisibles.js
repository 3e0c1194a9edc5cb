// @ts-check
/**
 * Tabs and trailing spaces, drawn on demand by the CSS Custom Highlight API: no element is added to the
 * rows, and the ranges of a block of rows are made when it comes near the screen.
 *
 *   ::highlight(honk-tab) { … }  ::highlight(honk-trail) { … }
 */
/** @type {IntersectionObserver | null} */
let near = null;
/** @type {WeakSet<Element>} */
let done = new WeakSet();

/** @param {string} name @returns {Set<Range>} */
function highlight(name) {
  const all = /** @type {any} */ (CSS).highlights;
  if (!all.has(name)) all.set(name, new /** @type {any} */ (globalThis).Highlight());
  return all.get(name);
}

/** @param {Text} text @param {number} start @param {number} end @param {string} name */
function add(text, start, end, name) {
  const range = new StaticRange({
    startContainer: text,
    startOffset: start,
    endContainer: text,
    endOffset: end,
  });
  highlight(name).add(/** @type {any} */ (range));
}

/** @param {Element} cell */
function draw(cell) {
  const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
  /** @type {Text | null} */
  let last = null;
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    const text = /** @type {Text} */ (node);
    if (text.data !== "\n") last = text;
    for (const found of text.data.matchAll(/\t+/g)) {
      add(text, found.index, found.index + found[0].length, "honk-tab");
    }
  }
  const trail = /[ \t]+\s*$/.exec(last?.data ?? "");
  if (last && trail) add(last, trail.index, last.data.length, "honk-trail");
}

/** @param {Element} block */
function drawBlock(block) {
  if (done.has(block)) return;
  done.add(block);
  for (const cell of block.querySelectorAll("tr:not(.insert) > td:nth-child(3n)")) draw(cell);
}

function watch() {
  for (const block of document.querySelectorAll(".diff .block")) near?.observe(block);
}

/** @param {boolean} isOn */
export function showInvisible(isOn) {
  if (!("highlights" in CSS)) return;
  near?.disconnect();
  near = null;
  done = new WeakSet();
  for (const name of ["honk-tab", "honk-trail"]) highlight(name).clear();
  if (!isOn) return;
  near = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) if (isIntersecting) drawBlock(target);
    },
    { rootMargin: "50% 0px" },
  );
  watch();
}
document.addEventListener("honk:body", (event) => {
  for (const block of /** @type {Element} */ (event.target).querySelectorAll(".diff .block")) {
    done.delete(block); // lines that were opened in it have none yet
    near?.unobserve(block);
    near?.observe(block);
  }
});
