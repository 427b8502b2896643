# shellcheck shell=bash
# load: preforkload as the tests of its honesty run it, and the servers with wrong replies that it meets (wrong_server.c).
# shellcheck disable=SC2034,SC2154 # common.bash and the tests know them

teardown() {
  local pid
  for pid in ${wrong_server-} ${loads-}; do
    end_process "$pid"
  done
  leave_test
}

# Without a word of bash's about it.
end_process() { # PID
  { kill -KILL "$1" && wait "$1"; } 2>/dev/null || true
}

# serve_wrongly unix|inet HOW [BACKLOG]: a server that behaves so, at $endpoint.
serve_wrongly() {
  local where=inet:0
  [[ $1 != unix ]] || where=unix:wrong
  [[ ! ${wrong_server-} ]] || end_process "$wrong_server"
  rm -f wrong wrong.out
  mkfifo wrong.out
  "$bin/launch" "$bin/wrong_server" "$where" "${3-128}" "$2" </dev/null >wrong.out 3>&- &
  wrong_server=$!
  read -r -t 10 endpoint <wrong.out
}

# begin_load NAME OPTION...: preforkload at $endpoint, as JSON, in the background; end_load sets
# $status, $output and $stderr.
begin_load() {
  local name=$1
  shift
  "$bin/launch" "$BUILD/preforkload" "$endpoint" --quiet --json "$@" \
    </dev/null >"$name.json" 2>"$name.err" 3>&- &
  declare -g "load_$name=$!"
  loads+=" $!"
}

end_load() { # NAME
  local pid="load_$1"
  status=0
  wait "${!pid}" || status=$?
  output=$(<"$1.json") stderr=$(<"$1.err")
}

load_it() { # OPTION...
  begin_load now "$@"
  end_load now
}

# Of the JSON in $output: the first number at KEY, such as ok; or in an object, such as response.max.
figure() { # KEY
  local value=''
  [[ $output =~ \"${1%%.*}\":.* ]] && [[ ${BASH_REMATCH[0]} =~ \"${1##*.}\":([0-9.]*) ]] && value=${BASH_REMATCH[1]}
  echo "$value"
}

# A latency, in whole milliseconds.
within_ms() { # KEY MIN MAX
  local ms=$(($(figure "$1") / 1000000))
  ((ms >= $2 && ms <= $3)) || fail "$1 is $ms ms, not $2 to $3: $output"
}

# The exit status. In an open loop 3 is as good where nothing went unsent and this machine had so
# little time for the generator that it could not keep to its schedule.
ended_with() { # STATUS
  [[ $status == "$1" ]] || [[ $status == 3 && $(figure dropped) == 0 && $output == *'not held: 0 never sent'* ]] ||
    fail "exit status $status, not $1: $stderr $output"
}

# Nothing is left out, and each failure has a cause.
adds_up() {
  local entry sum=0
  [[ $output =~ \"errors\":\{([^}]*)\} ]] || fail "no errors: $output" || return
  for entry in ${BASH_REMATCH[1]//,/ }; do
    sum=$((sum + ${entry##*:}))
  done
  assert_equal "$(($(figure ok) + $(figure failed) + $(figure dropped)))" "$(figure scheduled)" "ok + failed + dropped"
  assert_equal "$sum" "$(figure failed)" "the sum of the errors"
}

# Whether load NAME has had an answer: its server's workers have slept and woken.
has_begun() { # NAME
  local pid="load_$1" child switches=0
  for child in $(workers); do
    switches=$((switches + $(sleeps "$child")))
  done
  ((switches > 100)) && ! has_ended "${!pid}"
}
