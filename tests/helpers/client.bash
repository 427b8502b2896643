# shellcheck shell=bash
# client: the client programs as their users meet them; `load helpers/client`, behind common.
# shellcheck disable=SC2154 # common.bash sets them

# run_separated COMMAND...: into $status, $output and $stderr.
run_separated() {
  status=0
  "$@" >out 2>err 3>&- || status=$?
  output=$(<out) stderr=$(<err)
}

# said STATUS OUTPUT STDERR: that, and nothing else; STDERR is a regular expression.
said() {
  assert_equal "$status" "$1" "exit status, with '$stderr',"
  assert_equal "$output" "$2" "standard output"
  assert_match "$stderr" "^$3\$"
}

# load_it ARGUMENT...: preforkload.
load_it() {
  run_separated "$BUILD/preforkload" "$@"
}

# begin_load ARGUMENT...: preforkload in the background, in a session of its own; end_load waits for its end and
# checks that no process of it is left.
begin_load() {
  "$bin/launch" "$BUILD/preforkload" "$@" </dev/null >out 2>err 3>&- &
  load=$!
}

end_load() {
  status=0
  wait_for 20 has_ended "$load"
  wait "$load" || status=$?
  output=$(<out) stderr=$(<err)
  wait_for 5 session_is_over "$load"
}

# ended_well: 0; an open loop may also say that this machine was too busy for its schedule, as long as
# nothing went unsent.
ended_well() {
  [[ $status == 0 || ($status == 3 && $output == *'not held: 0 never sent'*) ]] ||
    fail "exit status $status: $stderr" "$output"
}

# The number at KEY of the JSON in $output: `ok`, `reply_mismatch`.
figure() { # KEY
  [[ ! $output =~ \"$1\":([0-9]*) ]] || echo "${BASH_REMATCH[1]}"
}

# One JSON value and nothing else. Nothing is tried twice: a report is long.
is_json() { # FILE
  local pattern='
    (?(DEFINE) (?<value> (?> (?&object) | (?&array) | (?&string) | (?&number) | true | false | null ) )
      (?<string> "(?:[^"\\\x00-\x1f]|\\.)*+" )
      (?<number> -?\d++(?:\.\d++)?+(?:[eE][-+]?\d++)?+ )
      (?<array> \[ (?: (?&value) (?:, (?&value) )*+ )?+ \] )
      (?<object> \{ (?: (?&string) : (?&value) (?:, (?&string) : (?&value) )*+ )?+ \} ) )
    (?&value) \n'
  grep -Pqzx "${pattern//[$' \n']/}" "$1"
}

# Whether the workers of $master have been at work.
has_served() {
  local pid sum=0 switches
  for pid in $(workers); do
    switches=$(awk '/ctxt_switches/ { sum += $2 } END { print sum }' "/proc/$pid/status")
    sum=$((sum + switches))
  done
  ((sum > 100))
}
