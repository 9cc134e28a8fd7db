"""Reads a recording (EEGLAB, BrainVision, EDF, BDF, FIF) with its BIDS tables and writes it as FIF in V."""

import argparse
import json

import mne
import numpy as np
from eeg_io import (
    BRAIN,
    event_counts,
    events_table,
    is_event,
    one_line,
    picks_of,
    rounded,
    save,
    table_rows,
    typical_uv,
    versions,
)
from skill_io import fail, write_json

# BIDS channel types (channels.tsv, "type") and what MNE calls them.
TYPES = {
    "EEG": "eeg", "EOG": "eog", "HEOG": "eog", "VEOG": "eog", "EYEGAZE": "misc", "PUPIL": "misc",
    "ECG": "ecg", "EMG": "emg", "ECOG": "ecog", "SEEG": "seeg", "DBS": "dbs", "TRIG": "stim", "REF": "misc",
    "RESP": "resp", "GSR": "gsr", "TEMP": "temperature", "AUDIO": "misc", "MISC": "misc", "SYSCLOCK": "misc",
}  # fmt: skip
FACTORS = {"V": 1.0, "mV": 1e-3, "uV": 1e-6, "nV": 1e-9}
SPELLINGS = {
    "uV": "uV", "µV": "uV", "μV": "uV", "microV": "uV", "microvolt": "uV", "microvolts": "uV",
    "mV": "mV", "V": "V", "volt": "V", "volts": "V", "nV": "nV",
}  # fmt: skip
# uV. Outside it nothing that a scalp or an electrode inside the head records: V taken for uV is a million times off.
PLAUSIBLE = (0.05, 20000.0)


def read(path):
    lower = path.lower()
    readers = {
        ".set": ("eeglab", lambda: mne.io.read_raw_eeglab(path, preload=True)),
        ".vhdr": ("brainvision", lambda: mne.io.read_raw_brainvision(path, preload=True)),
        ".edf": ("edf", lambda: mne.io.read_raw_edf(path, preload=True)),
        ".bdf": ("bdf", lambda: mne.io.read_raw_bdf(path, preload=True)),
        ".fif": ("fif", lambda: mne.io.read_raw_fif(path, preload=True)),
    }
    for extension, (name, reader) in readers.items():
        if lower.endswith(extension):
            try:
                return name, reader()
            except Exception as error:
                fail(f"{path} cannot be read as {name}: {one_line(error)}")
    fail(f"{path}: expected .set, .vhdr, .edf, .bdf or .fif")


def apply_channels(raw, path, notes):
    """Types and states of channels.tsv. Returns the unit it gives for each voltage channel."""
    columns, rows = table_rows(path)
    for need in ("name", "type"):
        if need not in columns:
            fail(f"{path}: the column {need} is missing; expected name, type and units")
    names = [row["name"] for row in rows]
    absent = [name for name in raw.ch_names if name not in names]
    beyond = [name for name in names if name not in raw.ch_names]
    if absent or beyond:
        fail(
            f"{path} and the recording have other channels: {', '.join(absent[:5]) or 'none'} only in the recording, "
            f"{', '.join(beyond[:5]) or 'none'} only in the table; expected the same names"
        )
    if names != raw.ch_names:
        notes.append("channels.tsv lists the channels in another order than the recording")
    types, units = {}, {}
    for row in rows:
        kind = TYPES.get(row["type"].upper())
        if kind is None:
            kind = "misc"
            notes.append(f"channel {row['name']} has the type {row['type']}: kept as misc")
        types[row["name"]] = kind
        unit = SPELLINGS.get(row.get("units", "n/a").strip())
        if unit is not None:
            units[row["name"]] = unit
    raw.set_channel_types(types, on_unit_change="ignore")
    if "status" in columns:
        raw.info["bads"] = [row["name"] for row in rows if row["status"] == "bad"]
    return units


def apply_units(raw, name, units, asked, notes):
    """EEGLAB says nothing of units: MNE takes uV. Other formats carry them, and channels.tsv is then a cross-check."""
    if name == "eeglab" or asked != "auto":
        for index, channel in enumerate(raw.ch_names):
            unit = asked if asked != "auto" else units.get(channel, "uV")
            if raw.get_channel_types()[index] in ("stim", "misc"):
                continue
            if asked != "auto" and name != "eeglab":
                notes.append(f"{channel}: values multiplied as if the file held {unit} and said uV")
            raw._data[index] *= FACTORS[unit] / FACTORS["uV"]
        return
    declared = getattr(raw, "_orig_units", {})
    for channel, unit in units.items():
        said = SPELLINGS.get(str(declared.get(channel, "")).strip())
        if said is not None and said != unit:
            notes.append(f"{channel}: the header says {said}, channels.tsv {unit}; the header was taken")


def apply_electrodes(raw, path, coordsystem):
    """Positions of electrodes.tsv, by the unit of coordsystem.json. Returns how many channels got one."""
    factor = {"m": 1.0, "cm": 1e-2, "mm": 1e-3}
    unit = None
    if coordsystem is not None:
        try:
            with open(coordsystem, encoding="utf-8-sig") as file:
                said = json.load(file)
        except ValueError as error:
            fail(f"{coordsystem} is not JSON: {one_line(error)}")
        unit = said.get("EEGCoordinateUnits", said.get("iEEGCoordinateUnits"))
    _, rows = table_rows(path)
    positions = {}
    for row in rows:
        values = [row.get(axis, "n/a") for axis in ("x", "y", "z")]
        if "n/a" not in values and row.get("name") in raw.ch_names:
            positions[row["name"]] = np.array([float(value) for value in values])
    if not positions:
        return 0
    if unit not in factor:
        fail(f"{path}: the unit of the positions is {unit!r}; expected EEGCoordinateUnits of coordsystem.json: m, cm or mm")
    radius = float(np.median([np.linalg.norm(p) for p in positions.values()])) * factor[unit]
    if not 0.03 <= radius <= 0.3:
        fail(
            f"{path}: the median electrode would be {radius:g} m from the origin, taken as {unit}; "
            "expected 0.03 to 0.3 m: check EEGCoordinateUnits in coordsystem.json"
        )
    scaled = {key: value * factor[unit] for key, value in positions.items()}
    raw.set_montage(mne.channels.make_dig_montage(scaled, coord_frame="head"), on_missing="ignore")
    return len(scaled)


def positioned(raw):
    return [raw.ch_names[i] for i in picks_of(raw.info, BRAIN, exclude=None) if has_position(raw.info["chs"][i])]


def has_position(channel):
    where = channel["loc"][:3]
    return bool(np.all(np.isfinite(where)) and np.any(where != 0))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--recording", required=True)
    parser.add_argument("--channels")
    parser.add_argument("--electrodes")
    parser.add_argument("--coordsystem")
    parser.add_argument("--events")
    parser.add_argument("--event-column", default="trial_type")
    parser.add_argument("--units", choices=["auto", *FACTORS], default="auto")
    parser.add_argument("--montage", default="file")
    parser.add_argument("--eog", nargs="*", default=[])
    parser.add_argument("--raw", required=True)
    parser.add_argument("--report", required=True)
    args = parser.parse_args()

    notes = []
    name, raw = read(args.recording)
    units = apply_channels(raw, args.channels, notes) if args.channels else {}
    if args.eog:
        absent = [channel for channel in args.eog if channel not in raw.ch_names]
        if absent:
            fail(f"eog: no channel {', '.join(absent)}; expected some of {', '.join(raw.ch_names)}")
        raw.set_channel_types({channel: "eog" for channel in args.eog}, on_unit_change="ignore")
    apply_units(raw, name, units, args.units, notes)

    if args.electrodes:
        apply_electrodes(raw, args.electrodes, args.coordsystem)
    elif args.montage != "file":
        known = mne.channels.get_builtin_montages()
        if args.montage not in known:
            fail(f"montage {args.montage}: expected file or one of {', '.join(known)}")
        raw.set_montage(args.montage, match_case=False, on_missing="ignore")

    duration_s = raw.n_times / raw.info["sfreq"]
    own = raw.annotations.copy()
    # Neither the date of the recording nor who it was: results name participants by their BIDS label alone.
    raw.set_meas_date(None)
    raw.info["subject_info"] = None
    keep = [i for i, text in enumerate(own.description) if args.events is None or not is_event(text)]
    annotations = mne.Annotations(own.onset[keep], own.duration[keep], own.description[keep])
    if args.events is not None:
        annotations += events_table(args.events, args.event_column, duration_s)
    raw.set_annotations(annotations)

    brain = picks_of(raw.info, BRAIN)
    if not brain:
        fail(f"{args.recording}: no EEG channel; expected some: give their types in channels.tsv")
    data = raw.get_data(picks=brain)
    if not np.isfinite(data).all():
        fail(f"{args.recording}: {int((~np.isfinite(data)).sum())} samples are no finite numbers")
    amplitude = typical_uv(data)
    if not PLAUSIBLE[0] <= amplitude <= PLAUSIBLE[1]:
        fail(
            f"{args.recording}: the typical amplitude would be {amplitude:.3g} uV; expected {PLAUSIBLE[0]:g} to "
            f"{PLAUSIBLE[1]:g} uV. Are the values in another unit? Say so in channels.tsv (units), or by `units`"
        )
    save(raw, args.raw)
    kinds = raw.get_channel_types()
    write_json(
        args.report,
        {
            "format": name,
            "sampling_rate_hz": float(raw.info["sfreq"]),
            "samples": int(raw.n_times),
            "duration_s": rounded(duration_s),
            "channels": len(raw.ch_names),
            "channel_types": {kind: kinds.count(kind) for kind in sorted(set(kinds))},
            "bad_channels": list(raw.info["bads"]),
            "positions": len(positioned(raw)),
            "amplitude_uv": rounded(amplitude, 5),
            "events": event_counts(raw.annotations),
            "notes": notes[:50],
            "versions": versions(),
        },
    )


main()
