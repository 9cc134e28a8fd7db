"""Reading and writing for Python skills: what every `run.py` needs, once.

Images are nibabel images in the scanner's frame (RAS+, millimetres), times are seconds. Whatever a user's data can cause
ends in one line on stderr and exit status 2, never in a traceback. Files are written so that equal content gives equal
bytes: gzip without a time stamp, JSON with sorted keys.
"""

import gzip
import io
import json
import math
import os
import sys

import nibabel as nib
import numpy as np


def fail(message):
    """Ends the skill: one line on stderr, exit status 2."""
    print(" ".join(str(message).split()), file=sys.stderr)
    sys.exit(2)


def load(path, ndim=None):
    """Reads an image. Fails where it cannot be read, has another number of dimensions, or holds NaN or infinity.

    A last axis of one volume counts as 3D where 3 is asked for. Voxel values: `np.asanyarray(image.dataobj)` or
    `image.get_fdata()`, shape (x, y, z[, t]).
    """
    try:
        image = nib.load(path)
        data = np.asanyarray(image.dataobj)
    except Exception as error:  # nibabel, gzip and the file system each have their own kinds
        fail(f"{path}: cannot be read as an image: {error}")
    if ndim is not None and data.ndim != ndim:
        if ndim == 3 and data.ndim == 4 and data.shape[3] == 1:
            data = data[..., 0]
            image = image.slicer[..., 0]
        else:
            fail(f"{path}: {data.ndim} dimensions {data.shape}, expected {ndim}")
    if data.size == 0:
        fail(f"{path}: has no voxels {data.shape}")
    if data.dtype.kind in "fc" and not np.isfinite(data).all():
        bad = int(data.size - np.isfinite(data).sum())
        fail(f"{path}: {bad} of {data.size} values are NaN or infinite")
    return image


def same_grid(a, b, what):
    """Fails unless two images have the same first three dimensions and the same affine (within a thousandth of a mm
    at every corner of the grid)."""
    if a.shape[:3] != b.shape[:3]:
        fail(f"{what}: grids differ, {a.shape[:3]} and {b.shape[:3]}")
    top = np.array(a.shape[:3]) - 1
    corners = np.array([[i, j, k, 1] for i in (0, top[0]) for j in (0, top[1]) for k in (0, top[2])], float)
    apart = np.abs((corners @ a.affine.T - corners @ b.affine.T)[:, :3]).max()
    if apart > 1e-3:
        fail(f"{what}: same size but positions differ by up to {apart:.4g} mm")


def save_like(data, reference, path, dtype=None):
    """Writes an array on the grid of a reference image as NIfTI-1, bitwise repeatable.

    Affine, qform and sform with their codes, voxel sizes and spatial units are the reference's. The repetition time is
    too where both have the same number of volumes, or the data have more than one and the reference is 4D. Booleans
    become uint8; floats are float32 unless `dtype` says otherwise; integers keep their type (int64 becomes int32 where
    it fits). No scaling is applied: stored values are the values. Fails on NaN, infinity, or values that do not fit.
    """
    data = np.asanyarray(data)
    if data.shape[:3] != tuple(reference.shape[:3]):
        fail(f"{path}: the result has the shape {data.shape}, the reference {reference.shape}")
    if data.dtype.kind in "fc" and not np.isfinite(data).all():
        fail(f"{path}: the result holds NaN or infinity")
    target = np.dtype(dtype) if dtype is not None else _stored_type(data)
    with np.errstate(all="ignore"):
        stored = data.astype(target)
    if data.dtype.kind in "iub" or target.kind in "iu":
        if not np.array_equal(stored.astype(float), np.asarray(data, float)):
            fail(f"{path}: values do not fit into {target}")
    elif not np.isfinite(stored).all():
        fail(f"{path}: values do not fit into {target}")

    source = reference.header
    image = nib.Nifti1Image(stored, reference.affine)
    header = image.header
    if isinstance(source, nib.Nifti1Header):
        qform, qcode = reference.get_qform(coded=True)
        sform, scode = reference.get_sform(coded=True)
        if qcode == 0 and scode == 0:
            image.set_sform(reference.affine, 2)
            image.set_qform(reference.affine, 2)
        else:
            image.set_sform(sform if sform is not None else reference.affine, int(scode))
            image.set_qform(qform if qform is not None else reference.affine, int(qcode))
        space, time = source.get_xyzt_units()
    else:
        image.set_sform(reference.affine, 2)
        image.set_qform(reference.affine, 2)
        space, time = "mm", "sec"
    zooms = [float(zoom) for zoom in source.get_zooms()[:3]]
    if stored.ndim > 3:
        step = source.get_zooms()[3] if len(source.get_zooms()) > 3 and stored.shape[3] > 1 else 0.0
        zooms += [float(step)] + [1.0] * (stored.ndim - 4)
    header.set_zooms(zooms)
    header.set_xyzt_units("mm" if space == "unknown" else space, "sec" if time == "unknown" else time)
    header.set_slope_inter(1, 0)
    _write_image(image, path)


def _stored_type(data):
    if data.dtype.kind == "b":
        return np.dtype(np.uint8)
    if data.dtype.kind in "iu":
        return np.dtype(np.int32) if data.dtype.itemsize > 4 else data.dtype
    return np.dtype(np.float32)


def _write_image(image, path):
    raw = image.to_bytes()
    if str(path).endswith(".gz"):
        buffer = io.BytesIO()
        with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, compresslevel=6, mtime=0) as packed:
            packed.write(raw)
        raw = buffer.getvalue()
    _write_bytes(path, raw)


def write_json(path, value):
    """Writes JSON with sorted keys, two spaces, a final newline. numpy numbers and arrays become plain ones. Fails on
    NaN and infinity: a number that is not there is `None`, said as `null`."""
    _write_bytes(path, (json.dumps(_plain(value, path), indent=2, sort_keys=True) + "\n").encode())


def _plain(value, path, where=""):
    if isinstance(value, dict):
        return {str(key): _plain(item, path, f"{where}.{key}") for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, path, f"{where}[{index}]") for index, item in enumerate(value)]
    if isinstance(value, np.ndarray):
        return _plain(value.tolist(), path, where)
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        if not math.isfinite(value):
            fail(f"{path}: {where.lstrip('.')} is {value}")
        return float(value)
    if value is None or isinstance(value, str):
        return value
    fail(f"{path}: {where.lstrip('.')} is a {type(value).__name__}, which JSON has no word for")


def read_tsv(path):
    """Reads a BIDS table. Returns a dict of column name to list of str, in the order of the file; `n/a` is None."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            lines = [line.rstrip("\r") for line in file.read().split("\n")]
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{path}: cannot be read: {error}")
    if not lines or lines[0] == "":
        fail(f"{path}: has no header")
    names = lines[0].split("\t")
    if len(set(names)) != len(names):
        fail(f"{path}: two columns have the same name")
    columns = {name: [] for name in names}
    for number, line in enumerate(lines[1:], start=2):
        if line == "":
            continue
        cells = line.split("\t")
        if len(cells) != len(names):
            fail(f"{path}: line {number} has {len(cells)} cells, the header {len(names)}")
        for name, cell in zip(names, cells):
            columns[name].append(None if cell == "n/a" else cell)
    return columns


def write_tsv(path, columns, rows):
    """Writes a BIDS table: `columns` are names, `rows` sequences of as many cells. None and NaN are `n/a`; floats have
    the shortest text that gives the same number back."""
    lines = ["\t".join(columns)]
    for index, row in enumerate(rows):
        cells = [_cell(value, path) for value in row]
        if len(cells) != len(columns):
            fail(f"{path}: row {index + 1} has {len(cells)} cells for {len(columns)} columns")
        lines.append("\t".join(cells))
    _write_bytes(path, ("\n".join(lines) + "\n").encode())


def _cell(value, path):
    if value is None:
        return "n/a"
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if isinstance(value, (float, np.floating)):
        if math.isnan(value):
            return "n/a"
        if math.isinf(value):
            fail(f"{path}: a cell is infinite")
        return repr(float(value))
    text = str(value)
    if "\t" in text or "\n" in text:
        fail(f"{path}: a cell holds a tab or a line break: {text!r}")
    return text if text != "" else "n/a"


def versions(*names):
    """Versions of Python and of the named libraries, for the JSON result: `versions("nibabel", "scipy")`."""
    import importlib

    found = {"python": ".".join(str(part) for part in sys.version_info[:3])}
    for name in names:
        found[name] = str(importlib.import_module(name).__version__)
    return found


def _write_bytes(path, content):
    try:
        folder = os.path.dirname(path)
        if folder:
            os.makedirs(folder, exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
    except OSError as error:
        fail(f"{path}: cannot be written: {error.strerror}")
