import { verifyLocked } from '../../environments/lock/manage-lock.js';
import { connectEngine } from '../../environments/runtimes/docker/engine.js';
import { hasErrors } from '../../kernel/findings.js';
import type { CommandContext } from '../context.js';
import { printFindings } from '../render.js';

export async function run({ io, app }: CommandContext, names: string[]): Promise<number> {
  const engine = await connectEngine(app.engineHosts());
  const findings = await verifyLocked(
    engine,
    app.settings.values.lock,
    names.length === 0 ? undefined : names,
  );
  if (io.json) io.data({ ok: !hasErrors(findings), findings });
  else {
    printFindings(findings, io);
    if (findings.length === 0)
      io.line(`${io.style('green', 'ok')}  every locked image is here and is what was locked`);
  }
  return hasErrors(findings) ? 5 : 0;
}
