// @ts-check
/** The token that every form of the page carries; also from the composer's template. */
export function token() {
  const found =
    document.querySelector("[name=csrfmiddlewaretoken]") ??
    /** @type {HTMLTemplateElement | null} */ (
      document.getElementById("composer")
    )?.content.querySelector("[name=csrfmiddlewaretoken]");
  return /** @type {HTMLInputElement | null} */ (found)?.value ?? "";
}

/** A form's body of these fields, with the token. @param {Record<string, string>} fields */
export function body(fields) {
  const made = new URLSearchParams(fields);
  made.set("csrfmiddlewaretoken", token());
  return made;
}

/** Posts fields; null when the server could not be reached or sent us elsewhere. @param {string} url @param {Record<string, string>} fields */
export async function post(url, fields) {
  const send = { method: "POST", body: body(fields), redirect: /** @type {const} */ ("error") };
  return fetch(url, send).catch(() => null);
}
