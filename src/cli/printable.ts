/** What the product itself writes: colours and weights, links to files. */
const OWN = String.raw`\x1b\[[\d;]*m|\x1b\]8;;(?:file:[\x21-\x7e]*)?\x1b\\`;
/** Controls but tab and line end, and what turns the direction of writing around. */
const CONTROL = String.raw`[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]`;
const PATTERN = new RegExp(`(${OWN})|${CONTROL}`, 'g');

/**
 * A text for the terminal in which nothing but colours and links to files acts: texts of data, programs and models are
 * printed too, and could move the cursor, set titles or the clipboard, or type. Controls are shown as their pictures
 * (`␛`).
 */
export function printable(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(PATTERN, (found, own: string | undefined) => own ?? pictureOf(found.codePointAt(0) ?? 0));
}

function pictureOf(control: number): string {
  if (control === 0x7f) return '␡';
  return control < 0x20 ? String.fromCodePoint(0x2400 + control) : '\ufffd';
}
