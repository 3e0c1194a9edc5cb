// @ts-check
/**
 * Who reads this page. What is kept on this device for one person carries that person, since browsers
 * are shared: it is never shown to another, nor sent in another's name. Empty where nobody is signed in.
 *
 *   <body data-person="7">
 */
export const person = () => document.body.dataset.person ?? "";
