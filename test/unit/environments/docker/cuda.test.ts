import { describe, expect, it } from 'vitest';
import { imageCuda, isTooOld, parseDriver } from '../../../../src/environments/runtimes/docker/cuda.js';

/** The head of what nvidia-smi prints. */
const smi = (driver: string, cuda: string): string =>
  `Tue Nov 24 21:03:11 2026
+---------------------------------------------------------------------------------------+
| NVIDIA-SMI ${driver.padEnd(22)} Driver Version: ${driver.padEnd(12)} CUDA Version: ${cuda.padEnd(8)} |
|-----------------------------------------+----------------------+----------------------+
| GPU  Name                 Persistence-M | Bus-Id        Disp.A | Volatile Uncorr. ECC |
| Fan  Temp   Perf          Pwr:Usage/Cap |         Memory-Usage | GPU-Util  Compute M. |
|   0  Quadro P400                    Off | 00000000:01:00.0 Off |                  N/A |
`;

describe('the NVIDIA driver', () => {
  it('is read from the header of nvidia-smi', () => {
    expect(parseDriver(smi('470.57.02', '11.4'))).toEqual({ version: '470.57.02', cuda: '11.4' });
    expect(parseDriver(smi('535.104.05', 'N/A'))).toEqual({ version: '535.104.05', cuda: undefined });
    expect(
      parseDriver('NVIDIA-SMI has failed because it could not communicate with the driver.'),
    ).toBeUndefined();
  });

  it.each([
    ['470.57.02', '11.4', '12.4', true],
    // One major version: a newer minor one runs.
    ['525.60.13', '12.0', '12.4', false],
    ['450.36.06', '11.0', '11.8', false],
    ['440.33.01', '10.2', '11.0', true],
    // Before CUDA 11 every version wanted its own driver.
    ['418.39', '10.1', '10.2', true],
    ['440.33.01', '10.2', '10.1', false],
    ['580.82.07', '13.0', '12.4', false],
    ['535.104.05', 'N/A', '12.4', false],
  ])('%s, for CUDA %s, with programs of CUDA %s: too old is %s', (driver, cuda, needed, expected) => {
    expect(isTooOld(parseDriver(smi(driver, cuda))!, needed)).toBe(expected);
  });
});

describe('the CUDA of an image', () => {
  it('stands in its variables', () => {
    expect(imageCuda(['PATH=/usr/bin', 'CUDA_VERSION=12.4.1'])).toBe('12.4');
    expect(imageCuda(['NVIDIA_REQUIRE_CUDA=cuda>=11.8 brand=tesla,driver>=470,driver<471'])).toBe('11.8');
    expect(imageCuda(['PATH=/usr/bin'])).toBeUndefined();
  });
});
