// Passkeys on the pages of Studio: everything else there works without this.
"use strict";
(() => {
  if (!window.isSecureContext || !window.PublicKeyCredential || !navigator.credentials) return;

  const bytes = (text) =>
    Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer ?? [])))
      .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

  const ask = async (address, body) => {
    const headers = { "content-type": "application/json" };
    const response = await fetch(address, { method: "POST", headers, body: JSON.stringify(body) });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.error);
    return answer;
  };

  // What browsers say when they do nothing, in our words.
  const sentence = (error) => ({
    AbortError: "The browser stopped asking for a passkey.",
    InvalidStateError: "This device holds a passkey of yours for this Studio already.",
    NotAllowedError: "No passkey came: it was cancelled, took too long, or this device has none for this Studio.",
    NotSupportedError: "This device makes no passkeys of a kind that is taken here.",
    SecurityError: "Passkeys do not work at this address. Open Studio by the address that its operator names.",
  })[error.name] ?? error.message;

  const signIn = async (part) => {
    const { publicKey } = await ask("/auth/passkey/options", {});
    publicKey.challenge = bytes(publicKey.challenge);
    const { rawId, response } = await navigator.credentials.get({ publicKey });
    const { returnTo } = await ask("/auth/passkey", {
      credentialId: text(rawId),
      clientDataJSON: text(response.clientDataJSON),
      authenticatorData: text(response.authenticatorData),
      signature: text(response.signature),
      userHandle: text(response.userHandle),
      returnTo: part.dataset.returnTo,
    });
    location.assign(returnTo);
  };

  const add = async (part) => {
    const { publicKey } = await ask("/auth/passkeys/options", {});
    publicKey.challenge = bytes(publicKey.challenge);
    publicKey.user.id = bytes(publicKey.user.id);
    for (const known of publicKey.excludeCredentials) known.id = bytes(known.id);
    const { response } = await navigator.credentials.create({ publicKey });
    await ask("/auth/passkeys", {
      name: part.querySelector("input").value,
      clientDataJSON: text(response.clientDataJSON),
      attestationObject: text(response.attestationObject),
    });
    location.assign("/auth/account");
  };

  for (const [id, act] of [["passkey-sign-in", signIn], ["passkey-add", add]]) {
    const part = document.getElementById(id);
    if (!part) continue;
    const [button, wrong] = [part.querySelector("button"), part.querySelector("[role=alert]")];
    part.addEventListener("submit", async (event) => {
      event.preventDefault();
      button.disabled = wrong.hidden = true;
      try {
        await act(part);
      } catch (error) {
        wrong.textContent = sentence(error);
        wrong.hidden = false;
      }
      button.disabled = false;
    });
    part.hidden = false;
  }
})();
