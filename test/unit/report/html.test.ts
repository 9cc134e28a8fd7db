import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { html } from '../../../src/report/page/html.js';
import { pageOf } from '../../../src/report/page/page.js';

const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</style><script>alert(1)</script>',
  '`${alert(1)}`',
  '&lt;b&gt;',
  '\u202Egnp.exe',
  'a\u0000b',
];

describe('html', () => {
  it('takes names of files for text, whatever they hold', () => {
    for (const name of HOSTILE) {
      const { text } = html`<p title="${name}">${name}</p>`;
      expect(text).toMatch(/^<p title="[^"<>'`]*">[^"<>'`]*<\/p>$/);
    }
    expect(html`<i>${'\u202E'}</i>`.text).toBe('<i>\\u202e</i>');
  });

  it('gives back every text that a browser reads', () => {
    const decode = (text: string): string =>
      text.replace(/&(amp|lt|gt|quot|#39|#96);/g, (_, name: string) => {
        return { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#96': '`' }[name] ?? '';
      });
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(decode(html`${text}`.text)).toBe(
          text.replace(/[^\P{Cc}\n\t]/gu, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`),
        );
      }),
    );
  });

  it('joins lists, leaves out what is not there, and keeps what it made itself', () => {
    const items = ['a', '<'].map((item) => html`<i>${item}</i>`);
    const { text } = html`<b>${[items, undefined, false, 0]}</b>`;
    expect(text).toBe('<b><i>a</i><i>&lt;</i>0</b>');
  });
});

describe('a page', () => {
  const page = pageOf({
    title: HOSTILE[0] ?? '',
    home: html`home`,
    top: html`<h1>${HOSTILE[1]}</h1>`,
    sections: [{ id: 'one', title: HOSTILE[3] ?? '', content: html`<p>x</p>` }],
    foot: html`foot`,
  });

  it('runs our script alone, and fetches nothing', async () => {
    const scripts = [...page.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, text]) => text ?? '');
    const styles = [...page.matchAll(/<style>([\s\S]*?)<\/style>/g)].map(([, text]) => text ?? '');
    expect([scripts.length, styles.length]).toEqual([1, 1]);
    const { createHash } = await import('node:crypto');
    const digest = (text = ''): string => createHash('sha256').update(text).digest('base64');
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1] ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    // A digest that is not that of the text would leave the page without style and script.
    expect(policy).toContain(`script-src 'sha256-${digest(scripts[0])}'`);
    expect(policy).toContain(`style-src 'sha256-${digest(styles[0])}'`);
    expect(page).not.toMatch(/\s(?:style|on\w+)="/);
    expect(page.replace(/<title>.*?<\/title>/s, '')).not.toMatch(/\b(?:src|href)="(?!#)/);
  });
});
