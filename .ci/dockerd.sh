#!/bin/sh
# Runs a command with a container engine: `.ci/dockerd.sh npm test`.
#
# Where an engine answers already (DOCKER_HOST, or the usual socket), it is used. Otherwise one is installed from Debian
# and started on a socket, data root and pid file of its own in a temporary folder; when the command is done, that one
# process is ended and its folder removed. It runs in a network namespace of its own, since jobs have no network, and a
# second engine would otherwise take the bridge of the first one away.
set -eu

answers() { command -v docker >/dev/null 2>&1 && timeout 10 docker version >/dev/null 2>&1; }

missing=""
command -v mmdebstrap >/dev/null 2>&1 || missing="$missing mmdebstrap"
if ! answers; then
  command -v dockerd >/dev/null 2>&1 || missing="$missing docker.io iptables"
  command -v docker-init >/dev/null 2>&1 || missing="$missing tini"
  command -v docker >/dev/null 2>&1 || missing="$missing docker.io"
fi
if [ -n "$missing" ]; then
  echo "dockerd.sh: installing$missing" >&2
  apt-get update -qq
  # shellcheck disable=SC2086 # a list of package names
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing >/dev/null
fi
if answers; then
  exec "$@"
fi

folder=$(mktemp -d "${TMPDIR:-/tmp}/neuroclaw-dockerd.XXXXXX")
# Others may pass through to the socket, whose own group says who may use it.
chmod 711 "$folder"
log="$folder/log"

stop() {
  if [ -s "$folder/pid" ]; then
    kill "$(cat "$folder/pid")" 2>/dev/null || true
    # It ends its containers first; then it removes its pid file.
    for _ in $(seq 150); do
      [ -s "$folder/pid" ] || break
      sleep 0.2
    done
  fi
  rm -rf "$folder" 2>/dev/null || true
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

unshare --net dockerd --host "unix://$folder/docker.sock" --data-root "$folder/data" --exec-root "$folder/exec" \
  --pidfile "$folder/pid" --bridge=none --iptables=false --ip6tables=false >"$log" 2>&1 </dev/null &

DOCKER_HOST="unix://$folder/docker.sock"
export DOCKER_HOST
for _ in $(seq 150); do
  answers && break
  sleep 0.2
done
if ! answers; then
  echo "dockerd.sh: the engine did not start:" >&2
  tail -n 20 "$log" >&2
  exit 12
fi

status=0
"$@" || status=$?
exit "$status"
