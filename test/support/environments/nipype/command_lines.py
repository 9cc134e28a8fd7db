"""Prints the command lines that Nipype makes of given settings: a JSON file in, JSON on the last line of stdout.

In:  [{"interface": "fsl.BET", "traits": {"in_file": "/in/image/T1.nii.gz", "frac": 0.5}}, ...]
Out: [{"argv": ["bet", "/in/image/T1.nii.gz", ...]}, {"error": "..."}, ...]

A text that begins with /in/ or /out/ is a file below a folder of our own, which Nipype finds there (empty) where its
interface wants an input to exist; the folder is taken off again in what is printed.
"""

import importlib
import json
import logging
import os
import shlex
import sys
import tempfile

logging.disable(logging.CRITICAL)
# Modules say on stdout that there is no FreeSurfer or FSL; the answer is the last line.
import nipype  # noqa: E402,F401


def placed(value, root):
    """Tool paths below root, each with a file or, with a slash at its end, a folder there."""
    if isinstance(value, str) and value.startswith(("/in/", "/out/", "/scratch/")):
        path = root + value
        if value.endswith("/"):
            os.makedirs(path, exist_ok=True)
            return path[:-1]
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if not value.startswith("/out/") and "." in os.path.basename(path) and not os.path.exists(path):
            open(path, "w").close()
        return path
    if isinstance(value, list):
        return [placed(item, root) for item in value]
    if isinstance(value, dict) and "tuple" in value:
        return tuple(placed(item, root) for item in value["tuple"])
    return value


def command_line(case, root):
    module, name = case["interface"].rsplit(".", 1)
    interface = getattr(importlib.import_module(f"nipype.interfaces.{module}"), name)
    made = interface(**{key: placed(value, root) for key, value in case["traits"].items()})
    tokens = shlex.split(made.cmdline)
    # Some interfaces write inputs relative to the folder they stand in.
    tokens = [os.path.normpath(os.path.join(root, "out", token)) if token.startswith("../") else token for token in tokens]
    return [token.replace(root, "") for token in tokens]


def main():
    # Interfaces of FSL differ by release; this file is where they look for it.
    home = tempfile.mkdtemp()
    os.makedirs(home + "/etc")
    with open(home + "/etc/fslversion", "w") as file:
        file.write("6.0.7.18\n")
    os.environ["FSLDIR"] = home
    answers = []
    for case in json.load(open(sys.argv[1])):
        with tempfile.TemporaryDirectory() as folder:
            root = os.path.realpath(folder)
            os.makedirs(root + "/out")
            os.chdir(root + "/out")
            try:
                answers.append({"argv": command_line(case, root)})
            except Exception as error:  # noqa: BLE001 - told with the case
                answers.append({"error": f"{type(error).__name__}: {error}"})
            os.chdir("/")
    print("\n" + json.dumps(answers))


if __name__ == "__main__":
    main()
