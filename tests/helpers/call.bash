# shellcheck shell=bash
# call: clients of the master that $endpoint speaks of; common.bash loads it.
# shellcheck disable=SC2154 # common.bash sets them

ask() { # DATA
  "$BUILD/preforkcall" "$endpoint" "$@" 3>&-
}

# Where `client` finds $endpoint.
target() {
  case $endpoint in
  inet:*) echo "inet:$port" ;;
  *) echo "$endpoint" ;;
  esac
}

# begin_call NAME [-n COUNT] [-t SECONDS] ACTION...: helpers/client.c to $endpoint, in the background;
# what it was told to `say` is waited for by `heard NAME TEXT`, a `wait` goes on at `let_go NAME`.
begin_call() {
  local name=$1 options=() fd
  shift
  while [[ $1 == -* ]]; do
    options+=("$1" "$2")
    shift 2
  done
  mkfifo "call.$name"
  "$bin/client" "${options[@]}" "$(target)" "$@" <"call.$name" >"call.$name.out" 2>&1 3>&- &
  declare -g "call_$name=$!"
  exec {fd}>"call.$name" # stays open: the client sees no end of file
  declare -g "fd_$name=$fd"
}

heard() { # NAME TEXT
  wait_for 20 grep -qxF -e "$2" "call.$1.out"
}

let_go() { # NAME
  local fd="fd_$1"
  echo >&"${!fd}"
}

# Wait for its end and its exit status; what it printed is in $output.
end_call() { # NAME [STATUS]
  local pid="call_$1" fd="fd_$1" status=0
  fd=${!fd}
  exec {fd}>&-
  wait "${!pid}" || status=$?
  output=$(<"call.$1.out")
  rm -f "call.$1"
  assert_equal "$status" "${2-0}" "the exit status of call $1, with '$output',"
}

# hold NAME: a client whom a worker has in hand until `release NAME`; for a pool that answers more than
# one request a connection.
hold() {
  begin_call "$1" connect send:A expect:B say:in wait send:A expect:B half-close eof
  heard "$1" in
}

release() { # NAME
  let_go "$1"
  end_call "$1"
}

# serves PID: whether it has a client in hand, by its descriptors: the listener and another socket.
serves() {
  [[ $(find "/proc/$1/fd" -lname 'socket:*' | wc -l) == 2 ]]
}
