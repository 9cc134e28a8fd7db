/** Words that say nothing about what to do. */
export const fillers: ReadonlySet<string> = new Set(
  `a an and also after afterwards again all am any are as at available be been before both but by can could data dataset
  datasets do each every everything file files first folder for from give given has have here i image images in into is it its
  just kindly let like make me my need needed new now of on one onto or our out over own please possible put result results
  run runs same scan scans session sessions series should so some subject subjects participant participants that the their them
  then there these they thing things this those through to too tool tools two up use used using want wanted was we well what when
  where which while whole will with within would you your brain mri mr study value values standard default defaults only except
  without no not none never skip omit excluding exclude but apart hz s sec secs second seconds mm millimetre millimetres
  millimeter millimeters tr time series map maps bids cutoff cut off width kernel gaussian sigma fwhm level per across space nifti
  niftis format output other visit visits patient patients between above below than through until rather state task tasks label
  called named about around subject's it's proper properly quick quickly good nice full fully complete completely raw second third
  next finally later if help show tell know how kind type types set sets process processing analyse analyze analysis
  everyone everybody anyone something anything nothing else hi hello hey dear expert experts guys folks pls plz please thx thanks thank wanna gonna id ive im get gets got give gives
  compute computes calculate calculates during bc because cause subs end ends start starts begin scanner scanner's try trying best already
  remove control compare moved volumes values amount obtain produce generate perform performed performing apply applied estimate extract would could did able advance question problem
  collected acquired having atm currently hope cheers regards period frequency frequencies strong strongly gently light fit fits fitting fitted`
    .split(/\s+/)
    .filter((word) => word !== ''),
);

/** Words for kinds of data: they say what a pipeline should work on, not that it should run. */
export const objects: ReadonlySet<string> = new Set([
  'bold',
  'fmri',
  'functional',
  'func',
  'resting',
  'rest',
  'restingstate',
  't1w',
  't1',
  't2w',
  'anat',
  'anatomical',
  'structural',
  'dwi',
  'dti',
  'diffusion',
  'eeg',
  'meg',
  'pet',
  'asl',
  'dicom',
  'dicoms',
  'dcm',
]);

/** Data types and suffixes that a word for data stands for. */
export const objectTypes: ReadonlyMap<string, string> = new Map([
  ['bold', 'func'],
  ['fmri', 'func'],
  ['functional', 'func'],
  ['func', 'func'],
  ['resting', 'func'],
  ['rest', 'func'],
  ['restingstate', 'func'],
  ['t1w', 'anat'],
  ['t1', 'anat'],
  ['t2w', 'anat'],
  ['anat', 'anat'],
  ['anatomical', 'anat'],
  ['structural', 'anat'],
  ['dwi', 'dwi'],
  ['dti', 'dwi'],
  ['diffusion', 'dwi'],
  ['eeg', 'eeg'],
  ['meg', 'meg'],
  ['pet', 'pet'],
  ['asl', 'perf'],
]);

/** Verbs that fit many things: they decide only where nothing else in their clause does. */
export const weakActions: ReadonlySet<string> = new Set(['check', 'verify', 'valid', 'import']);

/** Words that turn what follows off. */
export const negations: ReadonlySet<string> = new Set([
  'without',
  'no',
  'not',
  'never',
  'skip',
  'omit',
  'excluding',
  'exclude',
]);

/** What people ask of neuroimaging software, by the words they use: said to be missing where no pipeline does it. */
export const fieldTerms: readonly { readonly words: readonly string[]; readonly what: string }[] = [
  { words: ['motion', 'realign', 'realignment', 'mcflirt', 'moco'], what: 'head motion correction' },
  { words: ['slicetiming', 'stc'], what: 'slice timing correction' },
  { words: ['topup', 'distortion', 'unwarp', 'undistort', 'sdc'], what: 'distortion correction' },
  { words: ['eddy'], what: 'eddy current correction' },
  {
    words: [
      'register',
      'registration',
      'coregister',
      'coregistration',
      'normalise',
      'normalize',
      'normalisation',
      'normalization',
      'mni',
      'warp',
    ],
    what: 'registration to a template or another image',
  },
  {
    words: [
      'segment',
      'segmentation',
      'parcellate',
      'parcellation',
      'freesurfer',
      'reconall',
      'cortical',
      'thickness',
      'surface',
      'surfaces',
    ],
    what: 'segmentation or surface reconstruction',
  },
  { words: ['skullstrip', 'skullstripping', 'bet', 'extraction', 'brainmask'], what: 'brain extraction' },
  { words: ['bias', 'n4', 'inhomogeneity'], what: 'bias field correction' },
  { words: ['deface', 'defacing', 'anonymise', 'anonymize', 'anonymization'], what: 'defacing' },
  {
    words: [
      'glm',
      'contrast',
      'contrasts',
      'activation',
      'statistics',
      'ttest',
      'anova',
      'regression',
      'model',
    ],
    what: 'statistical modelling',
  },
  {
    words: ['ica', 'melodic', 'aroma', 'confound', 'confounds', 'nuisance', 'scrubbing', 'scrub'],
    what: 'removal of confounds',
  },
  {
    words: ['connectivity', 'connectome', 'connectomes', 'correlation', 'seed', 'network', 'networks'],
    what: 'connectivity',
  },
  { words: ['tensor', 'tensors', 'fa', 'md', 'anisotropy', 'diffusivity'], what: 'diffusion tensor maps' },
  {
    words: ['tractography', 'tractogram', 'tractograms', 'streamlines', 'tracts', 'fibers', 'fibres'],
    what: 'tractography',
  },
  { words: ['csd', 'fod', 'fods', 'deconvolution'], what: 'fibre orientation distributions' },
  { words: ['degibbs', 'gibbs', 'unring', 'unringing', 'ringing'], what: 'removal of Gibbs ringing' },
  {
    words: ['spectrum', 'erp', 'epochs', 'evoked', 'spectral', 'source', 'beamformer'],
    what: 'analysis of electrophysiology',
  },
  {
    words: ['suv', 'suvr', 'kinetic', 'lesion', 'lesions', 'cbf', 'perfusion'],
    what: 'PET, perfusion or lesion measures',
  },
  { words: ['report', 'figures', 'plots', 'html'], what: 'a report' },
  {
    words: ['mvpa', 'decoding', 'decode', 'searchlight', 'classifier', 'classification', 'svm', 'rsa'],
    what: 'decoding of activity patterns',
  },
  {
    words: ['mrs', 'spectroscopy', 'glutamate', 'gaba', 'metabolite', 'metabolites'],
    what: 'MR spectroscopy',
  },
  { words: ['fnirs', 'nirs', 'haemoglobin', 'hemoglobin'], what: 'analysis of fNIRS' },
  {
    words: ['mp2rage', 'relaxometry', 'qmri', 'mtsat', 'r2star', 't2star', 'qsm', 'megre', 'susceptibility'],
    what: 'quantitative maps of relaxation or susceptibility',
  },
  { words: ['reliability', 'retest', 'icc', 'reproducibility'], what: 'test-retest reliability' },
  { words: ['vbm', 'morphometry'], what: 'voxel-based morphometry' },
  { words: ['tbss', 'noddi', 'kurtosis', 'dki'], what: 'this model or analysis of diffusion' },
  { words: ['ppi', 'psychophysiological', 'granger', 'causal', 'causality'], what: 'effective connectivity' },
  { words: ['hfo', 'hfos', 'ripples', 'spike', 'spikes'], what: 'detection of epileptic events' },
  {
    words: ['fmriprep', 'qsiprep', 'mriqc', 'tractoflow', 'cat12', 'fastsurfer'],
    what: 'running that program as a whole',
  },
];

/** Words of parameters, so that typing errors in them are seen. */
export const parameterWords: readonly string[] = [
  'smooth',
  'highpass',
  'lowpass',
  'bandpass',
  'fwhm',
  'sigma',
  'filter',
  'detrend',
  'without',
  'except',
  'participants',
  'subjects',
  'session',
  'only',
  'excluding',
];
