import { readFileSync } from 'node:fs';

const NAMES = /KEY|TOKEN|SECRET|PASSW|CREDENTIAL/i;
/** Names that say a key or token and hold none. */
const HARMLESS = /^(?:SSH_AUTH_SOCK|GPG_AGENT_INFO|.*_KEYRING.*|.*KEYBOARD.*|.*KEYMAP.*)$/i;
/** Shorter values are words, numbers and switches. */
const MINIMUM = 8;

/**
 * Values that must stand in no trace, log of ours, report or export: those of variables that are named as keys, tokens
 * or passwords, and the text of the FreeSurfer licence.
 *
 * @param license the licence file that the settings name, in whatever way
 */
export function secretsOf(
  env: Readonly<Record<string, string | undefined>>,
  license: string | undefined,
): string[] {
  const values = Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && value.length >= MINIMUM && NAMES.test(name) && !HARMLESS.test(name) ? [value] : [],
  );
  for (const file of [license, env['FS_LICENSE']])
    if (file !== undefined && file !== '') values.push(...licenseText(file));
  return [...new Set(values)];
}

function licenseText(file: string): string[] {
  try {
    return licenseSecrets(readFileSync(file, 'utf8'));
  } catch {
    // Not there, or not ours to read: nothing of it can be written anywhere either.
    return [];
  }
}

/**
 * The lines of a licence file that say whose it is or unlock a tool: of eight characters and more. A shorter one is a
 * number such as 12345, which stands by chance in digests and tables.
 */
export function licenseSecrets(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line.length >= MINIMUM);
}
