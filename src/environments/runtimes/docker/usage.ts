import type { Container } from 'dockerode';
import type { Readable } from 'node:stream';
import { jsonLines } from './json-lines.js';

/** Jobs that end sooner are not sampled: a sample costs the engine more than such a job. */
const firstSampleMs = 1000;
const mebibyte = 1024 * 1024;

export interface Usage {
  readonly cpuS?: number;
  /** Largest resident memory seen, without the page cache that can be dropped. Samples are one second apart. */
  readonly maxRssMb?: number;
}

interface Sample {
  readonly cpu_stats?: { readonly cpu_usage?: { readonly total_usage?: number } };
  readonly memory_stats?: {
    readonly usage?: number;
    readonly stats?: { readonly inactive_file?: number; readonly total_inactive_file?: number };
  };
}

/** Samples what a container uses until `stop` is called. */
export function sampleUsage(container: Container): { stop(): Usage } {
  let stream: Readable | undefined;
  let stopped = false;
  let cpuS: number | undefined;
  let maxRssMb: number | undefined;

  async function sample(): Promise<void> {
    stream = (await container.stats({ stream: true })) as Readable;
    if (stopped) stream.destroy();
    for await (const line of jsonLines(stream)) {
      const { cpu_stats: cpu, memory_stats: memory } = line as Sample;
      if (cpu?.cpu_usage?.total_usage) cpuS = cpu.cpu_usage.total_usage / 1e9;
      if (memory?.usage !== undefined) {
        const cache = memory.stats?.total_inactive_file ?? memory.stats?.inactive_file ?? 0;
        maxRssMb = Math.max(maxRssMb ?? 0, (memory.usage - cache) / mebibyte);
      }
    }
  }
  // Usage informs; a job never fails for want of it.
  const timer = setTimeout(() => void sample().catch(() => undefined), firstSampleMs);

  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
      stream?.destroy();
      return { ...(cpuS === undefined ? {} : { cpuS }), ...(maxRssMb === undefined ? {} : { maxRssMb }) };
    },
  };
}
