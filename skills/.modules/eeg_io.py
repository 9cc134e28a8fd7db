"""What the electrophysiology skills share: FIF in and out, events, units, versions. MNE keeps everything in V and s."""

import warnings
from contextlib import contextmanager

import mne
import numpy as np
from skill_io import fail, read_tsv
from skill_io import versions as _versions

mne.set_log_level("ERROR")
warnings.filterwarnings("ignore", message=".*filename.*does not conform.*")

# Annotations that say something about the signal, not about the experiment.
NO_EVENT = ("bad", "edge", "boundary")
# Channel types that are a voltage and that filters and references act on.
VOLTAGES = ("eeg", "eog", "ecg", "emg", "seeg", "ecog", "dbs")
BRAIN = ("eeg", "seeg", "ecog", "dbs")


def versions():
    return _versions("mne", "numpy", "scipy")


def load_raw(path):
    """A continuous recording in FIF, in memory, with float64 data in V."""
    try:
        return mne.io.read_raw_fif(path, preload=True)
    except Exception as error:
        fail(f"{path} is no continuous recording in FIF: {one_line(error)}")


def load_epochs(path):
    """Epochs in FIF, in memory."""
    try:
        return mne.read_epochs(path, preload=True)
    except Exception as error:
        fail(f"{path} holds no epochs in FIF: {one_line(error)}")


@contextmanager
def repeatable():
    """The same data give the same bytes on every machine: FIF would carry an id of the network card."""
    from mne._fiff import write

    original = write.get_machid
    write.get_machid = lambda: np.zeros(2, dtype=int)
    try:
        yield
    finally:
        write.get_machid = original


def save(thing, path, **more):
    with repeatable():
        thing.save(path, overwrite=True, verbose="ERROR", **more)


def one_line(error):
    return " ".join(str(error).split())[:300] or type(error).__name__


def picks_of(info, types, exclude="bads"):
    """Indices of the channels of some types, in order."""
    kinds = info.get_channel_types()
    bads = info["bads"] if exclude == "bads" else []
    return [i for i, (name, kind) in enumerate(zip(info.ch_names, kinds)) if kind in types and name not in bads]


def brain_picks(info, exclude="bads"):
    picks = picks_of(info, BRAIN, exclude)
    if not picks:
        fail("no EEG channel is left: all are marked bad or of another type")
    return picks


def named_channels(info, names, what):
    """The names, all of which must be there."""
    missing = [name for name in names if name not in info.ch_names]
    if missing:
        fail(f"{what}: no channel {', '.join(missing)}; expected some of {', '.join(info.ch_names)}")
    return list(names)


def is_event(description):
    return not description.lower().startswith(NO_EVENT)


def event_counts(annotations):
    counts = {}
    for description in annotations.description:
        if is_event(description):
            counts[str(description)] = counts.get(str(description), 0) + 1
    return counts


def table_rows(path):
    """Columns and rows (a dict each, `n/a` as text) of a BIDS table."""
    columns = read_tsv(path)
    names = list(columns)
    cells = zip(*(["n/a" if cell is None else cell.strip() for cell in columns[name]] for name in names))
    return names, [dict(zip(names, row)) for row in cells]


def events_table(path, column, duration_s):
    """Annotations of an events.tsv: onset and duration in s; the name is `column`, or `value` where that is n/a."""
    columns, rows = table_rows(path)
    for need in ("onset", "duration"):
        if need not in columns:
            fail(f"{path}: the column {need} is missing; expected onset and duration in seconds")
    if column not in columns and "value" not in columns:
        fail(f"{path}: no column {column}; it has {', '.join(columns)}")
    onsets, durations, names = [], [], []
    for line, row in enumerate(rows, start=2):
        onset = _seconds(row["onset"], path, line, "onset")
        if onset is None:
            fail(f"{path}, line {line}: onset is n/a; expected a number of seconds")
        if onset < 0 or onset > duration_s:
            fail(
                f"{path}, line {line}: the event at {onset:g} s lies outside the recording of {duration_s:g} s; "
                "expected onsets in seconds from its first sample"
            )
        name = row.get(column, "n/a")
        if name in ("n/a", ""):
            name = row.get("value", "n/a")
        if name in ("n/a", ""):
            continue
        onsets.append(onset)
        durations.append(_seconds(row["duration"], path, line, "duration") or 0.0)
        names.append(name)
    return mne.Annotations(onsets, durations, names)


def _seconds(text, path, line, column):
    if text in ("n/a", ""):
        return None
    try:
        return float(text)
    except ValueError:
        fail(f"{path}, line {line}: {column} is {text!r}; expected a number of seconds")


def rounded(value, digits=7):
    """A float with few digits: what follows is noise of the arithmetic."""
    return float(f"{float(value):.{digits}g}")


def robust_z(values):
    """Distance from the median in units of 1.4826 x the median absolute deviation."""
    values = np.asarray(values, float)
    centre = np.median(values)
    spread = 1.4826 * np.median(np.abs(values - centre))
    return np.zeros_like(values) if spread == 0 else (values - centre) / spread


def typical_uv(data):
    """The amplitude of a recording in uV: median over channels and seconds of the standard deviation within a second.

    data: channels x samples in V, cut into ten to a thousand pieces.
    """
    pieces = np.array_split(data, max(1, min(1000, data.shape[1] // 128)), axis=1)
    return float(np.median([piece.std(axis=1) for piece in pieces])) * 1e6
