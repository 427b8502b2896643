# shellcheck shell=bash
# pipe: a log, or a standard error, that is not read: the FIFO `pipe`, open as $pipe. `load helpers/pipe`, behind common.
# shellcheck disable=SC2154 # common.bash sets them

open_pipe() {
  mkfifo pipe
  exec {pipe}<>pipe
}

# Until it takes no more.
fill_pipe() {
  dd if=/dev/zero of=pipe bs=4096 oflag=nonblock 2>/dev/null || true
}

# empty_pipe FILE: into this file.
empty_pipe() {
  dd if=pipe of="$1" iflag=nonblock bs=65536 2>/dev/null || true
}

# start_into_pipe LINE...: a master of this configuration at the path `s`, its standard error the pipe, which is full
# once it is ready. Its process is $pid.
start_into_pipe() {
  local line
  open_pipe
  printf '%s\n' 'mode = unix' 'path = s' "$@" >x.conf
  "$bin/launch" "$BUILD/preforkd" -c x.conf 2>pipe 3>&- &
  pid=$!
  read -r -t 20 line <&"$pipe"
  assert_match "$line" ': ready: '
  fill_pipe
}

stop_into_pipe() {
  kill "$pid"
  wait "$pid"
}
