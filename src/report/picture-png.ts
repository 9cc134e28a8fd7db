import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

export interface RasterPicture {
  readonly png: Uint8Array;
  /** In pixels. */
  readonly width: number;
  readonly height: number;
}

const require = createRequire(import.meta.url);
const FAMILY = 'DejaVu Sans';

let engine: Promise<(svg: string, width: number) => RasterPicture> | undefined;

/**
 * Draws an SVG into a PNG of that width in pixels, on white where it says nothing. Letters come from a font of the
 * package, so that left and right are marked on machines without fonts too. Nothing that the SVG names is fetched, and of
 * pictures that move the last layer is drawn. Throws the message of the renderer for what is no SVG.
 */
export async function pictureAsPng(svg: string, width: number): Promise<RasterPicture> {
  engine ??= load();
  return (await engine)(svg, width);
}

async function load(): Promise<(svg: string, width: number) => RasterPicture> {
  const { Resvg, initWasm } = await import('@resvg/resvg-wasm');
  await initWasm(readFileSync(require.resolve('@resvg/resvg-wasm/index_bg.wasm')));
  const fontBuffers = [readFileSync(require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'))];
  const font = { fontBuffers, defaultFontFamily: FAMILY, sansSerifFamily: FAMILY };
  return (svg, width) => {
    const drawing = new Resvg(svg, { fitTo: { mode: 'width', value: width }, background: '#fff', font });
    try {
      const image = drawing.render();
      try {
        return { png: image.asPng(), width: image.width, height: image.height };
      } finally {
        image.free();
      }
    } finally {
      drawing.free();
    }
  };
}
