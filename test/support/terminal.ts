import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { projectFolder } from './data.js';

/** Whether tmux is here. In CI it must be: tests that need it fail there without it. */
export const hasTerminal = (() => {
  try {
    execFileSync('tmux', ['-V'], { stdio: 'ignore' });
    return true;
  } catch {
    if (process.env['CI'] === 'true') throw new Error('tmux is not installed: see .ci/terminal.sh');
    return false;
  }
})();

const PATIENCE_MS = 30_000;

/** Runs the program in the foreground and writes down how it ended; keys that interrupt go to the program alone. */
const WITH_STATUS = 'trap : INT QUIT; "$@"; echo $? > "$0"';

/** The built program in a real pseudo-terminal, which a test types into and reads. */
export class Terminal {
  readonly #socket: string;
  /** Holds the exit status once the program has ended: tmux itself sometimes loses it. */
  readonly #status: string;
  readonly #env: Record<string, string>;

  constructor(
    args: readonly string[],
    env: Record<string, string>,
    cwd: string,
    size: { readonly columns: number; readonly rows: number } = { columns: 110, rows: 60 },
  ) {
    this.#socket = join(cwd, `tmux-${Math.random().toString(36).slice(2)}`);
    this.#status = `${this.#socket}.status`;
    // What the program sees in TERM is tmux's own, unless the test says another.
    const terminal = env['TERM'] === undefined ? [] : ['env', `TERM=${env['TERM']}`];
    this.#env = { ...env, TERM: 'xterm-256color', LC_ALL: 'C.UTF-8' };
    const program = [...terminal, process.execPath, join(projectFolder, 'dist', 'cli', 'main.js'), ...args];
    const { columns, rows } = size;
    this.#tmux(
      ...['-f', '/dev/null', 'new-session', '-d', '-x', String(columns), '-y', String(rows), '-c', cwd],
      // The pane stays when the program ends, so that its last words can be read.
      ...[';', 'set-option', 'remain-on-exit', 'on', ';', 'set-option', 'history-limit', '5000'],
      ...[';', 'respawn-pane', '-k', '--', 'sh', '-c', WITH_STATUS, this.#status, ...program],
    );
  }

  /** Types text as it is; a line end in it is Enter. */
  type(text: string): void {
    const parts = text.split('\n');
    parts.forEach((part, index) => {
      if (part !== '') this.#tmux('send-keys', '-l', '--', part);
      if (index < parts.length - 1) this.key('Enter');
    });
  }

  /** Presses keys by their tmux names: `C-c`, `Tab`, `Up`, `M-Enter`. */
  key(...names: string[]): void {
    this.#tmux('send-keys', ...names);
  }

  /** Pastes text in brackets, as terminals do. */
  paste(text: string): void {
    this.#tmux('set-buffer', '--', text);
    this.#tmux('paste-buffer', '-p');
  }

  /** What stands on the screen and above it, without blank lines at the end. */
  screen(): string {
    return this.#tmux('capture-pane', '-p', '-J', '-S', '-').trimEnd();
  }

  /** What stands on the screen with its escape sequences. */
  raw(): string {
    return this.#tmux('capture-pane', '-p', '-e', '-J', '-S', '-');
  }

  /** Writes all that the program sends from now on into the file, escape sequences that tmux keeps to itself too. */
  record(file: string): void {
    this.#tmux('pipe-pane', '-O', `cat > '${file}'`);
  }

  /** Waits until the screen shows it; the error shows the screen. */
  async see(what: string | RegExp, patienceMs = PATIENCE_MS): Promise<string> {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const screen = this.screen();
      if (typeof what === 'string' ? screen.includes(what) : what.test(screen)) return screen;
      if (Date.now() > deadline) throw new Error(`the screen never showed ${String(what)}:\n${screen}`);
      await wait(50);
    }
  }

  /** Pid of the program. */
  get pid(): number {
    const shell = this.#tmux('display-message', '-p', '#{pane_pid}').trim();
    return Number(readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8').trim().split(' ')[0]);
  }

  /** Waits for its end: the exit status, or the signal that ended it (`signal 9`). */
  async ended(patienceMs = PATIENCE_MS): Promise<string> {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const status = existsSync(this.#status) ? readFileSync(this.#status, 'utf8').trim() : '';
      if (status !== '') return Number(status) > 128 ? `signal ${Number(status) - 128}` : status;
      if (Date.now() > deadline) throw new Error(`it has not ended:\n${this.screen()}`);
      await wait(50);
    }
  }

  close(): void {
    try {
      this.#tmux('kill-server');
    } catch {
      return;
    }
  }

  #tmux(...args: string[]): string {
    return execFileSync('tmux', ['-S', this.#socket, ...args], {
      encoding: 'utf8',
      env: this.#env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }
}
