"""Cerebral blood flow (mL/100 g/min) of single-delay ASL by the one-compartment model (Buxton 1998; Alsop 2015, eq. 1, 3).

PCASL, CASL: 6000 lambda dM exp(PLD / T1b) / (2 alpha T1b M0 (1 - exp(-tau / T1b)))
PASL (QUIPSS II, Q2TIPS): 6000 lambda dM exp(TI / T1b) / (2 alpha TI1 M0)
Times in s, lambda (blood-brain partition) in mL/g; 6000 turns mL/g/s into mL/100 g/min. Of BIDS, PLD and TI are
PostLabelingDelay, tau is LabelingDuration, TI1 the first BolusCutOffDelayTime. M0 of a repetition time below 5 s is
divided by 1 - exp(-TR / T1 of grey matter) (Alsop 2015). Everything about the acquisition comes from the BIDS sidecar.
"""

import argparse
import json

import numpy as np
from skill_io import fail, load, read_tsv, same_grid, save_like, versions, write_json

# Alsop 2015, table 3: labelling efficiency; T1 of arterial blood (s) by field strength (T). CASL: Wang 2005.
EFFICIENCY = {"PCASL": 0.85, "CASL": 0.68, "PASL": 0.98}
# Share of pairs with less signal in the control that a right table can have: noise and movement, not an order.
PAIRS_NEGATIVE = 0.4
T1_BLOOD = {1.5: 1.35, 3.0: 1.65}
KNOWN = {"control", "label", "m0scan", "deltam", "cbf", "noRF", "n/a"}


def read_json(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError) as error:
        fail(f"{path}: cannot be read as JSON: {error}")


def seconds(sidecar, key, path, low, high, used=None):
    """Values of a key that is one number or one for each volume (s), inside what the method knows. With `used`, a mask of
    the volumes that count, only theirs: BIDS has 0 for those that were not labelled."""
    if key not in sidecar:
        fail(f"{path}: {key} is missing, expected s")
    values = np.atleast_1d(np.asarray(sidecar[key], float))
    if used is not None and values.size > 1:
        if values.size != used.size:
            fail(f"{path}: {key} has {values.size} values, the image {used.size} volumes")
        values = values[used]
    bad = values[(values < low) | (values > high) | ~np.isfinite(values)]
    if bad.size:
        hint = " (is it in ms?)" if bad[0] > high else ""
        fail(f"{path}: {key} is {bad[0]:g}, expected {low:g} to {high:g} s{hint}")
    return values


def single(sidecar, name, path, low, high, used):
    values = seconds(sidecar, name, path, low, high, used)
    if np.ptp(values) > 1e-6:
        fail(f"{path}: {name} goes from {values.min():g} to {values.max():g} s; this model takes a single value")
    return float(values[0])


def negative_pairs(data, context, mask):
    """Share of pairs, in the order of the table, whose control has less signal in the brain than their label."""
    control, label = ([i for i, kind in enumerate(context) if kind == wanted] for wanted in ("control", "label"))
    if not control:
        return None
    return float(np.mean([data[..., c][mask].mean() < data[..., n][mask].mean() for c, n in zip(control, label)]))


def difference(data, context):
    """Mean control minus mean label, in units of the image; volumes that are differences already are averaged."""
    if "deltam" in context:
        return data[..., [kind == "deltam" for kind in context]].mean(-1)
    control = [kind == "control" for kind in context]
    label = [kind == "label" for kind in context]
    if sum(control) == 0 or sum(control) != sum(label):
        fail(f"aslcontext has {sum(control)} control and {sum(label)} label volumes: expected as many of each, or deltam")
    return data[..., control].mean(-1) - data[..., label].mean(-1)


def m0_of(args, image, data, context, sidecar):
    """M0 (units of the image), the repetition time it was taken with (s), and where it comes from."""
    kind = sidecar.get("M0Type")
    times = np.atleast_1d(np.asarray(sidecar.get("RepetitionTimePreparation", []), float))
    if kind == "Separate":
        if args.m0 is None or args.m0_sidecar is None:
            fail(f"{args.sidecar}: M0Type is Separate, and no m0scan with its sidecar was given")
        m0_image = load(args.m0)
        same_grid(image, m0_image, "ASL and M0 (register M0 to the series first)")
        values = m0_image.get_fdata()
        own = np.atleast_1d(np.asarray(read_json(args.m0_sidecar).get("RepetitionTimePreparation", []), float))
        return (values if values.ndim == 3 else values.mean(-1)), own, args.m0_sidecar
    if kind == "Included":
        chosen = np.array([each == "m0scan" for each in context])
        if not chosen.any():
            fail("M0Type is Included, and aslcontext has no m0scan volume")
        return data[..., chosen].mean(-1), times if times.size <= 1 else times[chosen], args.sidecar
    if kind == "Estimate":
        estimate = sidecar.get("M0Estimate")
        if not isinstance(estimate, (int, float)) or not estimate > 0:
            fail(f"{args.sidecar}: M0Type is Estimate, M0Estimate is {estimate!r}; expected a number above 0")
        return np.full(image.shape[:3], float(estimate)), np.array([np.inf]), args.sidecar
    if kind == "Absent":
        if sidecar.get("BackgroundSuppression") is not False or "control" not in context:
            fail(f"{args.sidecar}: M0Type is Absent; controls stand for it only where BackgroundSuppression is false")
        chosen = np.array([each == "control" for each in context])
        return data[..., chosen].mean(-1), times if times.size <= 1 else times[chosen], args.sidecar
    fail(f"{args.sidecar}: M0Type is {kind!r}, expected Separate, Included, Estimate or Absent")


def slice_delays(sidecar, path, slices):
    """What a 2D readout adds to the delay, slice by slice along the third axis (s)."""
    if sidecar.get("MRAcquisitionType") != "2D":
        return np.zeros(slices)
    times = seconds(sidecar, "SliceTiming", path, 0, 5)
    if times.size != slices:
        fail(f"{path}: SliceTiming has {times.size} values, the image {slices} slices")
    direction = sidecar.get("SliceEncodingDirection", "k")
    if direction not in ("k", "k-"):
        fail(f"{path}: SliceEncodingDirection is {direction}, expected k or k-")
    return (times if direction == "k" else times[::-1]) - times.min()


def main():
    parser = argparse.ArgumentParser()
    for flag in ("--asl", "--context", "--sidecar", "--mask", "--out-cbf", "--out-perfusion", "--out-result"):
        parser.add_argument(flag, required=True)
    parser.add_argument("--m0")
    parser.add_argument("--m0-sidecar")
    for flag in ("--partition", "--t1-tissue", "--pulse-efficiency"):
        parser.add_argument(flag, type=float, required=True)
    for flag in ("--t1-blood", "--efficiency"):
        parser.add_argument(flag, type=float)
    args = parser.parse_args()
    image, sidecar = load(args.asl, 4), read_json(args.sidecar)
    mask_image = load(args.mask, 3)
    same_grid(image, mask_image, "ASL and mask")
    mask = np.asanyarray(mask_image.dataobj) > 0
    if not mask.any():
        fail(f"{args.mask}: the mask is empty")
    table = read_tsv(args.context)
    if "volume_type" not in table:
        fail(f"{args.context}: no column volume_type")
    context = [kind or "n/a" for kind in table["volume_type"]]
    if len(context) != image.shape[3]:
        fail(f"{args.context}: {len(context)} rows, the image {image.shape[3]} volumes")
    strange = sorted(set(context) - KNOWN)
    if strange:
        fail(f"{args.context}: volume_type {strange[0]}, expected one of {', '.join(sorted(KNOWN))}")
    labelling = sidecar.get("ArterialSpinLabelingType")
    if labelling not in EFFICIENCY:
        fail(f"{args.sidecar}: ArterialSpinLabelingType is {labelling!r}, expected PCASL, CASL or PASL")
    data = image.get_fdata()
    used = np.array([kind in ("control", "label", "deltam") for kind in context])
    delay = single(sidecar, "PostLabelingDelay", args.sidecar, 0, 6, used)
    field = float(sidecar.get("MagneticFieldStrength", 0))
    t1_blood = args.t1_blood if args.t1_blood is not None else next((t1 for tesla, t1 in T1_BLOOD.items() if abs(tesla - field) < 0.2), None)
    if t1_blood is None:
        fail(f"{args.sidecar}: MagneticFieldStrength is {sidecar.get('MagneticFieldStrength')!r} T; T1 of blood is known for 1.5 and 3 T, else give it")
    efficiency = args.efficiency if args.efficiency is not None else sidecar.get("LabelingEfficiency", EFFICIENCY[labelling])
    if not isinstance(efficiency, (int, float)) or not 0 < efficiency <= 1:
        fail(f"{args.sidecar}: LabelingEfficiency is {efficiency}, expected above 0, at most 1")
    suppressed = sidecar.get("BackgroundSuppression")
    pulses = sidecar.get("BackgroundSuppressionNumberPulses", 0) if suppressed is True else 0
    if args.pulse_efficiency < 1:
        if suppressed is True and not pulses:
            fail(f"{args.sidecar}: BackgroundSuppressionNumberPulses is missing, which pulse_efficiency {args.pulse_efficiency:g} is applied to")
        efficiency = efficiency * args.pulse_efficiency**pulses

    m0, times, place = m0_of(args, image, data, context, sidecar)
    if times.size == 0 or not (times > 0).all():
        fail(f"{place}: RepetitionTimePreparation is missing, which M0 is corrected with (s)")
    repetition = float(times.mean())
    if np.isfinite(repetition) and repetition > 60:
        fail(f"{place}: RepetitionTimePreparation is {repetition:g}, expected s (is it in ms?)")
    recovery = 1 - np.exp(-repetition / args.t1_tissue) if repetition < 5 else 1.0
    m0 = m0 / recovery

    delta = difference(data, context)
    turned = negative_pairs(data, context, mask)
    if turned is not None and turned > PAIRS_NEGATIVE:
        fail(f"{args.context}: in {turned:.0%} of the pairs the control has less signal in the brain than the label: are control and label the wrong way round?")
    if "deltam" in context and np.median(delta[mask]) < 0:
        fail(f"{args.asl}: the difference is negative in most of the brain: expected control minus label")
    delays = delay + slice_delays(sidecar, args.sidecar, image.shape[2])
    decay = np.exp(delays / t1_blood)[None, None, :]
    if labelling == "PASL":
        if sidecar.get("BolusCutOffFlag") is not True:
            fail(f"{args.sidecar}: BolusCutOffFlag is not true: without a cut-off the bolus of PASL has no known duration")
        technique = sidecar.get("BolusCutOffTechnique")
        if technique not in ("QUIPSSII", "Q2TIPS"):
            fail(f"{args.sidecar}: BolusCutOffTechnique is {technique!r}, expected QUIPSSII or Q2TIPS: in others the bolus is not as long as BolusCutOffDelayTime")
        bolus = float(seconds(sidecar, "BolusCutOffDelayTime", args.sidecar, 0.1, 3)[0])
        if bolus >= delay:
            fail(f"{args.sidecar}: BolusCutOffDelayTime {bolus:g} s is not before PostLabelingDelay {delay:g} s")
        denominator = 2 * efficiency * bolus
    else:
        bolus = single(sidecar, "LabelingDuration", args.sidecar, 0.1, 6, used)
        denominator = 2 * efficiency * t1_blood * (1 - np.exp(-bolus / t1_blood))
    usable = mask & (m0 > 0)
    cbf = np.where(usable, 6000 * args.partition * delta * decay / (denominator * np.where(usable, m0, 1)), 0)
    inside = cbf[usable]
    if inside.size < 0.9 * mask.sum():
        fail(f"M0 is not above 0 in {int(mask.sum()) - inside.size} of {int(mask.sum())} voxels of the mask")
    save_like(cbf.astype(np.float32), mask_image, args.out_cbf)
    save_like(np.where(mask, delta, 0).astype(np.float32), mask_image, args.out_perfusion)
    write_json(
        args.out_result,
        {
            "labelling": labelling,
            "delay_s": delay,
            "delay_last_slice_s": float(delays.max()),
            "bolus_s": bolus,
            "efficiency": float(efficiency),
            "background_pulses": int(pulses),
            "pairs_negative": turned,
            "t1_blood_s": t1_blood,
            "partition_ml_g": args.partition,
            "m0_type": sidecar.get("M0Type"),
            "m0_recovery": float(recovery),
            "background_suppression": suppressed,
            "voxels": int(inside.size),
            "mean_cbf_ml_100g_min": float(inside.mean()),
            "median_cbf_ml_100g_min": float(np.median(inside)),
            "fraction_negative": float((inside < 0).mean()),
            "versions": versions("nibabel", "numpy"),
        },
    )


main()
