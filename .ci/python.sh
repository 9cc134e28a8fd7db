#!/bin/sh
# Installs what the tests of Python environments need, where it is absent: CPython 3.11 with venv and pip, bubblewrap, uv.
set -eu
missing=""
python3.11 -I -c 'import ensurepip' >/dev/null 2>&1 || missing="$missing python3.11 python3.11-venv"
command -v bwrap >/dev/null 2>&1 || missing="$missing bubblewrap"
if [ -n "$missing" ]; then
  echo "python.sh: installing$missing" >&2
  apt-get update -qq
  # shellcheck disable=SC2086 # a list of package names
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing >/dev/null
fi
# Without uv the packages are installed with pip, which takes a minute longer.
command -v uv >/dev/null 2>&1 || python3 -m pip install --quiet --break-system-packages uv || echo "python.sh: no uv, pip serves" >&2
