import { processEnvironment } from './environment.js';

/**
 * How a terminal takes pictures: the graphics protocol of kitty (https://sw.kovidgoyal.net/kitty/graphics-protocol/) or
 * the inline images of iTerm2 (https://iterm2.com/documentation-images.html).
 */
export const pictureProtocols = ['kitty', 'iterm2', 'none'] as const;
export type PictureProtocol = (typeof pictureProtocols)[number];

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The protocol that the variables of a terminal name. They say nothing of most terminals behind SSH, and of those that
 * must be switched on (VS Code): there it is none. Inside tmux, screen and Zellij it is none as well: these hold the
 * screen, and would drop a picture, or leave it behind when they draw again.
 */
export function picturesOf(env: Environment): PictureProtocol {
  const { TERM = '', TERM_PROGRAM, LC_TERMINAL, KONSOLE_VERSION = '' } = env;
  if (isPlain(TERM) || isShared(env)) return 'none';
  if (TERM === 'xterm-kitty' || TERM === 'xterm-ghostty' || TERM_PROGRAM === 'ghostty') return 'kitty';
  if (TERM_PROGRAM === 'iTerm.app' || TERM_PROGRAM === 'WezTerm' || TERM_PROGRAM === 'mintty')
    return 'iterm2';
  // iTerm2 sets it because SSH passes variables of this kind on.
  if (LC_TERMINAL === 'iTerm2') return 'iterm2';
  return Number(KONSOLE_VERSION) >= 220_400 ? 'iterm2' : 'none';
}

/**
 * Whether the terminal makes links of paths (OSC 8), or at least passes over them: all but the plainest do. VTE 0.50.0
 * crashes on them.
 */
export function linksOf(env: Environment): boolean {
  const { TERM = '', VTE_VERSION } = env;
  return !isPlain(TERM) && VTE_VERSION !== '5000';
}

/** Whether this terminal only writes on: nothing that stands there can be drawn anew. */
export function isDumbTerminal(): boolean {
  return processEnvironment()['TERM'] === 'dumb';
}

/** Shows escape sequences as text, or is no terminal at all. */
function isPlain(term: string): boolean {
  return term === '' || /^(dumb|linux|cons25|vt\d|emacs|eterm)/.test(term);
}

function isShared({ TMUX, STY, ZELLIJ, TERM = '' }: Environment): boolean {
  return TMUX !== undefined || STY !== undefined || ZELLIJ !== undefined || /^(screen|tmux)/.test(TERM);
}
