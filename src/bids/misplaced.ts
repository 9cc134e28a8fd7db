import type { Finding } from '../kernel/findings.js';
import type { BidsFile } from './dataset.js';

/** A wrong folder name shows in every file below it: the first ones tell. */
const MOST = 20;

/** Files whose names say another participant or session than their folders: copied or renamed by half. */
export function misplacedFiles(files: readonly BidsFile[]): Finding[] {
  const findings: Finding[] = [];
  let more = 0;
  for (const file of files) {
    for (const key of ['sub', 'ses']) {
      const label = file.entities[key];
      const folder = folderLabel(file.path, key);
      if (label === undefined || folder === undefined || label === folder) continue;
      if (findings.length === MOST) more++;
      else findings.push(misplaced(file.path, `${key}-${label}`, `${key}-${folder}`));
    }
  }
  if (more > 0) {
    findings.push({
      code: 'input.invalid',
      severity: 'error',
      message: `${more} more files have names that disagree with their folders`,
    });
  }
  return findings;
}

/** The label of the folder `sub-` or `ses-` that a path starts with. */
function folderLabel(path: string, key: string): string | undefined {
  const folders = path.split('/', key === 'sub' ? 1 : 2);
  const folder = folders[key === 'sub' ? 0 : 1] ?? '';
  // Without a further separator it is the file itself.
  if (!folder.startsWith(`${key}-`) || folders.join('/').length === path.length) return undefined;
  return folder.slice(key.length + 1);
}

function misplaced(path: string, said: string, folder: string): Finding {
  return {
    code: 'input.invalid',
    severity: 'error',
    message: `the name says ${said} and the folder ${folder}: ${path}`,
    place: { file: path },
    expected: `${folder} in both`,
    suggestion: 'find out whose data they are, then rename the file or move it',
  };
}
