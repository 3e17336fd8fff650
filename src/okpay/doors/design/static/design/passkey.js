// Ask the device for a passkey and send its answer with the form around the button. Without this script no button shows.
// Source: W3C Web Authentication Level 3; binary values travel as base64url.
const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
const known = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

async function add({ publicKey }) {
  const made = await navigator.credentials.create({ publicKey: {
    ...publicKey,
    challenge: bytes(publicKey.challenge),
    user: { ...publicKey.user, id: bytes(publicKey.user.id) },
    excludeCredentials: known(publicKey.excludeCredentials),
    // Kept in the device and never given without its owner: so it opens the account without a password, too.
    authenticatorSelection: { ...publicKey.authenticatorSelection, residentKey: "required", requireResidentKey: true, userVerification: "required" },
  } });
  const { response } = made;
  return {
    id: made.id, rawId: text(made.rawId), type: made.type, clientExtensionResults: made.getClientExtensionResults(),
    response: { clientDataJSON: text(response.clientDataJSON), attestationObject: text(response.attestationObject), transports: response.getTransports?.() ?? [] },
  };
}

async function prove({ publicKey }) {
  const given = await navigator.credentials.get({ publicKey: {
    ...publicKey, challenge: bytes(publicKey.challenge), allowCredentials: known(publicKey.allowCredentials),
  } });
  const { response } = given;
  return {
    id: given.id, rawId: text(given.rawId), type: given.type, clientExtensionResults: given.getClientExtensionResults(),
    response: {
      clientDataJSON: text(response.clientDataJSON), authenticatorData: text(response.authenticatorData),
      signature: text(response.signature), userHandle: response.userHandle ? text(response.userHandle) : null,
    },
  };
}

async function signIn(form) {
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return prove((await answer.json()).request_options);
}

const options = (form) => JSON.parse(form.querySelector("#passkey-options").textContent);
const ways = {
  add: (form) => add(options(form).creation_options),
  prove: (form) => { const asked = options(form); return prove(asked.request_options ?? asked); },
  "sign-in": signIn,
};

for (const place of document.querySelectorAll("[data-passkey]")) {
  const form = place.closest("form");
  const missing = form.querySelector("[data-passkey-missing]");
  if (!globalThis.PublicKeyCredential) {
    if (missing) missing.hidden = false;
    continue;
  }
  place.hidden = false;
  const button = place.querySelector("button");
  const failed = form.querySelector("[data-passkey-failed]");
  button.addEventListener("click", async () => {
    failed.hidden = true;
    button.disabled = true;
    try {
      form.elements.credential.value = JSON.stringify(await ways[place.dataset.passkey](form));
    } catch {
      // Cancelled, out of time, or no such key: the device has said which.
      failed.hidden = false;
      button.disabled = false;
      return;
    }
    form.submit();
  });
}
