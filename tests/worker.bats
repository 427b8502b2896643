#!/usr/bin/env bats
# Workers: what clients get from one, and that no client harms one.

# shellcheck disable=SC2154,SC2030,SC2031 # helpers/common sets them; each test has its own subshell

load helpers/common
load helpers/trace
load helpers/worker

@test "increment answers the first byte with the next one and discards the bytes behind it" {
  for mode in unix inet; do
    serve_one $mode
    assert_equal "$(ask)" "char from server = B"
    assert_equal "$(ask ABC)" B
    stop_master
  done
}

@test "with requests_per_connection = 2, every byte of both requests is answered, and then the client sees the end" {
  for mode in unix inet; do
    serve_one $mode requests_per_connection=2
    call connect send:ABC expect:BCD send:XY expect:YZ eof
    stop_master
  done
}

@test "with requests_per_connection = unlimited, every byte is answered until the client closes" {
  serve_one inet requests_per_connection=unlimited
  call connect send:A expect:B send:HAL expect:IBM send:A expect:B send:A expect:B half-close eof
}

@test "increment adds one to each of the 256 values, 255 becomes 0" {
  serve_one unix requests_per_connection=unlimited
  call connect all-bytes:1
}

@test "echo returns each of the 256 values, and more than a buffer" {
  serve_one inet service=echo
  call connect all-bytes:0
  [[ $(ask "$(printf '%060000d' 0)") == $(printf '%060000d' 0) ]] # not assert_equal: too long to print
}

@test "over inet an answer and the FIN leave in one segment: 3.0 segments a connection" {
  serve_one inet workers=2
  call -n 100 connect send:A count segments
  assert_equal "${lines[0]}" "100 answered, 100 bytes, 0 reset"
  assert_equal "${lines[1]}" 300 "segments received over 100 connections"
}

@test "a client that is silent for idle_timeout is cut, and the log says what the worker was doing" {
  serve_one unix idle_timeout=200ms
  call connect eof
  wait_for 5 log_has "worker $(worker) \(pool main, slot 0\): idle_timeout is over, connection cut: a unix client for (0\.[2-9]|[1-9][0-9]*\.[0-9]) s, 0 bytes in, 0 out; wchan [^ ]+, syscall "
  assert_equal "$(ask)" "char from server = B"
}

# cuts_logged N: by lines, and by the numbers of more that they tell of.
cuts_logged() {
  awk -v wanted="$1" '/idle_timeout is over/ { n++ } match($0, /[0-9]+ more since the last line$/) {
    n += substr($0, RSTART) + 0 } END { exit n != wanted }' "$log"
}

@test "the cuts of one worker are logged once a second, with their number" {
  local began=$EPOCHREALTIME lines
  serve_one unix idle_timeout=20ms
  for _ in 1 2 3 4 5; do
    call connect eof
  done
  lines=$(grep -c 'idle_timeout is over' "$log")
  ((lines <= 1 + $(elapsed_ms "$began") / 1000)) || fail "$lines lines in $(elapsed_ms "$began") ms"
  let_pass 1
  call connect eof
  wait_for 5 cuts_logged 6
}

@test "the log names an inet client that is cut, and the bytes each way" {
  serve_one inet idle_timeout=200ms requests_per_connection=unlimited
  call connect send:ABC expect:BCD eof
  wait_for 5 log_has "idle_timeout is over, connection cut: 127\.0\.0\.1:[0-9]+ for (0\.[2-9]|[1-9][0-9]*\.[0-9]) s, 3 bytes in, 3 out; wchan "
}

@test "a client that does not read its answers is idle too" {
  serve_one unix idle_timeout=300ms service=echo
  call connect send:xxxxxxxxxxxxxxxx*65536 # ends: the connection is cut
  assert_equal "$(ask A)" A
  wait_for 5 log_has "idle_timeout is over"
}

sends_in_time() {
  : >"$log"
  call connect send:A sleep:300 send:A sleep:300 send:A sleep:300 send:A half-close read
  assert_equal "$output" BBBB && refute log_has "connection cut"
}

@test "a client that sends before idle_timeout is over has all of it again" {
  serve_one unix idle_timeout=500ms requests_per_connection=unlimited
  try_thrice sends_in_time
}

keeps_sending() {
  local began=$EPOCHREALTIME
  call connect send:A sleep:100 send:A sleep:100 send:A read
  assert_equal "$output" BBB && (($(elapsed_ms "$began") >= 400))
}

@test "a client that keeps sending is cut at max_connection_time, and not before" {
  serve_one unix max_connection_time=400ms requests_per_connection=unlimited
  try_thrice keeps_sending
  wait_for 5 log_has "max_connection_time is over, connection cut: .* 3 bytes in, 3 out"
}

is_served_behind_silent_ones() {
  : >"$log"
  begin_call silent -n 4 connect say:in eof
  heard silent in || return
  local began=$EPOCHREALTIME
  assert_equal "$(ask)" "char from server = B" || return
  local took
  took=$(elapsed_ms "$began")
  end_call silent && wait_for 5 cuts_logged 4 || return
  ((took < 1300)) || fail "served after $took ms"
}

@test "with silent clients on every worker, the next client is served within idle_timeout + 1 s" {
  serve_one unix workers=4 idle_timeout=300ms
  try_thrice is_served_behind_silent_ones
}

@test "clients that close, half close, reset or send a megabyte neither stop a worker nor leave it a descriptor" {
  for mode in unix inet; do
    serve_one $mode
    pid=$(worker) before=$(descriptors "$pid")
    for actions in close half-close reset 'send:A close' 'send:A reset' 'half-close eof' \
      'send:A half-close expect:B eof' 'send:xxxxxxxxxxxxxxxx*65536 close' \
      'send:xxxxxxxxxxxxxxxx*65536 count'; do
      # shellcheck disable=SC2086 # words
      call -n 3 connect $actions
    done
    assert_equal "$(ask)" "char from server = B"
    assert_equal "$(worker)" "$pid" "the worker"
    wait_for 5 descriptors_are "$pid" "$before"
    stop_master
  done
}

@test "a megabyte that is answered byte by byte comes back whole" {
  serve_one unix requests_per_connection=unlimited
  run "$BUILD/preforkload" "$endpoint" --size 1m --requests 3 --connections 1
  assert_equal "$status" 0
}

@test "a client that sends more than one request, together or later, still reads its answer" {
  serve_one inet workers=2
  call -n 100 connect send:ABC count
  assert_match "$output" '^100 answered, 100 bytes, '
  call -n 100 connect send:A send:B send:C count
  assert_match "$output" '^100 answered, 100 bytes, '
  call -n 100 connect send:A sleep:100 send:B count
  assert_match "$output" '^100 answered, 100 bytes, '
}

@test "with linger a worker reads on to the client's end of file, for so long at most" {
  serve_one inet linger=400ms
  call connect send:A expect:B eof send:more half-close # its end: at once
  local began=$EPOCHREALTIME
  begin_call stays connect send:A expect:B eof send:more say:answered wait
  heard stays answered
  assert_equal "$(ask)" "char from server = B"
  (($(elapsed_ms "$began") >= 300)) || fail "served after $(elapsed_ms "$began") ms: it did not linger"
  let_go stays
  end_call stays
}

@test "without linger the next client is served while the one before has not closed" {
  serve_one inet idle_timeout=none
  begin_call stays connect send:A expect:B eof say:answered wait
  heard stays answered
  assert_equal "$(ask --timeout 2s)" "char from server = B"
  let_go stays
  end_call stays
}

@test "a connection takes five system calls over unix, and six over inet" {
  for mode in unix:505 inet:605; do
    serve_one "${mode%:*}"
    ask >/dev/null
    trace "$(worker)" -c
    run "$BUILD/preforkload" "$endpoint" --requests 200 --connections 1
    end_trace
    assert_equal "$status" 0
    # `100.00  0.001  4  1000  total`; a column of errors comes before `total` where there are any
    calls=$(awk '$NF == "total" { print $4 }' trace.out)
    ((calls * 100 <= ${mode#*:} * 200)) || {
      cat trace.out >&2
      fail "$calls system calls for 200 connections over ${mode%:*}"
    }
    stop_master
  done
}

@test "whatever accept fails with, the worker stays, does not spin, logs it once a second, and recovers" {
  local errors=(EMFILE ENFILE ENOBUFS ENOMEM ECONNABORTED EPROTO EINTR) began
  {
    echo $'mode = unix\nworkers = 1'
    for error in "${errors[@]}"; do
      printf '[pool %s]\npath = %s\n' "$error" "$error"
    done
  } >errors.conf
  start_master <errors.conf
  began=$EPOCHREALTIME
  pids=()
  while read -r pid; do
    error=$(</proc/"$pid"/comm)
    error=${error#preforkd:}
    full=$(printf '%s\n' "${errors[@]}" | grep -m 1 "^$error")
    trace "$pid" -n "$full" -e trace=accept4,epoll_wait,epoll_pwait \
      -e inject=accept4:error="$full":when=1..18
    "$bin/client" "unix:$full" connect send:A expect:B eof 3>&- &
    pids+=($!)
  done < <(workers)
  for pid in "${pids[@]}"; do
    wait "$pid" || fail "a client was not answered"
  done
  local took=$(($(elapsed_ms "$began") / 1000 + 1))
  for error in "${errors[@]}"; do
    end_trace -n "$error"
    (($(wc -l <"$error.out") <= 60)) || fail "$error: the worker spins" "$(wc -l <"$error.out") calls"
    count=$(grep -c "pool $error cannot accept: " "$log" || true)
    if [[ $error == EINTR ]]; then
      assert_equal "$count" 0 "lines about a signal, which is no failure"
    else
      ((count >= 1 && count <= took + 1)) || fail "$error: $count lines in $took s"
    fi
  done
  refute log_has 'exited|killed by'
}
