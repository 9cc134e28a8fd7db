import { checkControls } from '../../support/check-controls.js';

checkControls(['fmri', 'smri', 'eeg', 'pet', 'stats', 'ml', 'security', 'tooling']);
