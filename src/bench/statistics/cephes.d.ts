/** What is used of cephes 3.3.3, whose own declarations its `exports` hide from TypeScript. */
declare module 'cephes' {
  /** Resolved once the library, which is WebAssembly, can be called. */
  export const compiled: Promise<void>;
  export function ndtr(x: number): number;
  export function ndtri(probability: number): number;
  export function stdtri(degrees: number, probability: number): number;
}
