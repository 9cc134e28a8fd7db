/** A first-level analysis of one run. Paths are those that FEAT sees. */
export interface FeatSettings {
  readonly bold: string;
  readonly volumes: number;
  /** Values of the whole series: FEAT compares them with the image. */
  readonly voxels: number;
  readonly trS: number;
  /** Seconds: slower changes are taken out of data and model; 0: none. */
  readonly highPassS: number;
  readonly smoothFwhmMm: number;
  readonly motionCorrection: boolean;
  readonly brainExtraction: boolean;
  readonly prewhiten: boolean;
  readonly motionRegressors: boolean;
  readonly derivatives: boolean;
  readonly zThreshold: number;
  readonly clusterP: number;
  /** Text files of three columns: onset and duration in seconds, weight. */
  readonly conditions: readonly { readonly name: string; readonly file: string }[];
  readonly contrasts: readonly { readonly name: string; readonly weights: readonly number[] }[];
  /** Text file with one row a volume. */
  readonly confounds?: string;
}

type Value = string | number | boolean;

/**
 * The text of `design.fsf`, complete: FEAT fills in nothing that is left out.
 *
 * Names and codes of settings: the comments that FEAT itself writes into its design files (version 6.00): analysis 7 is
 * all of preprocessing, model and thresholding; shape 3 a file of three columns; convolve 3 the double-gamma response;
 * thresh 3 cluster correction. With temporal derivatives each condition has a second, real regressor of weight 0.
 */
export function designText(settings: FeatSettings): string {
  const { conditions, contrasts, derivatives, highPassS } = settings;
  const perCondition = derivatives ? 2 : 1;
  const lines: string[] = [];
  const set = (name: string, value: Value): void =>
    void lines.push(`set fmri(${name}) ${typeof value === 'boolean' ? Number(value) : value}`);
  const all = (values: Readonly<Record<string, Value>>): void => {
    for (const [name, value] of Object.entries(values)) set(name, value);
  };

  all({
    version: '6.00',
    inmelodic: 0,
    level: 1,
    analysis: 7,
    relative_yn: 0,
    help_yn: 1,
    featwatcher_yn: 0,
    sscleanup_yn: 0,
    outputdir: '"/out/analysis"',
    tr: settings.trS.toFixed(6),
    npts: settings.volumes,
    ndelete: 0,
    tagfirst: 1,
    multiple: 1,
    inputtype: 2,
    filtering_yn: 1,
    brain_thresh: 10,
    critical_z: 5.3,
    noise: 0.66,
    noisear: 0.34,
    mc: settings.motionCorrection,
    sh_yn: 0,
    regunwarp_yn: 0,
    gdc: '""',
    dwell: 0.7,
    te: 35,
    signallossthresh: 10,
    unwarp_dir: 'y-',
    st: 0,
    st_file: '""',
    bet_yn: settings.brainExtraction,
    smooth: settings.smoothFwhmMm,
    norm_yn: 0,
    perfsub_yn: 0,
    temphp_yn: highPassS > 0,
    templp_yn: 0,
    melodic_yn: 0,
    stats_yn: 1,
    prewhiten_yn: settings.prewhiten,
    motionevs: settings.motionRegressors,
    motionevsbeta: '""',
    scriptevsbeta: '""',
    robust_yn: 0,
    mixed_yn: 2,
    randomisePermutations: 5000,
    evs_orig: conditions.length,
    evs_real: conditions.length * perCondition,
    evs_vox: 0,
    ncon_orig: contrasts.length,
    ncon_real: contrasts.length,
    nftests_orig: 0,
    nftests_real: 0,
    constcol: 0,
    poststats_yn: 1,
    threshmask: '""',
    thresh: 3,
    prob_thresh: settings.clusterP,
    z_thresh: settings.zThreshold,
    zdisplay: 0,
    zmin: 2,
    zmax: 8,
    rendertype: 1,
    bgimage: 1,
    tsplot_yn: 0,
    reginitial_highres_yn: 0,
    reginitial_highres_search: 90,
    reginitial_highres_dof: 3,
    reghighres_yn: 0,
    reghighres_search: 90,
    reghighres_dof: 'BBR',
    regstandard_yn: 0,
    alternateReference_yn: 0,
    regstandard: '"/usr/local/fsl/data/standard/MNI152_T1_2mm_brain"',
    regstandard_search: 90,
    regstandard_dof: 12,
    regstandard_nonlinear_yn: 0,
    regstandard_nonlinear_warpres: 10,
    paradigm_hp: highPassS > 0 ? highPassS : 100,
    totalVoxels: settings.voxels,
    ncopeinputs: 0,
  });
  lines.push(`set feat_files(1) ${quoted(settings.bold)}`);
  set('confoundevs', settings.confounds !== undefined);
  if (settings.confounds !== undefined) lines.push(`set confoundev_files(1) ${quoted(settings.confounds)}`);
  for (const [index, { name, file }] of conditions.entries()) {
    const n = index + 1;
    all({
      [`evtitle${n}`]: quoted(name),
      [`shape${n}`]: 3,
      [`convolve${n}`]: 3,
      [`convolve_phase${n}`]: 0,
      [`tempfilt_yn${n}`]: highPassS > 0,
      [`deriv_yn${n}`]: derivatives,
      [`custom${n}`]: quoted(file),
    });
    for (let other = 0; other <= conditions.length; other += 1) set(`ortho${n}.${other}`, 0);
  }
  all({ con_mode_old: 'orig', con_mode: 'orig' });
  for (const kind of ['real', 'orig'] as const)
    for (const [index, { name, weights }] of contrasts.entries()) {
      all({ [`conpic_${kind}.${index + 1}`]: 1, [`conname_${kind}.${index + 1}`]: quoted(name) });
      const row = kind === 'orig' || !derivatives ? weights : weights.flatMap((weight) => [weight, 0]);
      for (const [column, weight] of row.entries()) set(`con_${kind}${index + 1}.${column + 1}`, weight);
    }
  set('conmask_zerothresh_yn', 0);
  for (let one = 1; one <= contrasts.length; one += 1)
    for (let other = 1; other <= contrasts.length; other += 1)
      if (one !== other) set(`conmask${one}_${other}`, 0);
  all({
    conmask1_1: 0,
    alternative_mask: '""',
    init_initial_highres: '""',
    init_highres: '""',
    init_standard: '""',
    overwrite_yn: 0,
  });
  return `${lines.join('\n')}\n`;
}

/** A word of Tcl: in it `"`, `$`, `[` and backslashes would be read again. */
function quoted(text: string): string {
  return `"${text.replace(/[\\"$[\]]/g, '\\$&')}"`;
}
