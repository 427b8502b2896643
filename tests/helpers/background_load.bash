# shellcheck shell=bash
# background_load: a load of preforkload beside what a test does, no request of which may fail; `load
# helpers/background_load`, behind common.
# shellcheck disable=SC2154 # common.bash sets them

# json_figure KEY: the first figure of that name in the load's report.
json_figure() { # KEY
  [[ ! $(<load.json) =~ \"$1\":([0-9]*) ]] || echo "${BASH_REMATCH[1]}"
}

load_options=() # for begin_load

# begin_load [MS]: a load in the background, which has begun; for so long, or until end_load. That checks that no
# request failed.
begin_load() {
  load_ms=${1-}
  "$BUILD/preforkload" "$endpoint" "${load_options[@]}" --quiet --json --connections 4 --duration "${load_ms:-3600000}ms" >load.json 3>&- &
  generator=$!
  wait_for 20 load_has_begun
}

# Whether a process of the load has waited for answers, or the load is over.
load_has_begun() {
  local pid text
  local -a pids
  { mapfile -d ' ' -t pids <"/proc/$generator/task/$generator/children"; } 2>/dev/null || return 0
  for pid in "${pids[@]}"; do
    { IFS= read -r -d '' text <"/proc/$pid/status"; } 2>/dev/null
    [[ ! $text =~ [^n]voluntary_ctxt_switches:[[:blank:]]+[0-9]{2} ]] || return 0
  done
  has_ended "$generator"
}

end_load() {
  local status=0 expected_status=0
  if [[ ! $load_ms ]]; then
    kill -INT "$generator"
    expected_status=130
  fi
  wait "$generator" || status=$?
  assert_equal "$status $(json_figure failed)" "$expected_status 0" "the load's exit status, failed"
  (($(json_figure ok) > 0)) || fail 'the load had no answer'
}
