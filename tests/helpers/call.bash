# shellcheck shell=bash
# call: clients of the master at $endpoint; common.bash loads it.
# shellcheck disable=SC2154 # common.bash sets them

ask() { # DATA
  "$BUILD/preforkcall" "$endpoint" "$@" 3>&-
}

# Print $endpoint as helpers/client.c takes it.
target() {
  case $endpoint in
  inet:*) echo "inet:$port" ;;
  *) echo "$endpoint" ;;
  esac
}

# begin_call NAME [-n COUNT] [-t SECONDS] ACTION...: run helpers/client.c against $endpoint in the background.
# `heard NAME TEXT` waits for the output of its action say:TEXT; `let_go NAME` ends its action `wait`.
begin_call() {
  local name=$1 options=() fd
  shift
  while [[ $1 == -* ]]; do
    options+=("$1" "$2")
    shift 2
  done
  [[ -p call.$name ]] || mkfifo "call.$name"
  : >"call.$name.out" # here: what an earlier call of that name said must not be heard
  "$bin/client" "${options[@]}" "$(target)" "$@" <"call.$name" >"call.$name.out" 2>&1 3>&- &
  declare -g "call_$name=$!"
  exec {fd}>"call.$name" # stays open: so that the client sees no end of file
  declare -g "fd_$name=$fd"
}

heard() { # NAME TEXT
  wait_for 20 has_line "call.$1.out" "$2"
}

let_go() { # NAME
  local fd="fd_$1"
  echo >&"${!fd}"
}

# Wait for its end and check its exit status (0); $output is what it printed.
end_call() { # NAME [STATUS]
  local pid="call_$1" fd="fd_$1" status=0
  fd=${!fd}
  exec {fd}>&-
  wait "${!pid}" || status=$?
  output=$(<"call.$1.out")
  assert_equal "$status" "${2-0}" "the exit status of call $1, with '$output',"
}

# hold NAME: keep a worker busy with a client's connection until `release NAME`; for a pool that answers more
# than one request a connection.
hold() {
  begin_call "$1" connect send:A expect:B say:in wait send:A expect:B half-close eof
  heard "$1" in
}

release() { # NAME
  let_go "$1"
  end_call "$1"
}

# serves PID: whether the worker has an active connection, by its descriptors: the listener and another socket.
serves() {
  local file sockets=0
  for file in "/proc/$1/fd/"*; do
    [[ ! -S $file ]] || sockets=$((sockets + 1))
  done
  ((sockets == 2))
}
