// What the usage of MRtrix3's programs does not say and a skill needs: which texts are files, where a name without a type
// stands for an image, which results have a grid or may hold NaN. One entry a program; a program without one is generated
// from its usage alone, and a type that nobody explains stops the generator.

/** Never generated, with the reason. */
export const leftOut = {
  '5ttgen': 'one skill per algorithm',
  dcmedit: 'edits DICOM files in place: raw data are never written',
  dwi2fod: 'pairs of responses and outputs: mrtrix3/dwi2fod-csd, -msmt2 and -msmt3',
  dwi2response: 'one skill per algorithm',
  dwibiascorrect: 'one skill per algorithm',
  dwinormalise: 'one skill per algorithm',
  mrcalc: 'a stack of operands: mrtrix3/mrcalc is written by hand',
  mtnormalise: 'pairs of inputs and outputs: mrtrix3/mtnormalise is written by hand',
  shbasis: 'converts images in place; without that it only prints a guess',
  dirmerge: 'b-values and files alternate in its arguments',
  fixelconvert: 'only for the format that fixel directories replaced',
  fixelfilter: 'its result has to lie in a fixel directory that is there already',
  mrclusterstats: 'the names of its results depend on the design: written by hand',
  connectomestats: 'the names of its results depend on the design: written by hand',
  vectorstats: 'the names of its results depend on the design: written by hand',
  fixelcfestats: 'its cohort lies in the fixel directory: written by hand',
  mrregister: 'pairs of images and outputs: written by hand',
  shconv: 'images and responses alternate: written by hand',
  transformconvert: 'each operation reads other inputs: mrtrix3/transformconvert-itk',
  transformcompose: 'makes a text or an image, by the name of its output: mrtrix3/transformcompose-warp',
};

/** Programs that choose an algorithm with their first argument. */
export const algorithms = {
  '5ttgen': ['freesurfer', 'fsl', 'gif', 'hsvs'],
  dwi2response: ['dhollander', 'fa', 'manual', 'msmt_5tt', 'tax', 'tournier'],
  dwibiascorrect: ['ants', 'fsl'],
  dwinormalise: ['group', 'individual'],
};

/** Options that no skill offers: the runtime's own, and what travels in the header of an image. */
export const commonLeftOut = new Set([
  'info',
  'quiet',
  'debug',
  'force',
  'config',
  'help',
  'version',
  'nthreads',
  'nocleanup',
  'scratch',
  'continue',
  'grad',
  'fslgrad',
  'import_pe_table',
  'import_pe_eddy',
  'export_pe_table',
  'export_pe_eddy',
  'export_grad_mrtrix',
  'export_grad_fsl',
  'strides',
]);

const image = { file: 'mif' };
const images = { file: 'mif', list: true };
const text = { file: 'text' };
const folder = { file: 'folder' };
const integer = { type: 'Number', integer: true };
const number = { type: 'Number' };
const numbers = { type: 'Number', list: true };
const integers = { type: 'Number', integer: true, list: true };
const flag = { type: 'Flag' };
const string = { type: 'String' };
const choice = (...choices) => ({ type: 'String', choices });
const off = { off: true };
const imageOut = { out: 'mif' };
const textOut = { out: 'text' };
const csvOut = { out: 'csv' };
const tsfOut = { out: 'tsf' };
const meshOut = { out: 'mesh' };
const folderOut = { out: 'folder' };
const fixelOut = { out: 'folder', checks: [{ check: 'fixel.directory' }] };
/** A data file inside a fixel directory, which MRtrix3 finds by the index beside it. */
const fixelData = { fixel: true };

const dwiResponse = (own) => ({
  arguments: {
    input: image,
    output: { ...textOut, checks: [{ check: 'response.coefficients', args: { tissues: 1 } }] },
  },
  options: { mask: image, voxels: imageOut, shells: numbers, lmax: integers, ...own },
});
const fiveTissues = { ...imageOut, checks: [{ check: 'act.tissues' }] };

/**
 * @type {Record<string, {
 *   arguments?: Record<string, object>, options?: Record<string, object>, grid?: string, nan?: boolean, stdout?: string,
 *   oneOf?: string[], needs?: string, determinism?: string, about?: string,
 * }>}
 */
export const programs = {
  '5tt2gmwmi': {
    grid: '5tt_in',
    about: 'The result is no mask of zeros and ones: its values weight the seeds.',
  },
  '5tt2vis': { grid: 'input' },
  '5ttcheck': {
    stdout: 'text',
    silent: true,
    about: 'Prints nothing where all is well; an image that is no 5TT ends it with an error.',
    options: { voxels: off },
  },
  '5ttedit': { grid: 'input', arguments: { output: fiveTissues } },
  '5ttgen freesurfer': {
    needs:
      "a table that Debian's package of MRtrix3 leaves out (FreeSurfer2ACT.txt): in this environment it ends with an error that says so.",
    arguments: { input: image, output: fiveTissues },
    options: { lut: text },
  },
  '5ttgen fsl': {
    needs: 'FSL (first, fast, bet), which this environment does not offer: give a 5TT image made elsewhere.',
    arguments: { input: image, output: fiveTissues },
    options: { t2: image, mask: image },
  },
  '5ttgen gif': { arguments: { input: image, output: fiveTissues } },
  '5ttgen hsvs': {
    needs:
      'FSL or FreeSurfer beside the subject folder, which this environment does not offer: give a 5TT image made elsewhere.',
    arguments: { input: folder, output: fiveTissues },
    options: {
      template: image,
      hippocampi: choice('subfields', 'first', 'aseg'),
      thalami: choice('nuclei', 'first', 'aseg'),
      white_stem: flag,
    },
  },
  afdconnectivity: { stdout: 'text' },
  amp2response: { arguments: { directions: image } },
  amp2sh: { grid: 'amp' },
  connectome2tck: {
    arguments: {
      tracks_in: { file: 'tck' },
      prefix_out: { literal: '/out/bundles.tck', out: 'tck', id: 'tracks' },
    },
    options: {
      files: { ...choice('single'), default: 'single' },
      exemplars: image,
      prefix_tck_weights_out: off,
    },
    about:
      'One file holds all chosen edges (`-files single`): one per edge has names that depend on the data.',
  },
  connectomeedit: {
    arguments: { input: text, output: { ...csvOut, checks: [{ check: 'matrix.square' }] } },
  },
  dcminfo: { arguments: { file: { file: 'any' } }, options: { tag: off }, stdout: 'text' },
  dirstat: { options: { output: string }, stdout: 'text' },
  dwi2adc: { grid: 'input', nan: true },
  dwi2mask: { grid: 'input', arguments: { output: { ...imageOut, checks: [{ check: 'mif.binary' }] } } },
  dwi2tensor: { grid: 'dwi', nan: true },
  'dwi2response dhollander': {
    arguments: { input: image, out_sfwm: textOut, out_gm: textOut, out_csf: textOut },
    options: {
      mask: image,
      voxels: imageOut,
      shells: numbers,
      lmax: integers,
      wm_algo: choice('fa', 'tax', 'tournier'),
    },
  },
  'dwi2response fa': dwiResponse({}),
  'dwi2response manual': {
    ...dwiResponse({ dirs: image }),
    arguments: { ...dwiResponse({}).arguments, in_voxels: image },
  },
  'dwi2response msmt_5tt': {
    arguments: { input: image, in_5tt: image, out_wm: textOut, out_gm: textOut, out_csf: textOut },
    options: {
      mask: image,
      voxels: imageOut,
      shells: numbers,
      lmax: integers,
      dirs: image,
      wm_algo: choice('tax', 'tournier'),
    },
  },
  'dwi2response tax': dwiResponse({}),
  'dwi2response tournier': dwiResponse({}),
  'dwibiascorrect ants': {
    needs:
      'N4BiasFieldCorrection of ANTs, which this environment does not offer: the environment mrtrix3-ants does.',
    arguments: { input: image, output: imageOut },
    options: { mask: image, bias: imageOut, 'ants.b': string, 'ants.c': string, 'ants.s': string },
    grid: 'input',
  },
  'dwibiascorrect fsl': {
    needs: 'fast of FSL, which this environment does not offer.',
    arguments: { input: image, output: imageOut },
    options: { mask: image, bias: imageOut },
    grid: 'input',
  },
  dwicat: { arguments: { inputs: { ...images, least: 2 }, output: imageOut }, options: { mask: image } },
  dwidenoise: { grid: 'dwi' },
  dwigradcheck: {
    arguments: { input: image },
    options: {
      mask: image,
      number: integer,
      export_grad_fsl: off,
      export_grad_mrtrix: { ...textOut, always: true },
    },
  },
  'dwinormalise group': {
    arguments: {
      input_dir: folder,
      mask_dir: folder,
      output_dir: folderOut,
      fa_template: imageOut,
      wm_mask: imageOut,
    },
  },
  'dwinormalise individual': {
    arguments: { input_dwi: image, input_mask: image, output_dwi: imageOut },
    options: { intensity: number, percentile: integer },
    grid: 'input_dwi',
  },
  dwishellmath: {
    arguments: {
      input: image,
      operation: choice(
        'mean',
        'median',
        'sum',
        'product',
        'rms',
        'norm',
        'var',
        'std',
        'min',
        'max',
        'absmax',
        'magmax',
      ),
      output: imageOut,
    },
    grid: 'input',
  },
  dwiextract: { grid: 'input' },
  fixel2peaks: { arguments: { in: fixelData }, nan: true },
  fixel2sh: { arguments: { fixel_in: fixelData } },
  fixel2tsf: { arguments: { fixel_in: fixelData, tsf: tsfOut } },
  fixel2voxel: { arguments: { fixel_in: fixelData }, options: { weighted: off } },
  fixelcfestats: {
    arguments: {
      in_fixel_directory: folder,
      subjects: { ...string, within: 'in_fixel_directory' },
      connectivity: folder,
      out_fixel_directory: {
        out: 'folder',
        checks: [{ check: 'folder.images', args: { required: ['index.mif', 'directions.mif'] } }],
      },
    },
    determinism: 'tolerance',
  },
  fixelconnectivity: {
    arguments: {
      matrix: {
        out: 'folder',
        checks: [{ check: 'folder.images', args: { required: ['index.mif', 'fixels.mif', 'values.mif'] } }],
      },
    },
  },
  fixelcorrespondence: {
    arguments: {
      subject_data: fixelData,
      output_directory: fixelOut,
      output_data: { literal: 'data.mif' },
    },
  },
  fixelcrop: {
    arguments: {
      input_fixel_mask: { ...string, within: 'input_fixel_directory' },
      output_fixel_directory: fixelOut,
    },
  },
  fixelreorient: { arguments: { fixel_out: fixelOut } },
  fod2dec: { grid: 'input', nan: true },
  fod2fixel: {
    arguments: { fixel_directory: fixelOut },
    options: {
      afd: { literal: 'afd.mif' },
      peak_amp: { literal: 'peak_amp.mif' },
      disp: { literal: 'disp.mif' },
      nii: off,
    },
  },
  label2colour: { grid: 'nodes_in' },
  label2mesh: { arguments: { mesh_out: meshOut } },
  labelconvert: {
    grid: 'path_in',
    arguments: { image_out: { ...imageOut, checks: [{ check: 'mif.labels' }] } },
  },
  labelsgmfix: {
    needs: 'FSL (first), which this environment does not offer.',
    arguments: {
      parc: image,
      t1: image,
      lut: text,
      output: { ...imageOut, checks: [{ check: 'mif.labels' }] },
    },
  },
  labelstats: {
    stdout: 'text',
    options: { voxelspace: { always: true } },
    about: 'Centres are in voxels (0 is the first): in mm, version 3.0.3 forgets the size of the voxels.',
  },
  maskdump: { arguments: { output: { ...textOut, required: true } } },
  maskfilter: { grid: 'input' },
  mesh2voxel: {
    arguments: {
      source: { file: 'mesh' },
      output: { ...imageOut, checks: [{ check: 'mif.range', args: { minimum: 0, maximum: 1 } }] },
    },
    grid: 'template',
  },
  meshconvert: { arguments: { input: { file: 'mesh' }, output: meshOut } },
  meshfilter: { arguments: { input: { file: 'mesh' }, output: meshOut } },
  mraverageheader: { nan: true },
  mrcentroid: {
    stdout: 'text',
    options: { voxelspace: { always: true } },
    about:
      'The place is in voxels (0 is the first). In mm, version 3.0.3 forgets the size of the voxels: a mask of 2 mm is off by half of its distance to the corner.',
  },
  mrcheckerboardmask: { grid: 'input' },
  mrcolour: { grid: 'input' },
  mrconvert: {
    options: {
      copy_properties: off,
      bvalue_scaling: off,
      set_property: off,
      append_property: off,
      json_export: { out: 'json' },
    },
    nan: true,
    about:
      'Formats of other tools: mrtrix3/mrconvert-export, mrtrix3/mrconvert-export-dwi and mrtrix3/mrconvert-import-dwi.',
  },
  mrdump: { arguments: { output: { ...textOut, required: true } } },
  mredit: { arguments: { output: { ...imageOut, required: true } }, grid: 'input', nan: true },
  mrfilter: { grid: 'input' },
  mrdegibbs: { grid: 'in' },
  mrgrid: { options: { oversample: integers } },
  mrhistmatch: { grid: 'input' },
  mrhistogram: {
    arguments: { hist: csvOut },
    about: 'Version 3.0.3 leaves voxels of the highest value out of the last bin.',
  },
  mrinfo: {
    arguments: { image: { ...image, list: false } },
    options: {
      // What prints: the JSON has all of it.
      all: off,
      name: off,
      format: off,
      ndim: off,
      size: off,
      spacing: off,
      datatype: off,
      offset: off,
      multiplier: off,
      transform: off,
      property: off,
      dwgrad: off,
      shell_bvalues: off,
      shell_sizes: off,
      shell_indices: off,
      petable: off,
      bvalue_scaling: off,
      nodelete: off,
      json_keyval: off,
      json_all: { out: 'json', always: true },
    },
  },
  mrmath: { nan: true },
  mrmetric: { stdout: 'text' },
  mrstats: { stdout: 'text' },
  mrthreshold: { arguments: { output: { ...imageOut, required: true } }, grid: 'input', nan: true },
  mrtransform: { options: { reorient_fod: choice('yes', 'no') }, nan: true },
  peaks2amp: { grid: 'directions', nan: true },
  peaks2fixel: { arguments: { fixels: fixelOut }, options: { dataname: { literal: 'amp.mif' } } },
  population_template: {
    arguments: { input_dir: folder, template: imageOut },
    options: {
      type: choice(
        'rigid',
        'affine',
        'nonlinear',
        'rigid_affine',
        'rigid_nonlinear',
        'affine_nonlinear',
        'rigid_affine_nonlinear',
      ),
      voxel_size: numbers,
      initial_alignment: choice('mass', 'robust_mass', 'geometric', 'none'),
      mask_dir: folder,
      warp_dir: folderOut,
      transformed_dir: folderOut,
      linear_transformations_dir: folderOut,
      template_mask: imageOut,
      leave_one_out: choice('0', '1', 'auto'),
      aggregate: choice('mean', 'median'),
      aggregation_weights: text,
      nl_scale: numbers,
      nl_lmax: integers,
      nl_niter: integers,
      nl_update_smooth: number,
      nl_disp_smooth: number,
      nl_grad_step: number,
      linear_estimator: choice('l1', 'l2', 'lp'),
      rigid_scale: numbers,
      rigid_lmax: integers,
      rigid_niter: integers,
      affine_scale: numbers,
      affine_lmax: integers,
      affine_niter: integers,
      mc_weight_initial_alignment: off,
      mc_weight_rigid: off,
      mc_weight_affine: off,
      mc_weight_nl: off,
    },
    nan: true,
    about: 'One contrast: several would need as many folders and templates.',
  },
  responsemean: { arguments: { inputs: { file: 'text', list: true }, output: textOut } },
  sh2amp: { grid: 'input' },
  sh2peaks: { grid: 'SH', nan: true, options: { direction: off } },
  sh2power: { grid: 'SH' },
  tck2connectome: {
    options: { scale_file: text },
    arguments: { connectome_out: csvOut },
    about: 'Which assignment is right is no detail: the default searches 4 mm around each end.',
  },
  tck2fixel: {
    arguments: { fixel_folder_out: fixelOut, fixel_data_out: { literal: 'tdi.mif' } },
  },
  tckconvert: {
    arguments: {
      input: { file: 'tck' },
      output: {
        out: 'any',
        ext: 'vtk',
        checks: [{ check: 'file.starts-with', args: { text: '# vtk DataFile' } }],
      },
    },
    options: { sides: off, increment: off, dec: off, radius: off },
    about: 'Writes VTK. PLY and RIB, for renderers, are left out.',
  },
  tckdfc: { arguments: { tracks: { file: 'tck' } }, options: { dynamic: { pairOnce: true } }, nan: true },
  tckedit: {
    options: {
      include: images,
      include_ordered: images,
      exclude: images,
      mask: images,
      tck_weights_in: text,
    },
    about: 'Regions are images; spheres by their coordinates are left out.',
  },
  tckgen: {
    options: {
      include: images,
      include_ordered: images,
      exclude: images,
      mask: images,
      seed_sphere: off,
      seed_image: images,
      seed_rejection: images,
      seed_gmwmi: image,
      seed_random_per_voxel: off,
      seed_grid_per_voxel: off,
    },
    determinism: 'bitwise-single-thread',
  },
  tckglobal: { options: { riso: { file: 'text', list: true } }, determinism: 'tolerance' },
  tckinfo: { stdout: 'text', arguments: { tracks: { file: 'tck', list: false } } },
  tckmap: { arguments: { tracks: { file: 'tck' } }, options: { dixel: off } },
  tckresample: { options: { line: off, arc: off } },
  tcksample: { arguments: { values: { ...textOut } } },
  tcksift: { options: { output_at_counts: off, output_debug: off, csv: csvOut } },
  tcksift2: { options: { output_debug: off, csv: csvOut } },
  tckstats: { stdout: 'text' },
  tensor2metric: { grid: 'tensor', nan: true },
  transformcalc: { arguments: { inputs: { file: 'text', list: true } } },
  tsfdivide: { arguments: { input1: { file: 'tsf' }, input2: { file: 'tsf' }, output: tsfOut } },
  tsfinfo: { arguments: { tracks: { file: 'tsf', list: false } }, options: { ascii: off }, stdout: 'text' },
  tsfmult: { arguments: { input1: { file: 'tsf', twice: ['input1', 'input2'] }, output: tsfOut } },
  tsfsmooth: { arguments: { input: { file: 'tsf' }, output: tsfOut } },
  tsfthreshold: { arguments: { input: { file: 'tsf' }, output: tsfOut } },
  tsfvalidate: {
    silent: true,
    about: 'Prints nothing where all is well; values of another tractogram end it with an error.',
    arguments: { tsf: { file: 'tsf' }, tracks: { file: 'tck' } },
    stdout: 'text',
  },
  voxel2fixel: {
    arguments: { fixel_directory_out: fixelOut, fixel_data_out: { literal: 'data.mif' } },
  },
  voxel2mesh: { arguments: { output: meshOut } },
  warp2metric: { options: { fc: off }, grid: 'in', nan: true },
  warpconvert: { nan: true },
  warpcorrect: { grid: 'in', nan: true },
  warpinit: { grid: 'template' },
  warpinvert: { nan: true },
};
