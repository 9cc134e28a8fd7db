import { sha256OfJson } from '../../../kernel/json.js';

/** The fields of an image's configuration that decide what a tool in it does. */
export interface ImageConfig {
  readonly Os: string;
  readonly Architecture: string;
  readonly Variant?: string | undefined;
  readonly RootFS: { readonly Layers?: readonly string[] | null | undefined };
  readonly Config?:
    | {
        readonly Env?: readonly string[] | null | undefined;
        readonly Entrypoint?: string | readonly string[] | null | undefined;
        readonly WorkingDir?: string | undefined;
        readonly User?: string | undefined;
      }
    | null
    | undefined;
}

/** `linux/amd64`, with the variant where there is one (`linux/arm64/v8`). */
export function imagePlatform(image: ImageConfig): string {
  return [image.Os, image.Architecture, image.Variant].filter(Boolean).join('/');
}

/**
 * Identity of an environment in a container: the same for pulled and built images, and for the same root file system
 * imported twice (which has two image ids). Labels, history, dates and names are not in it.
 *
 * @returns lower-case hex SHA-256 of the canonical JSON of layers, Env, Entrypoint, WorkingDir, User and platform
 */
export function imageIdentity(image: ImageConfig): string {
  const config = image.Config ?? {};
  const entrypoint = config.Entrypoint ?? [];
  return sha256OfJson({
    layers: image.RootFS.Layers ?? [],
    Env: config.Env ?? [],
    Entrypoint: typeof entrypoint === 'string' ? [entrypoint] : entrypoint,
    WorkingDir: config.WorkingDir ?? '',
    User: config.User ?? '',
    platform: imagePlatform(image),
  });
}
