# shellcheck shell=bash
# bats looks for this beside the files that it runs: the suite's own is one above.
# shellcheck source=tests/setup_suite.bash
source "${BASH_SOURCE[0]%/*}/../setup_suite.bash"
