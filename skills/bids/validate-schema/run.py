"""Runs bids-validator-deno on a dataset, offline and with the schema that it carries, and keeps what it says as JSON."""

import argparse
import importlib.metadata
import json
import os
import subprocess
import sys
import tempfile

import bids_validator_deno
import deno


def fail(message):
    print(" ".join(str(message).split()), file=sys.stderr)
    sys.exit(2)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dataset", required=True)
    parser.add_argument("--ignore-nifti-headers", action="store_true")
    parser.add_argument("--report", required=True)
    args = parser.parse_args()

    bundle = os.path.join(os.path.dirname(bids_validator_deno.__file__), "bids-validator.js")
    with tempfile.TemporaryDirectory() as scratch:
        said = os.path.join(scratch, "said.json")
        # No --allow-net and no --allow-run, which the wheel's own start gives: nothing is fetched, no other program starts.
        command = [
            os.fsdecode(deno.find_deno_bin()), "run", "--quiet", "--no-remote", "--no-prompt", "--allow-read", "--allow-env",
            f"--allow-write={scratch}", bundle, args.dataset, "--format", "json", "--outfile", said, "--max-rows", "-1",
        ]  # fmt: skip
        if args.ignore_nifti_headers:
            command.append("--ignoreNiftiHeaders")
        environment = {
            "PATH": os.environ.get("PATH", ""), "HOME": scratch, "DENO_DIR": os.path.join(scratch, "deno"), "NO_COLOR": "1",
            "DENO_NO_UPDATE_CHECK": "1", "LC_ALL": "C.UTF-8",
        }  # fmt: skip
        # 0: no errors; 16: errors in the dataset, which are findings.
        run = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if run.returncode not in (0, 16) or not os.path.exists(said):
            fail(f"the validator ended with {run.returncode}: {(run.stderr or run.stdout).strip()[-400:]}")
        with open(said, encoding="utf-8") as file:
            result = json.load(file)
    summary = result.get("summary", {})
    if "schemaVersion" not in summary or "issues" not in result:
        fail("the validator gave no schema version or no issues")
    issues = [
        {key: value for key, value in issue.items() if value is not None} for issue in result["issues"].get("issues", [])
    ]
    report = {
        "validator": "bids-validator-deno",
        "version": importlib.metadata.version("bids-validator-deno"),
        "schema": summary["schemaVersion"],
        "issues": sorted(issues, key=lambda issue: json.dumps(issue, sort_keys=True)),
        "messages": result["issues"].get("codeMessages", {}),
        # Counts and kinds; what the validator repeats of the participants themselves is left out.
        "summary": {
            "subjects": len(summary.get("subjects", [])),
            "sessions": len(summary.get("sessions", [])),
            "tasks": sorted(summary.get("tasks", [])),
            "modalities": sorted(summary.get("modalities", [])),
            "files": summary.get("totalFiles", 0),
            "bytes": summary.get("size", 0),
        },
    }
    with open(args.report, "w", encoding="utf-8") as file:
        json.dump(report, file, indent=1, sort_keys=True, ensure_ascii=False)
        file.write("\n")


main()
