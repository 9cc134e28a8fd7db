import type { Model } from '../agents/model.js';
import { processEnvironment } from '../config/environment.js';
import type { Settings } from '../config/settings.js';
import { NeuroClawError } from '../kernel/errors.js';
import { decideModel, type Policy } from '../planning/policy.js';

/** The model that the settings name; undefined: rules plan, and nothing is sent anywhere. */
export async function modelOf(
  settings: Settings,
  policy: Policy,
  approve: (model: string) => Promise<boolean>,
): Promise<Model | undefined> {
  const { model, modelUrl, modelKeyFile, modelTimeoutS, modelIdleS, tape } = settings;
  if (model === undefined) return undefined;
  const [{ openModel }, { chooseModel }, { findModelKey }] = await Promise.all([
    import('../agents/models/open-model.js'),
    import('../agents/models/providers.js'),
    import('../config/model-key.js'),
  ]);
  // By its whole name: one without a provider, which a server of its own allows, is of the provider `server`.
  const choice = chooseModel(model, modelUrl);
  const name = `${choice.provider}:${choice.model}`;
  const verdict = decideModel(name, policy);
  if (verdict === 'deny' || (verdict === 'ask' && !(await approve(name))))
    throw new NeuroClawError(
      'policy.denied',
      `the policy ${verdict === 'deny' ? 'denies' : 'asks about'} the model ${name}`,
      {
        place: { file: settings.policy, field: 'models' },
        hint: 'choose another model, allow it in the policy, or plan by rules',
      },
    );
  return openModel({
    name: model,
    ...(modelUrl === undefined ? {} : { url: modelUrl }),
    key: (variables) => findModelKey(variables, { env: processEnvironment(), file: modelKeyFile }),
    totalS: modelTimeoutS,
    idleS: modelIdleS,
    ...(tape === undefined ? {} : { tape }),
  });
}
