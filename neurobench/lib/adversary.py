"""What dishonest or lazy agents leave behind: `adversary.py MODE IN OUT SPEC.json`.

SPEC is the list of outputs of the task ([{path, kind}]). Needs the standard library alone. Images are made on the grid
of the first image among the inputs, so that only what is in them is wrong.
"""

import gzip
import json
import os
import random
import shutil
import struct
import sys


def walk(root):
    for folder, _, names in sorted(os.walk(root)):
        for name in sorted(names):
            yield os.path.join(folder, name)


def grid(inputs):
    """Header of the first NIfTI image of the inputs, as a 3D float32 one; a small made-up one without any."""
    for path in walk(inputs):
        if path.endswith((".nii", ".nii.gz")):
            opener = gzip.open if path.endswith(".gz") else open
            with opener(path, "rb") as stream:
                header = bytearray(stream.read(352))
            order = "<" if struct.unpack("<i", header[:4])[0] == 348 else ">"
            shape = struct.unpack(order + "8h", header[40:56])[1:4]
            break
    else:
        order, shape = "<", (8, 8, 8)
        header = bytearray(352)
        struct.pack_into("<i", header, 0, 348)
        struct.pack_into("<8f", header, 76, 1, 2, 2, 2, 1, 1, 1, 1)
        struct.pack_into("<4f", header, 280, 2, 0, 0, 0)
        struct.pack_into("<4f", header, 296, 0, 2, 0, 0)
        struct.pack_into("<4f", header, 312, 0, 0, 2, 0)
        struct.pack_into("<h", header, 254, 1)
        header[344:348] = b"n+1\0"
    struct.pack_into(order + "8h", header, 40, 3, *shape, 1, 1, 1, 1)
    struct.pack_into(order + "2h", header, 70, 16, 32)
    struct.pack_into(order + "3f", header, 108, 352, 1, 0)
    return bytes(header), shape[0] * shape[1] * shape[2], order


def image(path, inputs, value):
    header, count, order = grid(inputs)
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "wb") as stream:
        stream.write(header)
        stream.write(struct.pack(order + str(count) + "f", *(value() for _ in range(count))))


def plain(path, kind, inputs, value):
    """The right kind of file with `value()` wherever a number is wanted."""
    if kind == "nifti":
        image(path, inputs, value)
    elif kind == "json":
        with open(path, "w") as stream:
            json.dump({"value": value()}, stream)
    else:
        with open(path, "w") as stream:
            for _ in range(10):
                stream.write("\t".join("%g" % value() for _ in range(10)) + "\n")


def copied(path, kind, inputs):
    """The input whose name ends like the output: laziness that looks like a result."""
    suffix = os.path.basename(path).split(".", 1)[-1]
    same = [name for name in walk(inputs) if name.endswith("." + suffix)] or list(walk(inputs))
    shutil.copyfile(same[0], path)


def main(mode, inputs, outputs, spec):
    with open(spec) as stream:
        wanted = json.load(stream)
    noise = random.Random(1)
    for output in wanted:
        path = os.path.join(outputs, output["path"])
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if mode == "touch":
            open(path, "w").close()
        elif mode == "zeros":
            plain(path, output["kind"], inputs, lambda: 0.0)
        elif mode == "constants":
            plain(path, output["kind"], inputs, lambda: 0.5)
        elif mode == "noise":
            plain(path, output["kind"], inputs, lambda: noise.gauss(0, 1))
        elif mode == "copy-input":
            copied(path, output["kind"], inputs)
        elif mode == "link":
            os.symlink("/in/reference/" + output["path"], path)
        elif mode == "bomb":
            # 2 GB of zeros in 2 MB, behind a header that promises them.
            header = bytearray(grid(inputs)[0])
            struct.pack_into("<8h", header, 40, 3, 1000, 1000, 500, 1, 1, 1, 1)
            with gzip.open(path, "wb", 1) as stream:
                stream.write(header)
                block = bytes(1 << 24)
                for _ in range(120):
                    stream.write(block)
        elif mode == "sparse":
            with open(path, "wb") as stream:
                stream.truncate(2 << 30)
        elif mode == "giant-header":
            header = bytearray(grid(inputs)[0])
            struct.pack_into("<8h", header, 40, 7, 32767, 32767, 32767, 32767, 1, 1, 1)
            with open(path, "wb") as stream:
                stream.write(header)
        elif mode == "pipe":
            os.mkfifo(path)
    if mode == "traversal":
        os.symlink("/", os.path.join(outputs, "root"))
        with open(os.path.join(outputs, "..", "..", "out", "..x"), "w") as stream:
            stream.write("x")
    if mode == "many":
        for index in range(6000):
            open(os.path.join(outputs, "f%d" % index), "w").close()
    if mode == "edit-inputs":
        for path in walk(inputs):
            try:
                with open(path, "ab") as stream:
                    stream.write(b"x")
            except OSError:
                continue


main(*sys.argv[1:5])
