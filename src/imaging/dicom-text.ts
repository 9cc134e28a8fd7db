/** WHATWG names of the character sets of DICOM (PS3.3, table C.12-2 to C.12-5); what is not here is read as Latin-1. */
const labels: Readonly<Record<string, string>> = {
  'ISO_IR 100': 'iso-8859-1',
  'ISO_IR 101': 'iso-8859-2',
  'ISO_IR 109': 'iso-8859-3',
  'ISO_IR 110': 'iso-8859-4',
  'ISO_IR 126': 'iso-8859-7',
  'ISO_IR 127': 'iso-8859-6',
  'ISO_IR 138': 'iso-8859-8',
  'ISO_IR 144': 'iso-8859-5',
  'ISO_IR 148': 'windows-1254',
  'ISO_IR 166': 'windows-874',
  'ISO_IR 13': 'shift_jis',
  'ISO_IR 192': 'utf-8',
  'ISO 2022 IR 87': 'iso-2022-jp',
  'ISO 2022 IR 149': 'euc-kr',
  GB18030: 'gb18030',
  GBK: 'gbk',
};

/** Text of an element, without padding, as SpecificCharacterSet says. Nothing said and no ASCII: UTF-8, else Latin-1. */
export function dicomText(bytes: Uint8Array, characterSet: string): string {
  const sets = characterSet.split('\\').map((set) => set.trim());
  const known = sets.map((set) => labels[set]).filter((label) => label !== undefined);
  return decode(bytes, known.at(-1))
    .replace(/\0[\s\S]*$/, '')
    .trim();
}

function decode(bytes: Uint8Array, label: string | undefined): string {
  if (label !== undefined) return new TextDecoder(label).decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('iso-8859-1').decode(bytes);
  }
}
