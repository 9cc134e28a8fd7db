import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadEnvironments } from '../../../../src/environments/registry.js';
import { imageVariables } from '../../../../src/environments/runtimes/docker/image-home.js';
import { projectFolder } from '../../../support/data.js';

describe('variables of an environment in an image', () => {
  const env = { TEMPLATEFLOW_HOME: '{HOME}/.cache/templateflow', LC_ALL: 'C.UTF-8' };

  it('name what the image keeps in its own home, which the home of a job hides', () => {
    expect(imageVariables(env, ['PATH=/usr/bin', 'HOME=/home/fmriprep'])).toEqual({
      TEMPLATEFLOW_HOME: '/home/fmriprep/.cache/templateflow',
      LC_ALL: 'C.UTF-8',
    });
    // Without one it is that of root, as Docker sets it.
    expect(imageVariables(env, [])['TEMPLATEFLOW_HOME']).toBe('/root/.cache/templateflow');
  });

  it('leave alone what the image says itself', () => {
    expect(imageVariables(env, ['HOME=/home/x', 'TEMPLATEFLOW_HOME=/opt/templateflow'])).toEqual({
      LC_ALL: 'C.UTF-8',
    });
  });

  it('are so for every BIDS App: without its templates each would want the network', async () => {
    const { environments } = await loadEnvironments([join(projectFolder, 'environments')]);
    for (const name of ['fmriprep', 'mriqc', 'qsiprep', 'xcp-d'])
      expect(environments.get(name)?.env['TEMPLATEFLOW_HOME']).toBe('{HOME}/.cache/templateflow');
  });
});
