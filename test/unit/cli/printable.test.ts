import { describe, expect, it } from 'vitest';
import { fileLink } from '../../../src/cli/file-link.js';
import { printable } from '../../../src/cli/printable.js';

describe('a text for the terminal', () => {
  it.each([
    ['sets the title', '\x1b]0;gone\x07', '␛]0;gone␇'],
    ['sets the clipboard', '\x1b]52;c;cm0gLXJm\x07', '␛]52;c;cm0gLXJm␇'],
    ['moves the cursor and writes over what stood there', '\x1b[2Arun it? yes', '␛[2Arun it? yes'],
    ['clears the screen', '\x1b[2J', '␛[2J'],
    ['writes over its own line', 'denied\rgranted', 'denied␍granted'],
    ['begins a sequence with one character (C1)', '\x9b2J', '\ufffd2J'],
    ['leads a link elsewhere', '\x1b]8;;https://example.org\x1b\\x', '␛]8;;https://example.org␛\\x'],
    ['draws a picture', '\x1b_Ga=T;AAAA\x1b\\', '␛_Ga=T;AAAA␛\\'],
    ['rings and deletes', 'a\x07\x08\x7f', 'a␇␈␡'],
    ['turns the writing around', 'a\u202eb', 'a\ufffdb'],
  ])('does not do what it %s', (_what, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it('keeps colours, links to files, tabs, line ends and letters of all scripts', () => {
    const text = `\x1b[1mbold\x1b[22m\t${fileLink('/data/ä b', true)}\nÅsa 日本 עברית 🧠`;
    expect(printable(text)).toBe(text);
    expect(printable('a\r\nb')).toBe('a\nb');
  });
});
