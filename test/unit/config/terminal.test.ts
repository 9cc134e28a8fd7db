import { describe, expect, it } from 'vitest';
import { loadSettings } from '../../../src/config/settings.js';
import { linksOf, picturesOf } from '../../../src/config/terminal.js';

const XTERM = { TERM: 'xterm-256color' };

describe('what a terminal can show', () => {
  it.each([
    ['kitty', { TERM: 'xterm-kitty' }],
    ['kitty', { TERM: 'xterm-ghostty' }],
    ['iterm2', { ...XTERM, TERM_PROGRAM: 'iTerm.app' }],
    ['iterm2', { ...XTERM, TERM_PROGRAM: 'WezTerm' }],
    ['iterm2', { ...XTERM, LC_TERMINAL: 'iTerm2' }],
    ['iterm2', { ...XTERM, KONSOLE_VERSION: '230400' }],
    ['none', { ...XTERM, KONSOLE_VERSION: '211200' }],
    ['none', XTERM],
    ['none', { ...XTERM, TERM_PROGRAM: 'vscode', TERM_PROGRAM_VERSION: '1.120.0' }],
    ['none', {}],
    ['none', { TERM: 'dumb', LC_TERMINAL: 'iTerm2' }],
    ['none', { TERM: 'linux' }],
    // What the outer terminal set still stands in the environment of these.
    ['none', { TERM: 'xterm-kitty', TMUX: '/tmp/tmux-0/default,1,0' }],
    ['none', { TERM: 'tmux-256color', LC_TERMINAL: 'iTerm2' }],
    ['none', { TERM: 'screen', TERM_PROGRAM: 'iTerm.app' }],
    ['none', { ...XTERM, STY: '1.pts', LC_TERMINAL: 'iTerm2' }],
  ])('pictures: %s in %o', (protocol, env) => {
    expect(picturesOf(env)).toBe(protocol);
  });

  it.each([
    [true, XTERM],
    [true, { TERM: 'tmux-256color', TMUX: 'x' }],
    [false, { TERM: 'dumb' }],
    [false, { TERM: 'linux' }],
    [false, {}],
    [false, { ...XTERM, VTE_VERSION: '5000' }],
    [true, { ...XTERM, VTE_VERSION: '7600' }],
  ])('links: %s in %o', (links, env) => {
    expect(linksOf(env)).toBe(links);
  });

  it('is what the person says, where they say it', () => {
    const of = (env: Record<string, string>) => loadSettings({ env }).values;
    expect(of(XTERM)).toMatchObject({ pictures: 'none', links: true });
    expect(of({ ...XTERM, NEUROCLAW_PICTURES: 'kitty', NEUROCLAW_LINKS: 'no' })).toMatchObject({
      pictures: 'kitty',
      links: false,
    });
    expect(of({ TERM: 'xterm-kitty', NEUROCLAW_PICTURES: 'auto' }).pictures).toBe('kitty');
    expect(of({ TERM: 'xterm-kitty', NEUROCLAW_PICTURES: 'none' }).pictures).toBe('none');
    expect(of({ ...XTERM, FORCE_HYPERLINK: '0' }).links).toBe(false);
    expect(() => of({ NEUROCLAW_PICTURES: 'sixel' })).toThrow(/pictures is "sixel"/);
  });
});
