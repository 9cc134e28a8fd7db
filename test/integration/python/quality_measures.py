"""Measures of images by numpy and scipy, straight from the published formulas: what the skills are compared with."""

import json
import sys

import nibabel as nib
import numpy as np
from nibabel.processing import resample_from_to
from scipy import ndimage as nd

CROSS = nd.generate_binary_structure(3, 1)


def otsu(values):
    """256 bins from the minimum to the 99.8th percentile, as the head mask of the product has it."""
    low = values.min()
    fine, edges = np.histogram(values, 65535, (low, values.max()))
    high = min(values.max(), edges[np.searchsorted(np.cumsum(fine), 0.998 * values.size) + 1])
    counts, edges = np.histogram(np.clip(values, low, high), 256, (low, high))
    below = np.cumsum(counts)[:-1]
    sums = np.cumsum(counts * np.arange(256))
    above = values.size - below
    with np.errstate(all="ignore"):
        between = below * above * (sums[:-1] / below - (sums[-1] - sums[:-1]) / above) ** 2
    return edges[np.nanargmax(between) + 1]


def head_of(image):
    parts, _ = nd.label(image > otsu(image), CROSS)
    head = parts == np.bincount(parts.ravel())[1:].argmax() + 1
    for axis in range(3):
        head = np.stack([nd.binary_fill_holes(cut) for cut in np.moveaxis(head, axis, 0)], axis)
    return head


def prepare(image_path, mask_path, labels_path):
    """Three classes of brightness within a brain mask, on the grid of the image."""
    image = nib.load(image_path)
    data = image.get_fdata()
    mask = resample_from_to(nib.load(mask_path), image, order=0).get_fdata() > 0
    low, high = np.percentile(data[mask], [25, 65])
    labels = np.where(mask, 1 + (data > low) + (data > high), 0).astype(np.uint8)
    nib.save(nib.Nifti1Image(labels, image.affine, None), labels_path)


def anatomical(image_path, labels_path, bias_path):
    image = nib.load(image_path).get_fdata()
    labels = np.asarray(nib.load(labels_path).dataobj)
    bias = nib.load(bias_path).get_fdata()
    voxel_ml = abs(np.linalg.det(nib.load(image_path).affine[:3, :3])) / 1000
    head = head_of(image)
    air = ~nd.binary_dilation(head, CROSS, iterations=3)
    positive = image[air & (image > 0)]
    spread = np.median(np.abs(positive - np.median(positive))) / 0.6744897501960817
    artifact = nd.binary_opening(air & (image / spread > 10), CROSS)
    noise = image[air & ~artifact].std(ddof=1)
    tissue = {name: image[labels == value] for name, value in (("csf", 1), ("gm", 2), ("wm", 3))}
    mean = {name: values.mean() for name, values in tissue.items()}
    sd = {name: values.std(ddof=1) for name, values in tissue.items()}
    whole = np.sqrt((image**2).sum())
    share = np.abs(image[image != 0]) / whole
    brain = bias[labels > 0]
    result = {f"snr_{name}": mean[name] / sd[name] for name in tissue}
    result["snr_total"] = np.mean([mean[name] / sd[name] for name in tissue])
    result |= {f"snrd_{name}": mean[name] / (np.sqrt(2 / (4 - np.pi)) * noise) for name in tissue}
    result |= {
        "cnr": abs(mean["gm"] - mean["wm"]) / np.sqrt(noise**2 + sd["gm"] ** 2 + sd["wm"] ** 2),
        "cjv": (sd["wm"] + sd["gm"]) / abs(mean["wm"] - mean["gm"]),
        "wm2max": np.median(tissue["wm"]) / np.percentile(image, 99.95),
        "efc": -(share * np.log(share)).sum() / (np.sqrt(image.size) * np.log(np.sqrt(image.size))),
        "fber": (image[head] ** 2).mean() / (image[air] ** 2).mean(),
        "qi1": artifact.sum() / air.sum(),
        "inu_min": np.percentile(brain, 5),
        "inu_median": np.median(brain),
        "inu_max": np.percentile(brain, 95),
        "gm_ml": (labels == 2).sum() * voxel_ml,
        "wm_fraction": (labels == 3).sum() / (labels > 0).sum(),
        "air_voxels": int(air.sum()),
    }
    return result


def diffusion(data_path, bval_path, mask_path):
    data = nib.load(data_path).get_fdata()
    bvals = np.loadtxt(bval_path)
    mask = np.asarray(nib.load(mask_path).dataobj) > 0
    b0 = data[..., bvals < 50][mask]
    noise = 1.4826022185056018 * np.median(np.abs(b0 - b0.mean(1, keepdims=True))) * np.sqrt(b0.shape[1] / (b0.shape[1] - 1))
    outliers = []
    weighted = np.flatnonzero(bvals >= 50)
    for z in range(data.shape[2]):
        if mask[:, :, z].sum() < 50:
            continue
        means = data[:, :, z][mask[:, :, z]].mean(0)[weighted]
        spread = 1.4826022185056018 * np.median(np.abs(means - np.median(means)))
        loss = np.median(means) - means
        outliers += [int(v) for v in weighted[(loss > 4 * spread) & (loss > 0.1 * np.median(means))]]
    return {
        "snr_b0": np.median(b0.mean(1)) / noise,
        "outlier_slices": len(outliers),
        "outlier_volumes": sorted(set(outliers)),
    }


what, *paths, out = sys.argv[1:]
if what == "prepare":
    prepare(*paths, out)
else:
    with open(out, "w") as file:
        json.dump({"anatomical": anatomical, "diffusion": diffusion}[what](*paths), file, default=float)
