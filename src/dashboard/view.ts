import type { Theme } from "./theme.ts";
import type { Watch } from "./shown.ts";

/** A part of the page that draws what is watched. */
export interface View {
  /** Called before a screen's frame is shown, while the page is seen; draws what has changed. */
  draw(watched: Watch | null, nowMs: number): void;
  /** The colours are others from now on. */
  restyle(theme: Theme): void;
}

/** The page's element of an id. */
export function element<Kind extends HTMLElement = HTMLElement>(id: string): Kind {
  const found = document.getElementById(id);
  if (!found) throw new TypeError(`the page has no element #${id}`);
  return found as Kind;
}

/** A new element with text or children. */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  made.append(...children);
  return made;
}

/** Sets an element's text where it is another: the browser lays out only what changes. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

/** Pixels of the screen to one of the layout; more than two cost time and are not seen. */
export function pixelRatio(): number {
  return Math.min(2, devicePixelRatio || 1);
}

/** Calls back at once and whenever an element has another size. */
export function onResize(target: Element, resized: (width: number, height: number) => void): void {
  new ResizeObserver(([entry]) => {
    const { width, height } = entry!.contentRect;
    if (width > 0 && height > 0) resized(Math.floor(width), Math.floor(height));
  }).observe(target);
}

/** Buttons of which one is chosen. @returns chooses one, and tells */
export function choice<Name extends string>(
  root: HTMLElement,
  names: readonly (readonly [name: Name, text: string, title: string])[],
  chosen: (name: Name) => void,
): (name: Name) => void {
  const buttons = names.map(([name, text, title]) => {
    const button = make("button", text);
    button.title = title;
    button.type = "button";
    button.setAttribute("role", "radio");
    button.addEventListener("click", () => choose(name));
    return button;
  });
  root.replaceChildren(...buttons);
  function choose(name: Name): void {
    names.forEach(([each], i) => buttons[i]!.setAttribute("aria-checked", String(each === name)));
    chosen(name);
  }
  return choose;
}
