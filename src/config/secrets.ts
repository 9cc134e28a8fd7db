import { readFileSync } from 'node:fs';

const NAMES = /KEY|TOKEN|SECRET|PASSW|CREDENTIAL/i;
/** Names that say a key or token and hold none. */
const HARMLESS = /^(?:SSH_AUTH_SOCK|GPG_AGENT_INFO|.*_KEYRING.*|.*KEYBOARD.*|.*KEYMAP.*)$/i;
/** Shorter values are words, numbers and switches. */
const MINIMUM = 8;

/**
 * Values that must stand in no trace, log of ours, report or export: those of variables that are named as keys, tokens
 * or passwords, and the text of the FreeSurfer licence that `FS_LICENSE` names.
 */
export function secretsOf(env: Readonly<Record<string, string | undefined>>): string[] {
  const values = Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && value.length >= MINIMUM && NAMES.test(name) && !HARMLESS.test(name) ? [value] : [],
  );
  const license = env['FS_LICENSE'];
  if (license !== undefined && license !== '') values.push(...licenseText(license));
  return [...new Set(values)];
}

function licenseText(file: string): string[] {
  try {
    return [readFileSync(file, 'utf8')];
  } catch {
    // Not there, or not ours to read: nothing of it can be written anywhere either.
    return [];
  }
}
