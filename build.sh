#!/usr/bin/env bash
# The one entry to build, try and test Writ. CI says the same words. Run it without arguments for help.
set -euo pipefail
started=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")"
root=$PWD
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1

# Debian packages, by what needs them.
packages_build=(clang zlib1g-dev)
packages_run=(bubblewrap libsqlite3-0 libssl3 git)
packages_test=(
  asciinema gcc make libc6-dev golang-go golang-golang-x-mod-dev nodejs npm openssl procps zsh fish postgresql python3
  redis-server vim less openssh-server openssh-client netcat-openbsd xfsprogs btrfs-progs
)
packages_bench=(sudo nodejs gcc make postgresql python3)
packages_bench_cedar=(nodejs npm)

say() { printf '%s\n' "$*" >&2; }
die() { say "build.sh: $*"; exit 1; }

usage() {
  cat <<'HELP'
usage: ./build.sh WORD

  up       install what is missing, build, start writd with a sample realm, and play the first governed command
  down     stop the writd that `up` left running
  build    put writ, writ-cli, writd and writ-launch into out/
  test     build and run every test; ends with "N passed, N failed, N skipped"
  check    format, build and the tests that are not marked Slow, under a minute once everything was built: run it before
           every commit
  scores   judge labelled commands and everyday lines by the shipped policies, and write that into docs/scores.md
  bench    measure: ./build.sh bench [realm|stages|start|crash|hook|run|mediate|kill|egress|lease|identity|shell|impact|
           cedar]
  corpus   check Cedar against a packed corpus: ./build.sh corpus FILE.jsonl.gz (-h for more)
  differential
           compare Cedar decisions, validation, JSON and layouts with the official engine over random requests, 100,000
           of them: ./build.sh differential [N] [--seed S]; ends with "N passed, N failed, N skipped"
  vectors  compare the shell parser with bash over the shared vectors and print the scores
  clean    remove everything that was built, and the sample realm

Missing Debian packages are installed with apt-get, through sudo after asking when you are not root.
HELP
}

installed() { dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

# Another installation of the same tool (a newer node, say) is as good as the package.
provided() {
  case $1 in
    clang) command -v clang >/dev/null || command -v gcc >/dev/null ;;
    nodejs) command -v node >/dev/null ;;
    npm) command -v npm >/dev/null ;;
    bubblewrap) command -v bwrap >/dev/null ;;
    golang-go) command -v go >/dev/null ;;
    asciinema | git | gcc | less | make | openssl | sudo | vim) command -v "$1" >/dev/null ;;
    procps) command -v pgrep >/dev/null ;;
    *) installed "$1" ;;
  esac
}

need() {
  local missing=() package
  for package in "$@"; do
    provided "$package" || installed "$package" || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  local install="apt-get install -y --no-install-recommends ${missing[*]}"
  command -v apt-get >/dev/null || die "missing: ${missing[*]} (this is not Debian: install their counterparts)"
  if [ "$(id -u)" = 0 ]; then
    say "Installing ${missing[*]}"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive $install -qq; } >&2 || die "could not install: ${missing[*]}"
  elif [ -t 0 ] && command -v sudo >/dev/null; then
    say "These Debian packages are missing: ${missing[*]}"
    read -r -p "Install them with sudo? [y/N] " answer
    [ "$answer" = y ] || die "run this yourself, then try again: sudo $install"
    sudo apt-get update -qq && sudo $install
  else
    die "these Debian packages are missing; run this, then try again: sudo $install"
  fi
}

need_dotnet() {
  command -v dotnet >/dev/null || die "the .NET SDK 10 is missing; see https://dotnet.microsoft.com/download"
  dotnet --version >/dev/null 2>&1 || die "the .NET SDK does not fit global.json: $(dotnet --version 2>&1 | head -1)"
}

# Publishing native code costs half a minute, so it is skipped while no source is newer than what is there.
publish() {
  local project=$1 binary=$2 newer
  newer=$(find src knowledge policies Directory.Build.props Directory.Packages.props -newer "out/$binary" -type f \
    \( -name '*.cs' -o -name '*.csproj' -o -name '*.props' -o -name '*.json' -o -name '*.cedar' \) -print -quit 2>/dev/null || echo missing)
  if [ -e "out/$binary" ] && [ -z "$newer" ]; then return 0; fi
  say "Building $binary"
  local log
  log=$(dotnet publish "src/$project" -c Release -v q 2>&1) || { say "$log"; die "$binary does not build"; }
  mkdir -p out
  local from="artifacts/publish/$project"
  from=$(find "$from" -maxdepth 1 -name 'release*' | sort | tail -n 1)
  if [ "$binary" = writd ]; then
    rm -rf out/writd.d && mkdir -p out/writd.d && cp -r "$from"/. out/writd.d/
    printf '#!/bin/sh\nexec "$(dirname "$(readlink -f "$0")")/writd.d/writd" "$@"\n' > out/writd.new
    chmod 755 out/writd.new && mv -f out/writd.new out/writd
  else
    cp "$from/$binary" "out/$binary.new" && mv -f "out/$binary.new" "out/$binary"
  fi
}

build() {
  need_dotnet
  need "${packages_build[@]}" "${packages_run[@]}"
  publish Writ.Launcher writ-launch
  publish Writ.Front writ
  publish Writ.Cli writ-cli
  publish Writ.Server writd
}

compile() {
  local log
  log=$(dotnet build Writ.slnx -v q "$@" 2>&1) || { say "$log"; die "the solution does not build"; }
}

# The official engine's WebAssembly build, a peer to measure against; it is no part of the product. One lock file says
# which, here and for the differential tests.
official_cedar() {
  local folder=$root/artifacts/differential
  local module=$folder/node_modules/@cedar-policy/cedar-wasm/nodejs/cedar_wasm.js
  if [ ! -e "$module" ]; then
    say "Installing @cedar-policy/cedar-wasm"
    mkdir -p "$folder"
    cp tests/differential/package.json tests/differential/package-lock.json "$folder/"
    npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --silent >&2 \
      || say "the official engine could not be installed; measuring without it"
  fi
  printf '%s\n' "$module"
}

# The account of each failed test: from its name to the next line that is no part of it.
failures() {
  awk '/\[FAIL\]$/ { inside = 1; print; next }
       inside && /^(      .*)?$/ { print; next }
       { inside = 0 }' "$1" | head -n 400
}

# Each test project is a program of its own; the last line of its log holds the counts.
execute() {
  local project=$1
  shift
  "artifacts/bin/$project/debug/$project" -noColor "$@" >"artifacts/tests/$project.log" 2>&1 ||
    echo "exit status $?" >>"artifacts/tests/$project.log"
}

# What the logs of test projects say, added up. They are run here one after the other, if they were not already.
run_tests() {
  local project log total=0 failed=0 skipped=0 status=0 line t f s trouble=artifacts/tests/failures.log
  mkdir -p artifacts/tests
  : >"$trouble"
  for project in "$@"; do
    log=artifacts/tests/$project.log
    say "== $project"
    [ -n "${executed:-}" ] || execute "$project"
    grep -E '\[(FAIL|SKIP)\]' "$log" >&2 || true
    line=$(grep -E 'Total: [0-9]+' "$log" | tail -n 1 || true)
    if [ -z "$line" ]; then
      { echo "$project did not end:"; tail -n 40 "$log"; } >>"$trouble"
      status=1; failed=$((failed + 1)); continue
    fi
    t=$(sed -E 's/.*Total: ([0-9]+).*/\1/' <<<"$line")
    f=$(sed -E 's/.*Errors: ([0-9]+), Failed: ([0-9]+).*/\1 \2/' <<<"$line" | awk '{print $1 + $2}')
    s=$(sed -E 's/.*Skipped: ([0-9]+).*/\1/' <<<"$line")
    ! grep -q '^exit status ' "$log" || status=1
    if [ "$f" != 0 ]; then status=1; failures "$log" >>"$trouble"; fi
    [ "$s" = 0 ] || grep -A3 -E '\[SKIP\]' "$log" >&2 || true
    say "   $((t - f - s)) passed, $f failed, $s skipped"
    total=$((total + t)); failed=$((failed + f)); skipped=$((skipped + s))
  done
  # At the end, where a reader of a long log looks first.
  [ "$failed" = 0 ] || { say "== what failed (whole logs: artifacts/tests/)"; cat "$trouble" >&2; }
  printf '%d passed, %d failed, %d skipped\n' $((total - failed - skipped)) "$failed" "$skipped"
  return "$status"
}

# What was committed is laid out as .editorconfig says, or it would not build; so only what was changed since is gone over.
format_changed() {
  local changed
  mapfile -t changed < <(git diff --name-only --diff-filter=d HEAD -- '*.cs'; git ls-files -o --exclude-standard -- '*.cs')
  [ ${#changed[@]} = 0 ] || dotnet format whitespace . --folder --include "${changed[@]}" -v q
}

# The same, side by side and without the tests that take seconds: what is run before every commit.
run_quick_tests() {
  local project
  mkdir -p artifacts/tests
  for project in "$@"; do
    WRIT_MUTATIONS=300 WRIT_LINES=300 execute "$project" -trait- speed=slow &
  done
  wait
  executed=yes run_tests "$@"
}

# The same test as in `test`, with more requests; every scenario follows from the seed, which is printed.
differential() {
  local requests=100000 seed=$RANDOM project=Writ.Cedar.Tests log=artifacts/tests/differential.log status=0
  while [ $# -gt 0 ]; do
    case $1 in
      --seed) seed=${2:-none}; [ $# -lt 2 ] || shift ;;
      *) requests=$1 ;;
    esac
    shift
  done
  [[ $requests =~ ^[0-9]+$ && $seed =~ ^[0-9]+$ ]] || die "differential: N and S are whole numbers"
  mkdir -p artifacts/tests
  local built
  built=$(dotnet build "tests/$project" -v q 2>&1) || { say "$built"; die "the tests do not build"; }
  CI=true WRIT_DIFFERENTIAL_REQUESTS=$requests WRIT_DIFFERENTIAL_SEED=$seed \
    "artifacts/bin/$project/debug/$project" -noColor -class Writ.Cedar.Tests.Differential.DifferentialTests \
    >"$log" 2>&1 || status=1
  sed -n '/^seed /,/ passed, .* skipped$/p' "$log"
  if [ $status != 0 ] && ! grep -q ' passed, .* skipped$' "$log"; then cat "$log" >&2; fi
  return $status
}

# A question is no order: these words would build, start or remove something.
case "${2:-}" in
  -h | --help)
    case "${1:-}" in
      build | up | down | test | check | scores | vectors | bench | differential | clean) usage; exit 0 ;;
    esac
    ;;
esac

case "${1:-help}" in
  build) build ;;
  up) build; shift; exec samples/first-command/up.sh "$@" ;;
  down) exec samples/first-command/down.sh ;;
  test)
    build
    need "${packages_test[@]}"
    compile
    run_tests Writ.Tests Writ.Cedar.Tests Writ.Ledger.Tests Writ.Shell.Tests Writ.Linux.Tests Writ.Server.Tests Writ.EndToEnd.Tests
    ;;
  check)
    need_dotnet
    format_changed
    compile
    run_quick_tests Writ.Tests Writ.Cedar.Tests Writ.Ledger.Tests Writ.Shell.Tests
    ;;
  scores)
    need_dotnet
    dotnet build tests/Writ.Tests -v q >/dev/null || die "the core's tests do not build"
    WRIT_SCORES=1 artifacts/bin/Writ.Tests/debug/Writ.Tests -noColor -class Writ.Tests.Shell.BundleScoreTests
    sed -i '/^<!-- From here on made by/,$d' docs/scores.md
    cat artifacts/scores/bundle-{head,labelled,everyday}.md | tee -a docs/scores.md
    ;;
  vectors)
    need_dotnet
    dotnet build tests/Writ.Shell.Tests -v q >/dev/null || die "the shell parser's tests do not build"
    run_tests Writ.Shell.Tests
    cat artifacts/scores/shell-*.txt
    ;;
  bench)
    shift
    case "${1:-}" in
      cedar)
        need_dotnet
        need "${packages_bench_cedar[@]}"
        WRIT_CEDAR_WASM=$(official_cedar) && export WRIT_CEDAR_WASM
        ;;
      shell | impact) need_dotnet ;;
      *)
        build
        need "${packages_bench[@]}"
        ;;
    esac
    dotnet run --project bench/Writ.Benchmarks -c Release -v q -- "$@"
    ;;
  corpus)
    need_dotnet
    shift
    log=$(dotnet build bench/Writ.Corpus -c Release -v q 2>&1) || { say "$log"; die "the corpus driver does not build"; }
    cd "$started"
    exec "$root/artifacts/bin/Writ.Corpus/release/Writ.Corpus" "$@"
    ;;
  differential)
    need_dotnet
    need nodejs npm
    shift
    differential "$@"
    ;;
  clean) samples/first-command/down.sh 2>/dev/null || true; rm -rf artifacts out ;;
  help | -h | --help) usage ;;
  *) usage >&2; exit 2 ;;
esac
