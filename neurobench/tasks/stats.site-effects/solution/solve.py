"""Ridge that leaves one site out: `solve.py PARTICIPANTS PREDICTIONS SITES`."""

import csv
import sys

import numpy

table, predictions, summary = sys.argv[1:4]
with open(table) as stream:
    rows = list(csv.DictReader(stream, delimiter="\t"))
site = numpy.array([row["site"] for row in rows])
age = numpy.array([float(row["age"]) for row in rows])
thickness = numpy.array([[float(row["thickness_%d" % k]) for k in range(1, 7)] for row in rows])
folds = site
penalty = 10
predicted = numpy.zeros(len(rows))
for left_out in sorted(set(folds)):
    test = folds == left_out
    train = ~test
    centre, scale = thickness[train].mean(axis=0), thickness[train].std(axis=0)
    z = (thickness - centre) / scale
    offset = age[train].mean()
    gram = z[train].T @ z[train] + penalty * numpy.eye(6)
    slopes = numpy.linalg.solve(gram, z[train].T @ (age[train] - offset))
    predicted[test] = offset + z[test] @ slopes
with open(predictions, "w") as stream:
    stream.write("participant_id\tpredicted_age\n")
    for row, value in zip(rows, predicted):
        stream.write("%s\t%.8f\n" % (row["participant_id"], value))
with open(summary, "w") as stream:
    stream.write("site\tn\tmae\tr2\n")
    for name in sorted(set(site)):
        own = site == name
        error = age[own] - predicted[own]
        mae = numpy.abs(error).mean()
        r2 = 1 - (error**2).sum() / ((age[own] - age[own].mean()) ** 2).sum()
        stream.write("%s\t%d\t%.8f\t%.8f\n" % (name, own.sum(), mae, r2))
