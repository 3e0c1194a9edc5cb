// @ts-check
/** The sentence with which the server refuses, from its page or fragment. @param {Response} answer */
export async function problem(answer) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.querySelector(".empty p, .problem")?.textContent?.trim() ?? "Not saved. Try again";
}
