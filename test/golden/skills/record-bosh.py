"""Records what bosh (the reference implementation of Boutiques) makes of the cases in bosh.json.

    pip install boutiques==0.5.33 && python3 record-bosh.py

Every case has a descriptor and values; argv and paths are bosh's command line, split by a POSIX shell's rules,
and its output file names.
"""

import json
import pathlib
import shlex

from boutiques.localExec import LocalExecutor

here = pathlib.Path(__file__).parent
document = json.loads((here / "bosh.json").read_text())
base = document["base"]
for case in document["cases"]:
    executor = LocalExecutor(
        json.dumps({**base, **case["descriptor"]}),
        json.dumps(case["values"]),
        {"skipDataCollect": True, "requireComplete": True, "sandbox": False, "noContainer": True, "provenance": None},
    )
    case["argv"] = shlex.split(executor.cmd_line[0])
    case["paths"] = executor.out_dict
(here / "bosh.json").write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
