# shellcheck shell=bash
# survive: a fault (faults.bash) as a test of `make faults`, which is a row of its table, in $FAULTS_OUT, and fails
# where a request is lost or answered twice.
# shellcheck disable=SC2034,SC2154 # faults.bash and common.bash set and read them

# row MODE NAME: what came of it, as a line of the table.
row() {
  local what="${2//_/ }, ${start:+$start, }$1"
  echo "| $what | $stimulus | $requests | $lost | $duplicated | $recovery_ms ms |" >>"$FAULTS_OUT"
  echo "# $what, $stimulus: $requests requests, $refused refused, $lost lost ($why), $duplicated duplicated," \
    "$recovery_ms ms, slowest $slowest_ms ms" >&3
}

# survive NAME MODE ROUNDS: of a resident program's connections none is counted.
survive() {
  rounds=$3
  fault "$1" "$2"
  row "$2" "$1"
  assert_equal "$refused $lost $duplicated $why" '0 0 0 -' "refused, lost, duplicated and why"
  [[ ${start-} == resident ]] || ((accepted >= requests)) || fail "$requests requests, $accepted accepted"
}

# outlive NAME MODE ROUNDS: clients are refused where no master is left.
outlive() {
  rounds=$3
  fault "$1" "$2"
  row "$2" "$1"
  assert_equal "$duplicated" 0 "duplicated"
  ((none > 0)) || assert_equal "$refused $lost $why" '0 0 -' "refused, lost and why"
  kill -TERM "$master"
  wait_for 10 no_process_is_left
}
