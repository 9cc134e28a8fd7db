"""Writes provenance.json as a careful agent would: `provenance.py IN OUT CLAIMS.json`.

IN and OUT are the folders of inputs and outputs, CLAIMS what the agent knows of its own work: names and versions, the
commands with their exit status, seeds, licences, when it began. Digests are of the files as they lie there now.
Needs the standard library alone.
"""

import datetime
import hashlib
import json
import os
import platform
import sys

SKIPPED = {"provenance.json"}


def digest(path):
    made = hashlib.sha256()
    with open(path, "rb") as stream:
        for chunk in iter(lambda: stream.read(1 << 20), b""):
            made.update(chunk)
    return made.hexdigest()


def files(root):
    for folder, _, names in sorted(os.walk(root)):
        for name in sorted(names):
            path = os.path.join(folder, name)
            below = os.path.relpath(path, root)
            if below not in SKIPPED and not below.startswith("code/"):
                yield {"path": below, "sha256": digest(path)}


def main(inputs, outputs, claims):
    with open(claims, encoding="utf-8") as stream:
        said = json.load(stream)
    document = {
        "schema": "neurobench/provenance@1",
        "GeneratedBy": said["GeneratedBy"],
        "commands": said["commands"],
        "inputs": list(files(inputs)),
        "outputs": list(files(outputs)),
        "environment": {
            "digest": said["environment"],
            "os": platform.platform(),
            "arch": platform.machine(),
        },
        "seeds": said["seeds"],
        "threads": said["threads"],
        "started": said["started"],
        "ended": datetime.datetime.now(datetime.timezone.utc).isoformat(),
        "warnings": said["warnings"],
        "data_licences": said["data_licences"],
    }
    with open(os.path.join(outputs, "provenance.json"), "w", encoding="utf-8") as stream:
        json.dump(document, stream, indent=1, sort_keys=True)
        stream.write("\n")


main(*sys.argv[1:4])
