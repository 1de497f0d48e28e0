/** An element of XML with what it holds. Attributes are left out: XDF has none. */
export interface XmlElement {
  readonly name: string;
  readonly children: readonly XmlElement[];
  /** Its own text, without that of its children and without white space around it. */
  readonly text: string;
}

/** Why a text is no XML. */
export interface XmlFault {
  readonly fault: string;
}

/** Headers are flat; deeper ones were made to do harm. */
const deepest = 64;

const parts =
  /<\?[^]*?\?>|<!--[^]*?-->|<!\[CDATA\[([^]*?)\]\]>|<!DOCTYPE[^>]*>|<(\/?)([^\s<>/?!]+)[^<>]*?(\/?)>|</g;

const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/**
 * Parses XML as far as the headers of XDF use it (XML 1.0 without attributes, name spaces and declarations of
 * entities). Elements must be closed in order.
 */
export function parseXml(text: string): XmlElement | XmlFault {
  const top: XmlElement & { children: XmlElement[]; text: string } = { name: "", children: [], text: "" };
  const open = [top];
  let at = 0;
  for (const match of text.matchAll(parts)) {
    const parent = open.at(-1)!;
    parent.text += unescape(text.slice(at, match.index));
    at = match.index + match[0].length;
    const [whole, data, closing, name, empty] = match;
    if (whole === "<") return { fault: `a '<' at character ${match.index} begins nothing` };
    if (data !== undefined) parent.text += data;
    else if (name === undefined) continue;
    else if (closing) {
      if (parent.name !== name || open.length === 1)
        return { fault: `</${name.slice(0, 40)}> closes ${parent.name ? `<${parent.name}>` : "nothing"}` };
      parent.text = parent.text.trim();
      open.pop();
    } else {
      if (open.length > deepest) return { fault: `elements are nested more than ${deepest} deep` };
      const element = { name, children: [], text: "" };
      parent.children.push(element);
      if (!empty) open.push(element);
    }
  }
  if (open.length > 1) return { fault: `<${open.at(-1)!.name.slice(0, 40)}> is not closed` };
  return top.children[0] ?? { fault: "there is no element" };
}

/** The first child of a name, and so on inward. */
export function child(element: XmlElement, ...names: readonly string[]): XmlElement | undefined {
  let found: XmlElement | undefined = element;
  for (const name of names) found = found?.children.find((candidate) => candidate.name === name);
  return found;
}

function unescape(text: string): string {
  return text.replace(/&(#x[0-9a-f]{1,6}|#\d{1,7}|\w{2,4});/gi, (whole: string, name: string) => {
    if (!name.startsWith("#")) return entities[name] ?? whole;
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
