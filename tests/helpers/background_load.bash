# shellcheck shell=bash
# background_load: a load of preforkload beside what a test does, no request of which may fail; `load
# helpers/background_load`, behind common.
# shellcheck disable=SC2154 # common.bash sets them

# json_figure KEY: the first figure of that name in the load's report.
json_figure() { # KEY
  grep -o "\"$1\":[0-9]*" load.json | head -n 1 | cut -d: -f2
}

# begin_load MS: a load in the background, for so long; end_load checks that no request failed.
begin_load() {
  "$BUILD/preforkload" "$endpoint" --quiet --json --connections 4 --duration "$1ms" >load.json 3>&- &
  generator=$!
}

end_load() {
  local status=0
  wait "$generator" || status=$?
  assert_equal "$status $(json_figure failed)" '0 0' "the load's exit status, failed"
}
