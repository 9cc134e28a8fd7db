"""Cuts a recording around its events: baseline, rejection by amplitude, counts for each condition."""

import argparse

import mne
from eeg_io import event_counts, events_table, is_event, load_raw, picks_of, save, versions
from skill_io import fail, write_json, write_tsv


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--input", required=True)
    parser.add_argument("--events")
    parser.add_argument("--event-column", default="trial_type")
    parser.add_argument("--conditions", nargs="*", default=[])
    parser.add_argument("--tmin-s", type=float, default=-0.2)
    parser.add_argument("--tmax-s", type=float, default=0.8)
    parser.add_argument("--baseline-s", type=float, nargs=2)
    parser.add_argument("--no-baseline", action="store_true")
    parser.add_argument("--reject-uv", type=float, default=0.0)
    parser.add_argument("--reject-eog-uv", type=float, default=0.0)
    parser.add_argument("--flat-uv", type=float, default=0.0)
    parser.add_argument("--epochs", required=True)
    parser.add_argument("--table", required=True)
    parser.add_argument("--report", required=True)
    args = parser.parse_args()

    raw = load_raw(args.input)
    rate = float(raw.info["sfreq"])
    if args.tmin_s >= args.tmax_s:
        fail(f"tmin_s is {args.tmin_s:g} and tmax_s {args.tmax_s:g}; expected the first below the second")
    if args.no_baseline and args.baseline_s:
        fail("baseline_s and no_baseline are both given; expected one of both")
    baseline = None if args.no_baseline else tuple(args.baseline_s or (args.tmin_s, min(0.0, args.tmax_s)))
    if baseline is not None and not args.tmin_s - 1e-9 <= baseline[0] < baseline[1] <= args.tmax_s + 1e-9:
        fail(
            f"the baseline is {baseline[0]:g} to {baseline[1]:g} s; expected two times in order within the epoch, "
            f"{args.tmin_s:g} to {args.tmax_s:g} s, or no_baseline"
        )
    annotations = raw.annotations
    if args.events:
        bad = [i for i, text in enumerate(annotations.description) if not is_event(text)]
        annotations = annotations[bad] + events_table(args.events, args.event_column, raw.n_times / rate)
        raw.set_annotations(annotations)
    counts = event_counts(raw.annotations)
    wanted = args.conditions or sorted(counts)
    absent = [name for name in wanted if name not in counts]
    if absent:
        fail(f"no event {', '.join(absent)}; the recording has {', '.join(f'{k} ({v})' for k, v in sorted(counts.items())) or 'none'}")
    if not wanted:
        fail("the recording has no events; expected events.tsv, or markers in the recording")
    event_id = {name: index + 1 for index, name in enumerate(wanted)}
    # `use_rounding` to the nearest sample; MNE's default of some versions cuts off.
    events, _ = mne.events_from_annotations(raw, event_id=event_id, regexp=None, use_rounding=True, verbose="ERROR")
    reject, flat = {}, {}
    if args.reject_uv:
        reject["eeg"] = args.reject_uv * 1e-6
    if args.flat_uv:
        flat["eeg"] = args.flat_uv * 1e-6
    if args.reject_eog_uv:
        if not picks_of(raw.info, ("eog",)):
            fail("reject_eog_uv is given and no channel is of type EOG; expected one in channels.tsv")
        reject["eog"] = args.reject_eog_uv * 1e-6
    epochs = mne.Epochs(
        raw, events, event_id, args.tmin_s, args.tmax_s, baseline=baseline, reject=reject or None, flat=flat or None,
        preload=True, reject_by_annotation=True, event_repeated="error", on_missing="raise", verbose="ERROR",
    )  # fmt: skip
    reasons, rows = {}, []
    names = {value: key for key, value in event_id.items()}
    kept = {name: 0 for name in wanted}
    total = {name: 0 for name in wanted}
    for event, log in zip(events, epochs.drop_log):
        name = names[int(event[2])]
        total[name] += 1
        kept[name] += not log
        for reason in log:
            reasons[str(reason)] = reasons.get(str(reason), 0) + 1
        rows.append([round(float(event[0] - raw.first_samp) / rate, 6), name, "n/a" if not log else "+".join(map(str, log)), "kept" if not log else "dropped"])
    if not len(epochs):
        worst = ", ".join(f"{k} {v}x" for k, v in sorted(reasons.items(), key=lambda item: -item[1])[:5])
        fail(f"every one of {len(events)} epochs was dropped ({worst}); expected some to stay: reject_uv is {args.reject_uv:g} uV peak to peak")
    save(epochs, args.epochs)
    write_tsv(args.table, ["onset", "trial_type", "dropped_for", "status"], rows)
    write_json(
        args.report,
        {
            "events": counts,
            "conditions": {name: {"events": total[name], "kept": kept[name], "dropped": total[name] - kept[name]} for name in wanted},
            "epochs": len(epochs),
            "dropped_fraction": round(1 - len(epochs) / len(events), 6),
            "dropped_for": dict(sorted(reasons.items())),
            "tmin_s": float(epochs.tmin),
            "tmax_s": float(epochs.tmax),
            "baseline_s": list(baseline) if baseline else [],
            "reject_uv": args.reject_uv,
            "sampling_rate_hz": rate,
            "versions": versions(),
        },
    )


main()
