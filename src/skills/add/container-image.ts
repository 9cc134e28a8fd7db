import { isJsonObject, type JsonValue } from '../../kernel/json.js';

/** An image that a descriptor names, as a container engine pulls it. */
export interface ContainerImage {
  readonly reference: string;
  /** `sha256:<64 hex>`; absent where only a tag is named, which may move. */
  readonly digest?: string;
}

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/**
 * Reads `container-image` of Boutiques (types docker, and singularity where the image is one of Docker). Undefined where
 * there is none that a container engine can pull: shub, rootfs, a file.
 */
export function containerImage(value: unknown): ContainerImage | undefined {
  const image = value as JsonValue | undefined;
  if (!isJsonObject(image) || typeof image['image'] !== 'string') return undefined;
  const index = typeof image['index'] === 'string' ? image['index'] : '';
  if (image['type'] === 'singularity' && !/^(docker:\/\/|$)/.test(index)) return undefined;
  if (image['type'] !== 'docker' && image['type'] !== 'singularity') return undefined;
  const name = image['image'].replace(/^docker:\/\//, '');
  if (/^[a-z]+:\/\//.test(name) || name.startsWith('/') || /\.(simg|sif|img)$/.test(name)) return undefined;
  const host = index.replace(/^[a-z]+:\/\//, '').replace(/\/+$/, '');
  const here = host === '' || /(^|\.)docker\.(io|com)$/.test(host) || name.startsWith(`${host}/`);
  const [reference = '', inName] = (here ? name : `${host}/${name}`).split('@');
  const said = inName ?? image['container-hash'];
  const digest = typeof said === 'string' && DIGEST.test(said) ? said : undefined;
  return { reference, ...(digest === undefined ? {} : { digest }) };
}
