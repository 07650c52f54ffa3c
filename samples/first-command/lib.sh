# Where the sample lives, and how the story talks. Sourced by up.sh, down.sh and story.sh.
# shellcheck shell=bash
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
here=$repository/samples/first-command
sample=${WRIT_SAMPLE:-$repository/out/sample}
export WRIT_DATA=$sample/data
export WRIT_CONFIG=$sample/config
export WRIT_SOCKET=$sample/run/agent.sock
export WRIT_LISTEN=${WRIT_LISTEN:-http://127.0.0.1:7433}
export WRIT_URL=$WRIT_LISTEN
# The sample's people share this machine and a throw-away passphrase. Yours must not.
export WRIT_PASSPHRASE_FILE=$sample/passphrase
pidfile=$sample/writd.pid
work=$sample/work

# The release is a real `terraform apply` where terraform is, else a real `git push`. Writ looks for programs there.
tool=git
for folder in /usr/local/bin /usr/bin; do [ -x "$folder/terraform" ] && tool=terraform; done
tool=${WRIT_SAMPLE_TOOL:-$tool}
case $tool in
  terraform)
    place=$work/terraform
    reading='terraform plan -no-color' changing='terraform apply -auto-approve -no-color'
    ;;
  git)
    place=$work/payments
    reading='git log --oneline' changing='git push origin HEAD:production'
    ;;
  *) echo "WRIT_SAMPLE_TOOL is terraform or git, not '$tool'" >&2; exit 2 ;;
esac

PATH=$repository/out:$PATH

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
  bold=$(printf '\033[1m') dim=$(printf '\033[2m') plain=$(printf '\033[0m')
else
  bold='' dim='' plain=''
fi

chapter() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
tell() { printf '  %s\n' "$*"; }
# Shows a command as one would type it: words that a shell would split or expand stand in quotes.
show() {
  local line='' word
  for word in "$@"; do
    case $word in
      *[!A-Za-z0-9_./:=@%+,-]* | '') word="'$(printf %s "$word" | sed "s/'/'\\\\''/g")'" ;;
    esac
    line+=" $word"
  done
  printf '  %s$%s%s\n' "$dim" "$line" "$plain"
}
indent() { sed 's/^/    /'; }
fail() { printf '\nThe story did not go as it should: %s\n' "$*" >&2; exit 1; }

alive() { [ -f "$pidfile" ] && kill -0 "$(cat "$pidfile")" 2>/dev/null; }
