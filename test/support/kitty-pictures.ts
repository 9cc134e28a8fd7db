/** The pictures that kitty's graphics sequences in the output of a program hold, put together from their pieces. */
export function kittyPictures(output: string): Buffer[] {
  const pictures: Buffer[] = [];
  let data = '';

  for (const [, control = '', piece = ''] of output.matchAll(/\x1b_G([^;]*);([^\x1b]*)\x1b\\/g)) {
    data += piece;
    if (/(^|,)m=1(,|$)/.test(control)) continue;
    pictures.push(Buffer.from(data, 'base64'));
    data = '';
  }
  return pictures;
}
