#!/usr/bin/env bats
# The classic services, on unix and inet, as streams and as datagrams.

# shellcheck disable=SC2154 # helpers/common sets them

load helpers/common

# read_all SECONDS: write what the server sends to a silent client, up to its end of file, to `got`.
read_all() {
  case $endpoint in
  unix:*) timeout "$1" nc -NU "$socket" </dev/null >got 3>&- || true ;;
  *) timeout "$1" nc -N 127.0.0.1 "$port" </dev/null >got 3>&- || true ;;
  esac
}

# The time SECONDS is one since the test began.
is_now() { # SECONDS
  (($1 >= began - 1 && $1 <= EPOCHSECONDS + 1)) || fail "$1 is not between $began and $EPOCHSECONDS"
}

# daytime's line, as seconds.
read_daytime() { # FILE
  local line
  line=$(<"$1")
  assert_match "$line" $'^[A-Z][a-z]+day, [A-Z][a-z]+ [0-9]{1,2}, 20[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}-UTC\r$'
  line=${line%-UTC*}
  date -u -d "${line#*, }" +%s
}

# time's four bytes, as seconds.
read_time() { # FILE
  assert_equal "$(wc -c <"$1")" 4 "bytes"
  local a b c d
  read -r a b c d < <(od -An -tu1 "$1")
  echo $(((a << 24 | b << 16 | c << 8 | d) - 2208988800))
}

@test "daytime and time answer each connection with the time, and close" {
  began=$EPOCHSECONDS
  for mode in unix inet; do
    serve $mode service=daytime
    read_all 5
    is_now "$(read_daytime got)"
    stop_master
    log_has 'stopped: pool main, 1 connections and 1 requests served'
    serve $mode service=time
    read_all 5
    is_now "$(read_time got)"
    stop_master
    : >"$log"
  done
}

@test "daytime and time answer any datagram, discard none, chargen has none" {
  began=$EPOCHSECONDS
  for mode in unix inet; do
    serve $mode service=daytime type=datagram
    "$BUILD/preforkcall" --datagram "$endpoint" x >got 3>&-
    is_now "$(read_daytime got)"
    stop_master
    serve $mode service=time type=datagram
    "$BUILD/preforkcall" --datagram "$endpoint" x >got 3>&-
    is_now "$(read_time got)"
    stop_master
    serve $mode service=discard type=datagram
    refute "$BUILD/preforkcall" --datagram --timeout 100ms "$endpoint" x 3>&-
    stop_master
    log_has 'stopped: pool main, 1 connections and 1 requests served, 0 cut, 0 refused, 0 dropped'
    : >"$log"
  done
  refuse_master 78 <<<$'mode = unix\npath = s\ntype = datagram\nservice = chargen'
  assert_match "$output" "service 'chargen' has no datagrams"
}

@test "a client that speaks first to daytime still reads its answer, whole" {
  for mode in unix inet; do
    serve $mode service=daytime
    for _ in {1..50}; do
      ask xyz >got
      read_daytime got >/dev/null
    done
    stop_master
  done
}

@test "discard reads to the end of file and says nothing" {
  for mode in unix inet; do
    serve $mode service=discard control=control
    "$bin/client" "$(target)" connect 'send:A*100000' half-close eof 3>&-
    stop_master
    : >"$log"
  done
}

@test "chargen sends the ring of characters until its client leaves" {
  for mode in unix inet; do
    serve $mode service=chargen workers=1
    awk 'BEGIN { for (line = 0; line < 200; line++) { text = ""
      for (column = 0; column < 72; column++) text = text sprintf("%c", 32 + (line + column) % 95)
      printf "%s\r\n", text } }' | head -c 10000 >expected
    for _ in 1 2; do
      case $mode in
      unix) nc -U "$socket" </dev/null 2>/dev/null 3>&- | head -c 10000 >got ;;
      inet) nc 127.0.0.1 "$port" </dev/null 2>/dev/null 3>&- | head -c 10000 >got ;;
      esac
      cmp got expected
    done
    stop_master
  done
}

reads_slowly() {
  local before
  before=$(wc -l <"$log")
  (timeout 2 nc -U "$socket" </dev/null 2>/dev/null 3>&- || true) | while read -r -N 100000 _; do
    let_pass 0.02
  done
  assert_equal "$(wc -l <"$log")" "$before" "lines of the log"
}

@test "a chargen client that stops reading is cut by idle_timeout, and one that reads is not" {
  serve unix service=chargen workers=1 idle_timeout=700ms
  begin_call stuck connect say:in wait
  heard stuck in
  wait_for 5 log_has 'idle_timeout is over'
  let_go stuck
  end_call stuck
  try_thrice reads_slowly
}
