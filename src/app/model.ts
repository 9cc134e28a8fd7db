import type { Model } from '../agents/model.js';
import { processEnvironment } from '../config/environment.js';
import type { Settings } from '../config/settings.js';

/** The model that the settings name; undefined: rules plan, and nothing is sent anywhere. */
export async function modelOf(settings: Settings): Promise<Model | undefined> {
  const { model, modelUrl, modelKeyFile, modelTimeoutS, modelIdleS, tape } = settings;
  if (model === undefined) return undefined;
  const [{ openModel }, { findModelKey }] = await Promise.all([
    import('../agents/models/open-model.js'),
    import('../config/model-key.js'),
  ]);
  return openModel({
    name: model,
    ...(modelUrl === undefined ? {} : { url: modelUrl }),
    key: (variables) => findModelKey(variables, { env: processEnvironment(), file: modelKeyFile }),
    totalS: modelTimeoutS,
    idleS: modelIdleS,
    ...(tape === undefined ? {} : { tape }),
  });
}
