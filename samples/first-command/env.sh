# Source this in a shell to use the sample realm: . samples/first-command/env.sh
# shellcheck shell=bash
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
set +e
