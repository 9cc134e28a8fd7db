import { closeSync, fdatasync, fsyncSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { fromFileSystem, NeuroClawError } from '../kernel/errors.js';
import type { Actor, EventInput, TraceEvent } from '../kernel/events.js';
import type { JsonObject } from '../kernel/json.js';
import { maxLineBytes, sealEvent, type ChainHead } from './chain.js';
import { bodyCleaner, type CleanBody } from './clean-body.js';
import { redactSecrets, wellFormed } from './redact.js';
import { continueChain } from './tail.js';

export interface TraceOptions {
  readonly run: string;
  /** Tests give their own; the time of an event informs and does not order. */
  readonly clock?: () => Date;
  /** Who acts where an event does not say; the engine by default. */
  readonly actor?: Actor;
  /** Texts that must not appear: replaced in every string before the event is hashed. */
  readonly secrets?: readonly string[];
}

export interface AppendOptions {
  /** Hand the event, and all before it, to the operating system before `append` returns: a SIGKILL cannot lose it. */
  readonly durable?: boolean;
}

const syncData = promisify(fdatasync);

/**
 * Appends events to the hash chain of one run. Lines reach the operating system on the next turn of the event loop,
 * at once with `durable`, and the disk with `flush` and `close`. One writer a file: the lock of the output folder
 * sees to that.
 */
export class TraceWriter {
  readonly file: string;
  readonly run: string;
  readonly #clock: () => Date;
  readonly #actor: Actor;
  readonly #secrets: readonly string[];
  readonly #clean: (body: JsonObject) => CleanBody;
  readonly #descriptor: number;
  #head: ChainHead;
  /** Lines not yet written, and what is left of a batch that was written in part. */
  #pending: string[] = [];
  #rest: Buffer = Buffer.alloc(0);
  #scheduled = false;
  #closed = false;

  constructor(file: string, descriptor: number, head: ChainHead, options: TraceOptions) {
    this.file = file;
    this.run = options.run;
    this.#descriptor = descriptor;
    this.#head = head;
    this.#clock = options.clock ?? (() => new Date());
    this.#secrets = options.secrets ?? [];
    this.#clean = bodyCleaner(this.#secrets);
    this.#actor = this.#cleanActor(options.actor ?? { kind: 'engine', id: 'engine' });
  }

  /**
   * Adds one event; events are in the order of the calls. Throws job.disk when earlier lines still cannot be written:
   * the chain then ends before this event. When a durable event itself cannot be written it is in the chain all the
   * same, and a later call writes it.
   */
  append(input: EventInput, options: AppendOptions = {}): TraceEvent {
    if (this.#closed) throw new Error(`the trace ${this.file} is closed`);
    // A flush in the background failed: try again before anything new is promised.
    if (!this.#scheduled) this.flushSync();
    const { body, canonical } = this.#clean(input.body);
    const unsealed: Omit<TraceEvent, 'hash'> = {
      v: 1,
      seq: this.#head.seq + 1,
      ts: this.#clock().toISOString(),
      run: this.run,
      span: input.span ?? this.run,
      parent: input.parent ?? (input.span === undefined ? '' : this.run),
      type: input.type,
      actor: input.actor ? this.#cleanActor(input.actor) : this.#actor,
      body: body,
      prev: this.#head.hash,
    };
    const { hash, line } = sealEvent(unsealed, canonical);
    const bytes = Buffer.byteLength(line) + 1;
    if (bytes > maxLineBytes) {
      throw new NeuroClawError(
        'internal.bug',
        `an event ${input.type} of ${bytes} bytes is too long for the trace`,
        {
          place: { file: this.file },
          expected: `at most ${maxLineBytes} bytes: shorten texts and lists first`,
        },
      );
    }
    this.#pending.push(line);
    this.#head = { seq: unsealed.seq, hash };
    if (options.durable) this.flushSync();
    else this.#schedule();
    return { ...unsealed, hash };
  }

  /** Number and hash of the last event appended. */
  head(): ChainHead {
    return this.#head;
  }

  /** Hands everything to the operating system. What could not be written stays and is tried again by the next call. */
  flushSync(): void {
    try {
      if (this.#pending.length > 0) {
        this.#rest = Buffer.concat([this.#rest, Buffer.from(`${this.#pending.join('\n')}\n`)]);
        this.#pending = [];
      }
      while (this.#rest.length > 0) this.#rest = this.#rest.subarray(writeSync(this.#descriptor, this.#rest));
    } catch (error) {
      throw fromFileSystem(error, this.file);
    }
  }

  /** Everything appended so far is on the disk when this resolves. Do this before a head is kept elsewhere. */
  async flush(): Promise<void> {
    this.flushSync();
    await syncData(this.#descriptor);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    await this.flush();
    this.#closed = true;
    closeSync(this.#descriptor);
  }

  #cleanActor(actor: Actor): Actor {
    return { kind: actor.kind, id: redactSecrets(wellFormed(actor.id), this.#secrets) };
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#closed) return;
      try {
        this.flushSync();
      } catch {
        // Nobody waits for this one; the lines are kept, and the next append, flush or close throws.
      }
    });
  }
}

/**
 * Opens the trace of a run, new or existing, and continues its chain. A half last line, left by a crash, is cut and
 * `trace.recovered` says so. Throws trace.broken when the last line is not an event of this run with its own hash.
 */
export async function openTrace(file: string, options: TraceOptions): Promise<TraceWriter> {
  try {
    mkdirSync(dirname(file), { recursive: true });
    const { head, cutBytes } = await continueChain(file, options.run);
    const descriptor = openSync(file, 'a');
    if (head.seq === 0) syncFolder(dirname(file));
    const writer = new TraceWriter(file, descriptor, head, options);
    if (cutBytes > 0) writer.append({ type: 'trace.recovered', body: { cutBytes } }, { durable: true });
    return writer;
  } catch (error) {
    throw fromFileSystem(error, file);
  }
}

/** So that the name of a new file survives a power cut. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
