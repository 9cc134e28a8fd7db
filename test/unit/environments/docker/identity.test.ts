import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  imageIdentity,
  imagePlatform,
  type ImageConfig,
} from '../../../../src/environments/runtimes/docker/identity.js';

const image: ImageConfig = {
  Os: 'linux',
  Architecture: 'amd64',
  RootFS: { Layers: ['sha256:aa', 'sha256:bb'] },
  Config: { Env: ['A=1', 'B=2'], Entrypoint: ['/run'], WorkingDir: '/w', User: 'u' },
};

describe('the identity of an image', () => {
  it('is the hash of its canonical configuration', () => {
    const canonical =
      '{"Entrypoint":["/run"],"Env":["A=1","B=2"],"User":"u","WorkingDir":"/w",' +
      '"layers":["sha256:aa","sha256:bb"],"platform":"linux/amd64"}';
    expect(imageIdentity(image)).toBe(createHash('sha256').update(canonical).digest('hex'));
  });

  it('does not depend on names, dates, ids or labels', () => {
    const named = {
      ...image,
      Id: 'sha256:1',
      Created: 'today',
      RepoTags: ['a:b'],
      Config: { ...image.Config, Labels: { x: 'y' } },
    };
    expect(imageIdentity(named)).toBe(imageIdentity(image));
  });

  it('reads what an engine leaves out as empty', () => {
    const bare = { Os: 'linux', Architecture: 'amd64', RootFS: { Layers: ['sha256:aa'] } };
    const nulls = { ...bare, Variant: '', Config: { Env: null, Entrypoint: null, WorkingDir: '', User: '' } };
    expect(imageIdentity(nulls)).toBe(imageIdentity(bare));
  });

  it.each<[string, ImageConfig]>([
    ['another layer', { ...image, RootFS: { Layers: ['sha256:aa', 'sha256:cc'] } }],
    ['layers in another order', { ...image, RootFS: { Layers: ['sha256:bb', 'sha256:aa'] } }],
    ['another variable', { ...image, Config: { ...image.Config, Env: ['A=1', 'B=3'] } }],
    ['another entrypoint', { ...image, Config: { ...image.Config, Entrypoint: ['/other'] } }],
    ['another working folder', { ...image, Config: { ...image.Config, WorkingDir: '/x' } }],
    ['another user', { ...image, Config: { ...image.Config, User: 'root' } }],
    ['another processor', { ...image, Architecture: 'arm64' }],
    ['another variant of a processor', { ...image, Variant: 'v8' }],
  ])('changes with %s', (_, other) => {
    expect(imageIdentity(other)).not.toBe(imageIdentity(image));
  });

  it('spells a platform as registries do', () => {
    expect(imagePlatform({ ...image, Architecture: 'arm64', Variant: 'v8' })).toBe('linux/arm64/v8');
  });
});
