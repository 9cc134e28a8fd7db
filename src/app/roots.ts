import { fileURLToPath } from 'node:url';

/** Folders of data that the package ships: the same relative to src/ and to dist/. */
export const shippedSkills = fileURLToPath(new URL('../../skills', import.meta.url));
export const shippedAgents = fileURLToPath(new URL('../../agents', import.meta.url));
export const shippedEnvironments = fileURLToPath(new URL('../../environments', import.meta.url));
