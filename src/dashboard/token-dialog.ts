import { element, setText } from "./view.ts";

const kept = "brainwire token";

/** The token of this tab, if it was given one: it is gone when the tab closes. */
export function storedToken(): string | undefined {
  return sessionStorage.getItem(kept) ?? undefined;
}

/** Asks for a token where a server wants one. @returns asks, saying why; @param given told what was typed */
export function createTokenDialog(given: (token: string) => void): (why: string) => void {
  const dialog = element<HTMLDialogElement>("token");
  const text = element<HTMLInputElement>("token-text");
  const why = element("token-why");
  dialog.querySelector("form")!.addEventListener("submit", (event) => {
    event.preventDefault();
    const token = text.value.trim();
    if (token === "") return;
    sessionStorage.setItem(kept, token);
    text.value = "";
    dialog.close();
    given(token);
  });
  element("token-later").addEventListener("click", () => dialog.close());
  return (reason) => {
    setText(why, reason);
    if (!dialog.open) dialog.showModal();
    text.focus();
  };
}
