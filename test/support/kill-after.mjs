// Preloaded with `node --import`: the process kills itself at once after it has written what KILL_AFTER matches.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const write = fs.writeSync;
const pattern = new RegExp(process.env['KILL_AFTER'] ?? '^$');
fs.writeSync = (descriptor, data, ...rest) => {
  const written = write(descriptor, data, ...rest);
  if (pattern.test(typeof data === 'string' ? data : Buffer.from(data).toString('utf8'))) {
    fs.fsyncSync(descriptor);
    process.kill(process.pid, 'SIGKILL');
  }
  return written;
};
syncBuiltinESMExports();
