#!/usr/bin/env bash
# The main job, on real input: a coding assistant's hook asks for production, and every step is decided, approved by
# somebody else, executed in a sandbox and verified offline. Each step checks what it tells.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
work=$sample/work
run=$(date +%H%M%S)

# Runs a command, shows it with its output, and demands its exit status.
expect() {
  local wanted=$1 status=0
  shift
  if [ "$1" = agent ]; then show "${*:2}"; else show "$*"; fi
  "$@" > "$sample/out" 2>&1 || status=$?
  indent < "$sample/out"
  [ "$status" = "$wanted" ] || fail "'$*' ended with $status instead of $wanted"
}

field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" | head -n 1; }

# One PreToolUse event exactly as Claude Code sends it.
hook() {
  printf '{"session_id":"sample-%s","transcript_path":"/tmp/t.jsonl","cwd":"%s","prompt_id":"prompt-%s","permission_mode":"default","hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"%s"},"tool_use_id":"toolu_%s_%s"}' \
    "$run" "$work" "$run" "$1" "$run" "$RANDOM" | agent writ hook claude-code
}

chapter "1. People enrol their own keys"
if ! writ session list --as alice >/dev/null 2>&1; then
  if [ ! -f "$WRIT_CONFIG/keys/alice.key" ]; then
    tell "Alice uses the one-time code that writ init printed."
    expect 0 writ enrol alice --code "$(field code < "$sample/founder.json")"
  fi
  expect 0 writ login --as alice
else
  tell "Alice is enrolled and logged in."
fi

chapter "2. The realm is declared: owners, workflows, policy"
rm -rf "$sample/realm" && cp -r "$here/realm" "$sample/realm" && mkdir -p "$sample/realm/policies"
cp "$repository"/policies/*.cedar "$sample/realm/policies/"
if [ ! -f "$WRIT_CONFIG/keys/bob.key" ]; then
  tell "Alice is alone, so this first document needs nobody else. From now on it does."
  expect 0 writ apply --as alice -f "$sample/realm" --reason "first document" --yes
  expect 0 writ invite --as alice bob --json
  code=$(field code < "$sample/out")
  expect 0 writ enrol bob --code "$code"
fi
writ session list --as bob >/dev/null 2>&1 || expect 0 writ login --as bob

mkdir -p "$work" && cp "$here/work-tree/main.tf" "$work/"
if writ session list --as alice --json | grep -q '"workflow":"release-prod".*"state":"open"'; then
  tell "(A session of an earlier story is still open; this one uses a new one.)"
fi

if ! grep -q owned "$sample/chapter-3" 2>/dev/null; then
  chapter "3. No owner, no production"
  expect 3 writ session open --as alice --workflow release-prod --task "release 2026.11.1" --work-tree "$work"
  tell "Somebody has to answer for it. Alice names Bob, and Bob has to agree."
  sed -i 's/sensitivity: high }/sensitivity: high, owner: bob }/' "$sample/realm/targets.yaml"
  sed -i 's/    # No security owner yet.*/    securityOwner: bob/' "$sample/realm/workflows.yaml"
  expect 4 writ apply --as alice -f "$sample/realm" --reason "Bob answers for production" --yes
  change=$(writ inbox --as bob --json | grep -o '"id":"[a-z]*-[a-z0-9]*"' | head -n 1 | cut -d'"' -f4)
  [ -n "$change" ] || fail "Bob's inbox holds no change"
  digest=$(writ show --as bob "$change" --json | field documentDigest)
  expect 0 writ approve --as bob "$change" --digest "$digest" --reason "agreed"
  echo owned > "$sample/chapter-3"
fi

chapter "4. Alice opens a session for one task"
expect 0 writ session open --as alice --workflow release-prod --task "release 2026.11.1 ($run)" --work-tree "$work" --minutes 30 --json
session=$(grep -o '"id":"ses-[a-z0-9]*"' "$sample/out" | head -n 1 | cut -d'"' -f4)
# Only the agent's own commands carry the session: with it, nobody is taken for a person.
agent() { env "WRIT_SESSION=$session" "$@"; }

chapter "5. The assistant asks to read: automatic, and brokered"
show "(Claude Code's hook) terraform plan"
hook "terraform plan -no-color" > "$sample/out" 2>&1 || fail "reading was not allowed: $(cat "$sample/out")"
indent < "$sample/out"
request=$(grep -o 'request-[a-z0-9]*\|req-[a-z0-9]*' "$sample/out" | head -n 1)
tell "The command was rewritten, so that Writ runs it in a sandbox:"
expect 0 agent writ run --request "$request"

chapter "6. The assistant asks to change production: it has to wait"
show "(Claude Code's hook) terraform apply -auto-approve"
status=0
hook "terraform apply -auto-approve -no-color" > "$sample/out" 2>&1 || status=$?
indent < "$sample/out"
[ "$status" = 2 ] || fail "the hook ended with $status instead of 2"
request=$(grep -o 'req-[a-z0-9]*' "$sample/out" | head -n 1)
[ -n "$request" ] || fail "the hook named no request"
expect 4 agent writ run --request "$request"

chapter "7. Alice sponsors the session, so she cannot approve it"
expect 0 writ show --as bob "$request"
digest=$(writ show --as bob "$request" --json | sed -n 's/.*"digest":"\(sha256:[0-9a-f]*\)","verdict".*/\1/p' | head -n 1)
[ -n "$digest" ] || digest=$(writ show --as bob "$request" --json | field digest)
expect 5 writ approve --as alice "$request" --digest "$digest" --reason "it is fine, it is mine"

chapter "8. Bob approves exactly these bytes"
expect 0 writ approve --as bob "$request" --digest "$digest" --reason "release window, plan reviewed"

chapter "9. It runs once, in a sandbox"
expect 0 agent writ run --request "$request"
expect 5 agent writ run --request "$request"

chapter "10. Anybody can verify it, offline"
rm -rf "$sample/copy"
for _ in $(seq 50); do
  rm -rf "$sample/copy" && cp -r "$WRIT_DATA/tiles" "$sample/copy"
  if writ ledger verify "$sample/copy" --key "$WRIT_DATA/keys/log.vkey" > "$sample/out" 2>&1; then break; fi
  sleep 0.1
done
expect 0 writ ledger verify "$sample/copy" --key "$WRIT_DATA/keys/log.vkey"
expect 0 writ replay "$request" --ledger "$sample/copy"
tell "One flipped byte, and it is found:"
bundle=$(find "$sample/copy/tile/entries" -type f | sort -V | tail -n 1)
printf 'X' | dd of="$bundle" bs=1 seek=400 conv=notrunc status=none
expect 1 writ ledger verify "$sample/copy" --key "$WRIT_DATA/keys/log.vkey"
