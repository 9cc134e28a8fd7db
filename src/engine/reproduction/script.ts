import type { Reproduction } from './record.js';

/** Ends the record in the script; JSON on one line cannot hold a line of its own. */
const MARK = 'END_OF_RECORD';

/**
 * A POSIX script that runs a finished run again. It holds everything but the data and NeuroClaw itself, so that it can
 * be sent alone, and leaves to `neuroclaw reproduce` what needs more than a shell.
 */
export function reproductionScript(record: Reproduction): string {
  const { run, version, places, environments } = record;
  const beside = places.filter(({ name }) => name !== 'data');
  const options = beside.map(({ name }) => ` --place ${name}=PATH`).join('');
  const host = environments.some(({ runtime }) => runtime === 'host');
  const notes = [
    `# Runs again what the run ${run} of NeuroClaw ${version} did, with the same plan and the same locked`,
    '# environments, and says whether every job has the same key. Nothing runs where the data differ.',
    '#',
    `#   sh reproduce.sh DATA [OUT]${options}${host ? ' --allow-host' : ''}`,
    '#',
    '# DATA  folder of the data    OUT  folder for the results (default: reproduced)',
    ...beside.map(({ name, about }) => `# --place ${name}=PATH  ${about}`),
    ...(host ? ['# --allow-host  the run used tools found on PATH, and so does this'] : []),
    '# NEUROCLAW names the program where it is not `neuroclaw` on the PATH.',
  ];
  return `#!/bin/sh
${notes.join('\n')}
set -eu

wanted='${version}'
neuroclaw=\${NEUROCLAW:-neuroclaw}

case "\${1:-}" in
  '' | -*)
    echo "usage: sh reproduce.sh DATA [OUT]${options}" >&2
    exit 2
    ;;
esac
data=$1
shift
out=reproduced
case "\${1:-}" in
  '' | -*) ;;
  *)
    out=$1
    shift
    ;;
esac

if ! found=$("$neuroclaw" --version); then
  echo "reproduce.sh: $neuroclaw does not start; install NeuroClaw $wanted, or name it in NEUROCLAW" >&2
  exit 5
fi
if [ "$found" != "$wanted" ]; then
  echo "reproduce.sh: the run was made by NeuroClaw $wanted, and $neuroclaw is $found" >&2
  exit 5
fi

mkdir -p "$out"
cat >"$out/reproduction.json" <<'${MARK}'
${JSON.stringify(record)}
${MARK}
exec "$neuroclaw" reproduce "$out/reproduction.json" --data "$data" --out "$out" --yes "$@"
`;
}
