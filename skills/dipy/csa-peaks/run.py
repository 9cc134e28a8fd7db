"""Peaks of the orientation distribution in constant solid angle (Aganj et al. 2010), and its GFA."""

import argparse

import numpy as np
from dipy.reconst.shm import CsaOdfModel
from dwi_io import gradient_table
from fibre_peaks import add_arguments, find_peaks, load_shell, write_peaks
from skill_io import save_like


def main():
    parser = argparse.ArgumentParser()
    add_arguments(parser, "--out-gfa")
    args = parser.parse_args()
    image, data, bvals, directions, mask, shell = load_shell(args, terms_per_direction=1)
    model = CsaOdfModel(gradient_table(bvals, directions), sh_order_max=args.sh_order)
    found = find_peaks(model, data, mask, args)
    gfa = np.where(mask, np.clip(np.nan_to_num(found.gfa), 0, 1), 0)
    save_like(gfa.astype(np.float32), image, args.out_gfa)
    write_peaks(found, image, mask, shell, args, {"median_gfa": float(np.median(gfa[mask]))})


main()
