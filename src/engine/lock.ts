import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { NeuroClawError, nodeErrorCode } from '../kernel/errors.js';
import { isJsonObject } from '../kernel/json.js';

export interface LockHolder {
  readonly token: string;
  readonly host: string;
  readonly boot: string;
  readonly pid: number;
  /** Start time of the process in clock ticks after boot: a reused pid has another. */
  readonly start: string;
  /** ISO 8601 UTC. */
  readonly since: string;
  readonly what: string;
}

export interface Lock {
  /** The dead holder whose lock was taken over, if any. */
  readonly tookOver: LockHolder | undefined;
  release(): void;
}

/**
 * Makes this process the one writer of an output folder, or throws preflight.lock naming who is.
 * The lock of a dead process of this host is taken over; of another host only with `force`.
 */
export function acquireLock(path: string, what: string, force = false): Lock {
  const mine: LockHolder = {
    token: randomUUID(),
    host: hostname(),
    boot: bootId(),
    pid: process.pid,
    start: processStart(process.pid) ?? '',
    since: new Date().toISOString(),
    what,
  };
  const draft = `${path}.${mine.token}`;
  writeFileSync(draft, JSON.stringify(mine), { flag: 'wx' });
  let tookOver: LockHolder | undefined;
  try {
    for (let attempt = 0; ; attempt++) {
      try {
        linkSync(draft, path);
        break;
      } catch (error) {
        if (nodeErrorCode(error) !== 'EEXIST') throw error;
      }
      const holder = readLock(path);
      if (holder === undefined) continue;
      const alive = isAlive(holder);
      if (alive === 'yes' || (alive === 'unknown' && !force) || attempt > 20)
        throw heldError(path, holder, alive);
      tookOver = setAside(path, holder, mine.token) ?? tookOver;
    }
  } finally {
    unlinkSync(draft);
  }
  return {
    tookOver,
    release: () => {
      if (readLock(path)?.token === mine.token) unlinkSync(path);
    },
  };
}

/** Who holds the lock of an output folder, and whether that process still lives. */
export function lockStatus(
  path: string,
): { holder: LockHolder; alive: 'yes' | 'no' | 'unknown' } | undefined {
  const holder = readLock(path);
  return holder === undefined ? undefined : { holder, alive: isAlive(holder) };
}

/** Moves a dead holder's lock away. Two takers race here: whoever moved a living lock puts it back. */
function setAside(path: string, holder: LockHolder, token: string): LockHolder | undefined {
  const aside = `${path}.dead.${token}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (nodeErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  const moved = readLock(aside);
  if (moved !== undefined && moved.token !== holder.token) {
    try {
      linkSync(aside, path);
    } catch (error) {
      if (nodeErrorCode(error) !== 'EEXIST') throw error;
    }
  }
  unlinkSync(aside);
  return moved?.token === holder.token ? holder : undefined;
}

function heldError(path: string, holder: LockHolder, alive: 'yes' | 'no' | 'unknown'): NeuroClawError {
  const where = holder.host === hostname() ? 'on this host' : `on host ${holder.host}`;
  return new NeuroClawError(
    'preflight.lock',
    `this output folder is in use by process ${holder.pid} ${where} (${holder.what}, since ${holder.since})`,
    {
      place: { file: path },
      ...(alive === 'unknown'
        ? { hint: 'if that process is gone, pass --force-unlock; NeuroClaw cannot look at another host' }
        : {}),
    },
  );
}

function readLock(path: string): LockHolder | undefined {
  try {
    const holder: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (!isHolder(holder)) throw new TypeError('members are missing');
    return holder;
  } catch (error) {
    if (nodeErrorCode(error) === 'ENOENT') return undefined;
    if (nodeErrorCode(error) !== undefined) throw error;
    throw new NeuroClawError('preflight.lock', `${path} is not a lock file of NeuroClaw`, {
      place: { file: path },
      hint: 'if no NeuroClaw process works in this folder, delete that file',
    });
  }
}

/** Checked by hand: a schema library would be most of what the first prompt of a conversation loads. */
function isHolder(value: unknown): value is LockHolder {
  const texts = ['token', 'host', 'boot', 'start', 'since', 'what'];
  return (
    isJsonObject(value) &&
    Number.isInteger(value['pid']) &&
    texts.every((name) => typeof value[name] === 'string')
  );
}

function isAlive(holder: LockHolder): 'yes' | 'no' | 'unknown' {
  if (holder.host !== hostname()) return 'unknown';
  if (holder.boot !== bootId()) return 'no';
  const start = processStart(holder.pid);
  if (start !== undefined) return start === holder.start ? 'yes' : 'no';
  try {
    process.kill(holder.pid, 0);
    // Without /proc the start time is not known: the pid alone has to do.
    return holder.start === '' ? 'yes' : 'no';
  } catch (error) {
    return nodeErrorCode(error) === 'EPERM' ? 'yes' : 'no';
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}

/** Field 22 of /proc/<pid>/stat (proc(5)), counted after the command name, which may hold spaces and brackets. */
function processStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
