#!/usr/bin/env bash
# Stops the writd that up.sh left running, and waits until it is gone.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
alive || { echo "No sample writd is running." >&2; rm -f "$pidfile"; exit 0; }
pid=$(cat "$pidfile")
kill -TERM "$pid"
for _ in $(seq 100); do
  kill -0 "$pid" 2>/dev/null || { rm -f "$pidfile"; echo "Stopped writd ($pid)." >&2; exit 0; }
  sleep 0.1
done
kill -KILL "$pid"
rm -f "$pidfile"
echo "writd ($pid) did not stop in ten seconds and was killed." >&2
