#!/usr/bin/env bash
# Starts writd on this machine with a sample realm and plays the first governed command. On a terminal it stays until
# Ctrl-C, which leaves nothing running; otherwise it leaves writd running, and ./build.sh down stops it.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

daemon=''
leave() {
  local status=$?
  trap - EXIT INT TERM
  if [ -n "$daemon" ] && { [ "$status" != 0 ] || [ -t 0 ]; }; then
    "$here/down.sh" || true
  fi
  exit "$status"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# True when something listens where writd should.
answers() {
  local port=${WRIT_LISTEN##*:}
  (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null
}

umask 077
mkdir -p "$sample/run" "$sample/config"
[ -f "$WRIT_PASSPHRASE_FILE" ] || printf 'sample only\n' > "$WRIT_PASSPHRASE_FILE"

if [ ! -d "$WRIT_DATA" ]; then
  chapter "A realm is made"
  tell "Its ledger begins here, with Alice as its founder."
  writ init --data "$WRIT_DATA" --name "Sample" --origin "writ.localhost/sample" \
    --founder alice --founder-name "Alice Moreau" --json > "$sample/founder.json" || fail "writ init"
fi

if alive; then
  tell "writd is running already ($(cat "$pidfile"))."
else
  writd --data "$WRIT_DATA" --socket "$WRIT_SOCKET" --listen "$WRIT_LISTEN" > "$sample/writd.log" 2>&1 < /dev/null &
  daemon=$!
  echo "$daemon" > "$pidfile"
  for _ in $(seq 100); do
    if answers; then break; fi
    alive || { tail -n 20 "$sample/writd.log" >&2; fail "writd did not start"; }
    sleep 0.1
  done
  answers || { tail -n 20 "$sample/writd.log" >&2; fail "writd does not answer on $WRIT_LISTEN"; }
fi

"$here/story.sh"

# A session of its own: a command that an assistant's hook never announced is a finding in the assistant's session.
hand=$(writ session open --as alice --workflow release-prod --task "by hand" --work-tree "$work" --json \
  | grep -o 'ses-[a-z0-9]*' | head -n 1) || fail "no session to try by hand"

chapter "Now you"
tell "writd listens on $WRIT_LISTEN and $WRIT_SOCKET (log: $sample/writd.log)."
tell "In another shell:"
cat <<HOW
    . $here/env.sh     # paths of the sample
    cd $place
    writ run --session $hand -- $reading     # automatic
    writ run --session $hand -- $changing     # waits for Bob
    writ inbox --as bob     # what waits for him
    writ show --as bob ID; writ approve --as bob ID
    writ run --request ID     # once he has agreed
    writ doctor     # what is weak here, and why
HOW
if [ -t 0 ] && [ -n "$daemon" ]; then
  tell "Ctrl-C here stops writd."
  # An interrupt that arrives while bash waits for a program or for $(...) is lost when that one ends by itself in the
  # same moment. While it waits for a background process, its trap always runs.
  wait "$daemon" || true
else
  tell "./build.sh down stops writd."
fi
