import { encode } from 'fast-png';

/** 0 to 255 each. */
export type Rgb = readonly [number, number, number];

/** A picture in memory, 8 bits for red, green and blue. */
export class Raster {
  readonly width: number;
  readonly height: number;
  readonly #data: Uint8Array;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.#data = new Uint8Array(3 * width * height);
  }

  at(x: number, y: number): Rgb {
    const at = 3 * (x + this.width * y);
    return [this.#data[at] ?? 0, this.#data[at + 1] ?? 0, this.#data[at + 2] ?? 0];
  }

  /** Lays a colour over a pixel; `alpha` 1 replaces it. */
  paint(x: number, y: number, colour: Rgb, alpha = 1): void {
    const at = 3 * (x + this.width * y);
    for (const channel of [0, 1, 2] as const) {
      const under = this.#data[at + channel] ?? 0;
      this.#data[at + channel] = Math.round(under + alpha * (colour[channel] - under));
    }
  }

  /** PNG bytes: the same for the same pixels. Grey pictures are stored as such, in a third of the space. */
  toPng(): Uint8Array {
    const { width, height } = this;
    const grey = this.#data.every((value, at) => value === this.#data[at - (at % 3)]);
    const data = grey ? this.#data.filter((_, at) => at % 3 === 0) : this.#data;
    return encode({ width, height, data, depth: 8, channels: grey ? 1 : 3 }, { zlib: { level: 9 } });
  }
}
