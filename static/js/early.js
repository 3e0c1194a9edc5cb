// @ts-check
/**
 * A press that comes before the page's scripts are there is kept and done when they are: on a slow
 * line the rows of a diff can be read, and tapped, seconds before the modules have arrived.
 *
 * Runs as a plain script in the head. Links that send and forms that post work without scripts and
 * are left alone; what only a script answers (a link into the page, a button of type "button") waits
 * for DOMContentLoaded, which the browser holds back until every module has run.
 */
(() => {
  /** @type {[Element, MouseEventInit][]} */
  const kept = [];

  /** @param {MouseEvent} event */
  function keep(event) {
    const target = /** @type {Element} */ (event.target);
    if (!target.closest("a[href^='#'], button[type='button'], button[data-more]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const { shiftKey, ctrlKey, metaKey, altKey } = event;
    kept.push([target, { bubbles: true, cancelable: true, shiftKey, ctrlKey, metaKey, altKey }]);
  }

  document.addEventListener("click", keep, true);
  document.addEventListener("DOMContentLoaded", () => {
    document.removeEventListener("click", keep, true);
    // Not in this turn: the browser still goes to the address's fragment, which takes the focus away.
    setTimeout(() => {
      for (const [target, how] of kept) target.dispatchEvent(new MouseEvent("click", how));
    }, 0);
  });
})();
