#!/bin/sh
# Installs the terminal that tests of the conversation type into, where it is absent: tmux.
set -eu
command -v tmux >/dev/null 2>&1 && exit 0
echo "terminal.sh: installing tmux" >&2
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends tmux >/dev/null
