"""The same without a library: `plain-series.py FOLDER TABLE`."""

import os
import struct
import sys

folder, table = sys.argv[1:3]
LONG = {b"OB", b"OW", b"OF", b"SQ", b"UC", b"UN", b"UR", b"UT"}


def elements(path):
    data = open(path, "rb").read()
    at, found = 132, {}
    while at < len(data):
        group, element = struct.unpack_from("<HH", data, at)
        vr = data[at + 4 : at + 6]
        if vr in LONG:
            size, at = struct.unpack_from("<I", data, at + 8)[0], at + 12
        else:
            size, at = struct.unpack_from("<H", data, at + 6)[0], at + 8
        found[group, element] = data[at : at + size].decode("latin1").strip(" \0") if size < 200 else ""
        at += size
    return found


series = {}
for name in os.listdir(folder):
    found = elements(os.path.join(folder, name))
    series.setdefault(found[0x20, 0x0E], []).append(found)
with open(table, "w") as stream:
    names = "series_uid patient_id description slices repetition_time echo_time pixel_mm slice_mm"
    stream.write(names.replace(" ", "\t") + "\n")
    for uid, own in sorted(series.items()):
        e = own[0]
        cells = [uid, e[0x10, 0x20], e[0x8, 0x103E], len(own), float(e[0x18, 0x80]) / 1e3, float(e[0x18, 0x81]) / 1e3]
        cells += [float(e[0x28, 0x30].split("\\")[0]), float(e[0x18, 0x50])]
        stream.write("\t".join(map(str, cells)) + "\n")
