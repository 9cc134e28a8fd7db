/** HTML that was made by `html` or is a constant of this program: everything else is text, and is escaped. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | string | number | false | undefined | readonly Part[];

/**
 * HTML from a template: every value is escaped, whether it stands between tags or inside a quoted attribute, so that
 * text from data stays text. Lists are joined; `false` and `undefined` are nothing; what `html` made goes in as it is.
 * Line ends of the template stay, its indentation goes.
 */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Html {
  const fixed = withoutIndentation(strings);
  let text = fixed[0] ?? '';
  values.forEach((value, index) => {
    text += render(value) + (fixed[index + 1] ?? '');
  });
  return new Html(text);
}

const known = new WeakMap<TemplateStringsArray, readonly string[]>();

function withoutIndentation(strings: TemplateStringsArray): readonly string[] {
  const before = known.get(strings);
  if (before !== undefined) return before;
  const without = strings.map((text) => text.replace(/\s*\n\s*/g, '\n'));
  known.set(strings, without);
  return without;
}

function render(value: Part): string {
  if (value === undefined || value === false) return '';
  if (value instanceof Html) return value.text;
  return typeof value === 'object' ? value.map(render).join('') : escapeHtml(String(value));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

/** Control characters and those that turn the direction of text are shown by their code: they could hide what is said. */
export function escapeHtml(text: string): string {
  return text
    .replace(/[&<>"'`]/g, (character) => ENTITIES[character] ?? '')
    .replace(/[^\P{Cc}\n\t]|\p{Bidi_Control}/gu, (character) => {
      return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
    });
}
