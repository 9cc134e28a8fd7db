"""The same with the standard library: `plain.py DWI BVEC MATRICES OUT`."""

import gzip
import math
import struct
import sys

dwi, bvec, matrices, out = sys.argv[1:5]
with gzip.open(dwi) as stream:
    header = stream.read(348)
rows = [struct.unpack("<4f", header[280 + 16 * row : 296 + 16 * row])[:3] for row in range(3)]
columns = [[rows[i][j] for i in range(3)] for j in range(3)]
axes = [[value / math.sqrt(sum(v * v for v in column)) for value in column] for column in columns]
a, b, c = axes
volume_sign = sum(a[i] * (b[(i + 1) % 3] * c[(i + 2) % 3] - b[(i + 2) % 3] * c[(i + 1) % 3]) for i in range(3))
flip = [-1 if volume_sign > 0 else 1, 1, 1]
vectors = list(zip(*[[float(word) for word in line.split()] for line in open(bvec)]))
turned = []
for vector, line in zip(vectors, open(matrices).read().split("\n")[1:]):
    m = [float(word) for word in line.split("\t")]
    world = [sum(axes[j][i] * flip[j] * vector[j] for j in range(3)) for i in range(3)]
    moved = [sum(m[4 * i + j] * world[j] for j in range(3)) for i in range(3)]
    turned.append([flip[j] * sum(axes[j][i] * moved[i] for i in range(3)) for j in range(3)])
with open(out, "w") as stream:
    for axis in range(3):
        stream.write(" ".join("%.6f" % vector[axis] for vector in turned) + "\n")
