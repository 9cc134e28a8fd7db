import { join } from 'node:path';
import type { StepRecord } from '../sandbox/sandbox.js';
import { openTrace, type TraceWriter } from '../../trace/writer.js';
import type { EventType, TraceEvent } from '../../kernel/events.js';
import type { JsonObject } from '../../kernel/json.js';
import type { Task } from '../task/load-task.js';

/** Writes what the harness sees of a trial into a trace of its own: the agent never holds it. */
export class TrialRecord {
  readonly steps: StepRecord[] = [];
  /** How many events were appended. */
  events = 0;
  readonly #writer: TraceWriter;

  private constructor(writer: TraceWriter) {
    this.#writer = writer;
  }

  static async open(folder: string, run: string, secrets: readonly string[]): Promise<TrialRecord> {
    return new TrialRecord(
      await openTrace(join(folder, 'trace.jsonl'), {
        run,
        secrets,
        actor: { kind: 'engine', id: 'neurobench' },
      }),
    );
  }

  started(task: Task, agent: JsonObject, inputs: ReadonlyMap<string, string>): void {
    this.#append('trial.started', {
      task: task.id,
      version: task.version,
      agent,
      inputs: Object.fromEntries(inputs),
    });
  }

  step(record: StepRecord): void {
    this.steps.push(record);
    if (record.step === 'write') {
      const { path, file } = record;
      this.#append('trial.wrote', { path, bytes: file.bytes, sha256: file.sha256 });
      return;
    }
    const { argv, environment, started, exit, changed } = record;
    this.#append('trial.command', {
      argv,
      environment: { ...environment },
      started,
      exit: {
        reason: exit.reason,
        code: exit.exitCode,
        wall_s: exit.wallS,
        ...(exit.message === undefined ? {} : { message: exit.message }),
        ...(exit.cpuS === undefined ? {} : { cpu_s: exit.cpuS }),
        ...(exit.maxRssMb === undefined ? {} : { max_rss_mb: exit.maxRssMb }),
      },
      files: changed.slice(0, 1000).map(([path, { bytes, sha256 }]) => ({ path, bytes, sha256 })),
      ...(changed.length > 1000 ? { files_left_out: changed.length - 1000 } : {}),
    });
  }

  asked(body: JsonObject): void {
    this.#append('trial.asked', body);
  }

  /** Closes the chain with the verdict; returns its head. */
  async finish(body: JsonObject): Promise<string> {
    const { hash } = this.#append('trial.finished', body);
    await this.#writer.close();
    return hash;
  }

  #append(type: EventType & `trial.${string}`, body: JsonObject): TraceEvent {
    this.events += 1;
    return this.#writer.append({ type, body });
  }
}
