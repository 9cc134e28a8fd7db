"""The same with scikit-learn: `sklearn.py PARTICIPANTS PREDICTIONS SITES`."""

import sys

import pandas
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

table = pandas.read_csv(sys.argv[1], sep="\t")
features = table.filter(like="thickness_")
model = make_pipeline(StandardScaler(), Ridge(alpha=10))
table["predicted_age"] = cross_val_predict(model, features, table["age"], groups=table["site"], cv=LeaveOneGroupOut())
table[["participant_id", "predicted_age"]].to_csv(sys.argv[2], sep="\t", index=False, float_format="%.8f")
rows = [
    (name, len(own), mean_absolute_error(own.age, own.predicted_age), r2_score(own.age, own.predicted_age))
    for name, own in table.groupby("site")
]
summary = pandas.DataFrame(rows, columns=["site", "n", "mae", "r2"])
summary.to_csv(sys.argv[3], sep="\t", index=False, float_format="%.8f")
