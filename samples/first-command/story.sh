#!/usr/bin/env bash
# The main job, on real input: a coding assistant's hook asks for production, and every step is decided, approved by
# somebody else, executed in a sandbox and verified offline. Each step checks what it tells.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
run=$(date +%H%M%S)

# Runs a command, shows it, keeps its output in $sample/out, and demands its exit status.
quietly() {
  local wanted=$1 status=0
  shift
  if [ "$1" = agent ]; then show "${@:2}"; else show "$@"; fi
  "$@" > "$sample/out" 2>&1 || status=$?
  [ "$status" = "$wanted" ] || { indent < "$sample/out"; fail "'$*' ended with $status instead of $wanted"; }
}
# The same, with all that it prints; or only its last lines, where the rest is long or was just seen.
expect() { quietly "$@"; indent < "$sample/out"; }
expect_end() {
  local lines=$1
  shift
  quietly "$@"
  [ "$(wc -l < "$sample/out")" -le "$lines" ] || echo "..." | indent
  tail -n "$lines" "$sample/out" | indent
}

# The first value of a JSON member in what was printed.
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" | head -n 1; }
first() { grep -o "$1" "$sample/out" | head -n 1; }

# One PreToolUse event exactly as Claude Code sends it, and the answer.
hook() {
  local wanted=$1 command=$2 status=0
  printf '  %s(Claude Code asks its hook: %s)%s\n' "$dim" "$command" "$plain"
  printf '{"session_id":"sample-%s","transcript_path":"/tmp/t.jsonl","cwd":"%s","prompt_id":"prompt-%s","permission_mode":"default","hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"%s"},"tool_use_id":"toolu_%s_%s"}' \
    "$run" "$place" "$run" "$command" "$run" "$RANDOM" | agent writ hook claude-code > "$sample/out" 2> "$sample/err" || status=$?
  sed 's/,"/,\n "/g' "$sample/out" | indent
  [ "$status" = "$wanted" ] || { indent < "$sample/err"; fail "the hook ended with $status instead of $wanted"; }
  request=$(first 'req-[a-z0-9]*') || fail "the hook named no request"
}

# A release that waits to be made: terraform's files, or a commit that production does not have.
prepare() {
  mkdir -p "$place"
  if [ "$tool" = terraform ]; then
    cp "$here/work-tree/main.tf" "$place/"
    return
  fi
  local git=(git -C "$place" -c user.name=Alice -c user.email=alice@example.test -c init.defaultBranch=main)
  if [ ! -d "$work/payments.git" ]; then
    git init -q --bare -b production "$work/payments.git"
    "${git[@]}" init -q
    "${git[@]}" remote add origin "$work/payments.git"
  fi
  printf 'release 2026.11.1 (%s)\n' "$run" > "$place/RELEASE"
  "${git[@]}" add RELEASE
  "${git[@]}" commit -q -m "Release 2026.11.1 ($run)"
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
if [ ! -d "$sample/realm" ]; then
  cp -r "$here/realm" "$sample/realm" && mkdir -p "$sample/realm/policies"
  cp -r "$repository"/policies/. "$sample/realm/policies/"
  if [ "$tool" = git ]; then
    sed -i 's/rollback: .*/rollback: git push --force origin PREVIOUS:production/' "$sample/realm/workflows.yaml"
  fi
  tell "Alice is alone, so this first document needs nobody else. From now on it does."
  expect_end 3 0 writ apply --as alice -f "$sample/realm" --reason "first document" --yes
  expect 0 writ invite --as alice bob --json
  code=$(field code < "$sample/out")
  expect 0 writ enrol bob --code "$code"
else
  tell "It was declared in an earlier story: $sample/realm"
fi
writ session list --as bob >/dev/null 2>&1 || expect 0 writ login --as bob
prepare

chapter "3. No owner, no production"
if ! grep -q owned "$sample/chapter-3" 2>/dev/null; then
  expect 3 writ session open --as alice --workflow release-prod --task "release 2026.11.1" --work-tree "$work"
  tell "Somebody has to answer for it. Alice names Bob, and Bob has to agree."
  sed -i 's/sensitivity: high }/sensitivity: high, owner: bob }/' "$sample/realm/targets.yaml"
  sed -i 's/    # No security owner yet.*/    securityOwner: bob/' "$sample/realm/workflows.yaml"
  expect 4 writ apply --as alice -f "$sample/realm" --reason "Bob answers for production" --yes
  change=$(writ inbox --as bob --json | grep -o '"id":"change-[a-z0-9]*"' | head -n 1 | cut -d'"' -f4)
  [ -n "$change" ] || fail "Bob's inbox holds no change"
  digest=$(writ show --as bob "$change" --json | field documentDigest)
  expect 0 writ approve --as bob "$change" --digest "$digest" --reason "agreed"
  echo owned > "$sample/chapter-3"
else
  tell "Bob answers for it since an earlier story."
fi

chapter "4. Alice opens a session for one task"
expect 0 writ session open --as alice --workflow release-prod --task "release 2026.11.1 ($run)" --work-tree "$work" --minutes 30
session=$(first 'ses-[a-z0-9]*')
# Only the agent's own commands carry the session: with it, nobody is taken for a person.
agent() { (cd "$place" && env "WRIT_SESSION=$session" "$@"); }

chapter "5. The assistant asks to read: automatic, and brokered"
hook 0 "$reading"
tell "The command was rewritten, so that Writ runs it in a sandbox:"
expect 0 agent writ run --request "$request"

chapter "6. The assistant asks to change production: it has to wait"
hook 2 "$changing"
tell "Trying to run it all the same:"
expect 4 agent writ run --request "$request"

chapter "7. What Bob is shown, and signs"
expect 0 writ show --as bob "$request"
digest=$(writ show --as bob "$request" --json | sed -n 's/.*"digest":"\(sha256:[0-9a-f]*\)","verdict".*/\1/p' | head -n 1)
[ -n "$digest" ] || fail "the request has no digest"
tell "Alice sponsors the session, so she cannot approve it:"
expect_end 1 5 writ approve --as alice "$request" --digest "$digest" --reason "it is fine, it is mine"

chapter "8. Bob approves exactly these bytes"
expect_end 1 0 writ approve --as bob "$request" --digest "$digest" --reason "release window, plan reviewed"

chapter "9. It runs once, in a sandbox"
expect 0 agent writ run --request "$request"
if [ "$tool" = git ]; then
  [ "$(git -C "$place" rev-parse HEAD)" = "$(git -C "$work/payments.git" rev-parse production)" ] \
    || fail "production is not at the release"
  tell "production is at $(git -C "$work/payments.git" log -1 --format='%h, %s' production)"
fi
tell "A second time is one too many:"
expect 5 agent writ run --request "$request"

chapter "10. Anybody can verify it, offline"
# Tiles are published a moment after their entries: the copy is good once it knows the last run.
rm -rf "$sample/copy"
for _ in $(seq 50); do
  writ ledger copy --as alice "$sample/copy" >/dev/null 2>&1 \
    && writ replay "$request" --ledger "$sample/copy" --key "$WRIT_DATA/keys/log.vkey" >/dev/null 2>&1 && break
  sleep 0.1
done
expect 0 writ ledger copy --as alice "$sample/copy"
expect 0 writ ledger verify "$sample/copy" --key "$WRIT_DATA/keys/log.vkey"
expect 0 writ replay "$request" --ledger "$sample/copy"
tell "One flipped byte, and it is found:"
bundle=$(find "$sample/copy/tile/entries" -type f | sort -V | tail -n 1)
printf 'X' | dd of="$bundle" bs=1 seek=$(($(stat -c %s "$bundle") / 2)) conv=notrunc status=none
expect 1 writ ledger verify "$sample/copy" --key "$WRIT_DATA/keys/log.vkey"
