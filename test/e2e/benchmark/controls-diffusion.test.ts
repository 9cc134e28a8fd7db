import { checkControls } from '../../support/check-controls.js';

checkControls(['dwi', 'connectome', 'data', 'integrity']);
