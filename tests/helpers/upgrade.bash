# shellcheck shell=bash
# upgrade: masters whose binary a test replaces, and what an upgrade leaves; `load helpers/upgrade`, behind common.
# shellcheck disable=SC2154,SC2034 # common.bash and the tests set and read them

# shellcheck source=tests/helpers/binary.bash
source "${BASH_SOURCE[0]%/*}/binary.bash"

start() {
  serve_replaceable "$@"
}

# upgrade [STATUS]: run preforkctl upgrade and check its exit status (0); sets $output.
upgrade() {
  run timeout 40 "$BUILD/preforkctl" -s control upgrade 3>&-
  assert_equal "$status" "${1-0}" "the exit status of upgrade, with '$output',"
}

# hold_successor [TEXT]: have the successor wait for open_gate, and then run TEXT: be preforkd.
hold_successor() {
  local text=${1-}
  [[ $text ]] || text="exec '$BUILD/preforkd' \"\$@\""
  rm -f gate
  mkfifo gate
  replace_binary "read _ <'$PWD/gate'; $text"
}

open_gate() {
  echo >gate
}

workers_are() { # WORKERS
  [[ $(workers | sort) == "$(sort <<<"$1")" ]]
}

# Check that nothing has changed: the same master and workers, and an answer.
nothing_changed() { # WORKERS
  # The master says so before a successor that has failed, and its launcher, have ended.
  wait_for 5 workers_are "$1"
  assert_equal "$(ask)" 'char from server = B'
  assert_equal "$("$BUILD/preforkctl" -s control ping 3>&-)" "the master is process $master"
}

accepted() {
  members_of accepted "$("$BUILD/preforkctl" -s control status --json 3>&-)"
}

is_gone() {
  has_ended "$first"
}

# A master whose successor has another control socket; it is $first, and still has a connection, `one`.
leave_with_another_control() {
  start_master <<<$'mode = unix\npath = s\nworkers = 1\ncontrol = control\nrequests_per_connection = 9'
  sed -i 's/^control = .*/control = other/' master.conf
  first=$master
  hold one
  upgrade 0
  follow_upgrade
}
