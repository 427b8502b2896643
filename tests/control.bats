#!/usr/bin/env bats
# The control socket: its replies, which users it obeys, and that no client of it keeps the master waiting.

# shellcheck disable=SC2154,SC2030,SC2031 # helpers/common sets them; each test has its own subshell

load helpers/common


# command LINE: what the master replies, as $reply.
command_master() {
  reply=$(timeout 10 nc -N -U control <<<"$1" 3>&-)
}

# fact NAME [POOL]: its value in $reply.
fact() {
  local pool='' line
  while IFS= read -r line; do
    case $line in
    'pool '*)
      pool=${line#pool }
      pool=${pool%% *}
      ;;
    "$1 "*)
      [[ ${2-$pool} != "$pool" ]] || {
        echo "${line#* }"
        return
      }
      ;;
    esac
  done <<<"$reply"
}

fact_is() { # NAME VALUE
  command_master status
  [[ $(fact "$1") == "$2" ]]
}

# knock COUNT ACTION...: begin COUNT clients of the control socket with these actions, as call `knocking`.
knock() {
  local count=$1 pool=$endpoint
  shift
  endpoint=unix:$PWD/control
  begin_call knocking -n "$count" "$@"
  endpoint=$pool
}

@test "status reports the master and each pool, whole" {
  start_master <<<$'control = control\nmode = unix\nworkers = 3\n[pool a]\npath = a\n[pool b]\npath = b\nservice = echo'
  for _ in {1..5}; do
    "$BUILD/preforkcall" "unix:$PWD/a" 3>&-
  done
  command_master status
  assert_equal "$(head -n 1 <<<"$reply") $(tail -n 1 <<<"$reply")" 'ok end'
  assert_equal "$(fact pid)" "$master"
  assert_equal "$(fact phase)" running
  assert_equal "$(fact endpoint a)" "unix:$PWD/a"
  assert_equal "$(fact accepted a) $(fact requests a) $(fact bytes_in a) $(fact accepted b)" '5 5 5 0'
  assert_equal "$(fact workers b) $(fact busy b) $(fact idle b) $(fact state b)" '3 0 3 running'
  assert_equal "$(fact queue a) $(fact queue_limit a)" '0 511'
  assert_equal "$(fact board a)" ___
  assert_equal "$(stat -c %a control)" 600
}

@test "an unknown command, one too long, and one of too many words are refused with the reason" {
  serve unix control=control
  command_master statsu
  assert_equal "$reply" "error 64 unknown command 'statsu'; did you mean 'status'?"
  command_master ''
  assert_equal "$reply" 'error 64 no command'
  command_master 'scale'
  assert_equal "$reply" "error 64 it is 'scale [POOL] N'"
  command_master 'scale a b c d e f'
  assert_match "$reply" "^error 64 it is 'scale"
  command_master "$(printf 'x%.0s' {1..5000})"
  assert_equal "$reply" 'error 64 no line in the first 256 bytes'
  assert_equal "$(printf 'ping' | timeout 5 nc -N -U control 3>&-)" '' "half a line"
  command_master ping
  assert_equal "$reply" $'ok\npid '"$master"$'\nconfig '"$PWD/master.conf"$'\nend'
}

ask_for_both() {
  command_master status
  of_status=$reply
  command_master workers
}

@test "a queue of 20 is reported exactly and at once, beside 200 idle clients and a flood" {
  for mode in unix inet; do
    serve $mode workers=2 control=control requests_per_connection=unlimited defer_accept=no
    hold one
    hold two
    begin_call queued -n 20 connect send:A half-close say:there expect:B
    wait_for 10 fact_is queue 20
    knock 200 connect say:in wait
    heard knocking in
    head -c 1000000 /dev/zero | timeout 5 nc -N -U control >/dev/null 3>&- || true
    in_time 200 ask_for_both
    assert_equal "$(grep -c ' busy ' <<<"$reply")" 2
    reply=$of_status
    assert_equal "$(fact busy) $(fact idle) $(fact queue) $(fact queue_peak) $(fact board)" '2 0 20 20 WW'
    (($(fact all_busy_ns) > 0 && $(fact oldest_ns) >= $(fact all_busy_ns)))
    let_go knocking
    end_call knocking
    release one
    release two
    end_call queued
    stop_master
  done
}

@test "another user is refused, whatever the mode of the socket" {
  ((UID == 0)) || skip 'only root can be another user'
  serve unix control=control
  chmod 711 . .. 2>/dev/null || true
  refute setpriv --reuid 65534 --clear-groups timeout 5 nc -N -U control <<<ping 3>&-
  chmod 666 control
  reply=$(setpriv --reuid 65534 --clear-groups timeout 5 nc -N -U control <<<ping 3>&-) || true
  [[ $reply ]] || skip 'the directory of the tests is closed to others'
  assert_equal "$reply" 'error 77 user 65534 may not command this master'
  log_has 'control: refused user 65534'
}

@test "scale: a fixed pool up to four times, gracefully down; a growing one within its range" {
  serve unix workers=3 control=control requests_per_connection=unlimited
  command_master 'scale 12'
  assert_equal "$reply" $'ok\nworkers 12\nnoun worker\nend'
  wait_for 5 fact_is idle 12
  hold kept
  command_master 'scale main 1'
  wait_for 5 fact_is workers 1
  release kept
  for number in 0 13 1000000000 -1 x; do
    command_master "scale $number"
    assert_match "$reply" "^error 1 pool main: '$number' .*\(1 to 12\)$"
  done
  command_master 'scale absent 2'
  assert_equal "$reply" "error 1 there is no pool 'absent'; there are: main"
  refute log_has 'workers in a row failed'
  stop_master
  serve unix workers=2..9 spare_timeout=100ms control=control
  command_master 'scale 7'
  wait_for 5 fact_is idle 7
  let_pass 0.3
  fact_is workers 7
  command_master 'scale 2'
  wait_for 5 fact_is workers 2
  command_master 'scale 10'
  assert_match "$reply" '^error 1 .*\(2 to 9\)'
}

@test "scale knows no pool that was removed, though its workers still have connections" {
  start_master <<<$'control = control\nmode = unix\nworkers = 2\nrequests_per_connection = unlimited\n[pool a]\npath = a\n[pool b]\npath = s'
  use_master master b
  hold kept
  printf '%s\n' 'control = control' 'mode = unix' '[pool a]' 'path = a' 'workers = 2' >master.conf
  command_master reload
  command_master workers
  assert_match "$reply" 'pool b'
  command_master 'scale b 7'
  assert_equal "$reply" "error 1 there is no pool 'b'; there are: a"
  command_master 'scale b'
  assert_match "$reply" "^error 1 pool a: 'b' is not"
  release kept
}

@test "a worker that is busy when its pool is scaled down finishes its connection" {
  serve unix workers=2 control=control requests_per_connection=unlimited
  hold one
  hold two
  command_master 'scale 1'
  assert_equal "$(fact workers)" 1
  release one
  release two
  wait_for 5 fact_is workers 1
  ask
}

@test "stop waits for the outcome and reports it; stop --fast cuts active connections" {
  for how in '' ' fast'; do
    serve unix control=control requests_per_connection=unlimited
    hold kept
    (command_master "stop$how" && echo "$reply" >stopped) &
    if [[ $how ]]; then
      end_call kept 1
    else
      wait_for 5 fact_is phase stopping
      release kept
    fi
    wait $!
    await_master master 0
    cut=$([[ $how ]] && echo 1 || echo 0)
    assert_equal "$(<stopped)" "ok"$'\n'"served $((1 - cut))"$'\n'"cut $cut"$'\n'"refused 0"$'\n'"cut_earlier 0"$'\n'"end"
    [[ ! -e control ]]
  done
}

@test "the path of the control socket taken or impossible: 69, 73 or 78, before any fork" {
  serve unix control=control
  refuse_master 69 <<<$'mode = unix\npath = other\ncontrol = control'
  assert_match "$output" 'refused.conf:3:11: .*control is in use: another preforkd holds'
  refuse_master 73 <<<$'mode = unix\npath = other\ncontrol = absent/control'
  assert_match "$output" 'absent/control.lock: No such file'
  refuse_master 78 <<<$'mode = unix\npath = other\ncontrol = other'
  assert_match "$output" "refused.conf:3:11: control '.*other' is the path of pool 'main' as well"
  : >plain
  refuse_master 73 <<<$'mode = unix\npath = other\ncontrol = plain'
  assert_match "$output" 'plain exists and is not a socket'
  refute grep -q "worker" <<<"$output"
  [[ ! -e other ]] || fail 'the socket of the pool was left behind'
}

@test "the list of a large pool is whole, and comes in pieces" {
  serve unix workers=700 control=control
  command_master workers
  assert_equal "$(grep -c '^worker [0-9]* [0-9]* 1 idle [0-9]* 0 -$' <<<"$reply")" 700
  (($(grep -c '^pool main$' <<<"$reply") > 1)) || fail 'a piece is without the name of its pool'
  assert_equal "$(tail -n 1 <<<"$reply")" end
}

@test "the status and the workers of many pools are whole and in order, wherever a piece ends" {
  start_master < <(printf '%s\n' 'control = control' 'mode = unix' 'workers = 0..1' &&
    printf '[pool p%d]\npath = s%d\n' {1..100}{,})
  command_master status
  assert_equal "$(sed -n 's/^pool //p' <<<"$reply" | xargs)" "$(printf 'p%d\n' {1..100} | xargs)"
  assert_equal "$(awk '/^pool / { n = NR } /^board/ { print NR - n }' <<<"$reply" | uniq -c | awk '{ print $1 }')" 100 \
    'pools with the same number of lines'
  ((${#reply} > 3 * 16384)) || fail "a reply of ${#reply} bytes"
  command_master workers
  assert_equal "$reply" "$(echo ok && printf 'pool p%d\n' {1..100} && echo end)"
}

@test "a reply has any length: a value of 20,000 bytes, hundreds of errors, and whatever is beside a piece's end" {
  serve unix control=control
  cp master.conf good.conf
  echo "log = /$(printf '%020000d' 0)" >>master.conf
  command_master diff
  assert_equal "$(head -n 1 <<<"$reply") $(tail -n 1 <<<"$reply")" 'ok end'
  ((${#reply} > 16384)) || fail "a reply of ${#reply} bytes"
  for more in {1..60..4}; do
    {
      cat good.conf
      printf 'wrong_key_%d = 1\n' {100..500}
      printf '%0*d = 1\n' "$more" 0
    } >master.conf
    command_master diff
    assert_equal "$(tail -n 1 <<<"$reply") $(grep -c '^failed ' <<<"$reply")" 'end 402'
  done
  command_master reload
  assert_equal "$(tail -n 1 <<<"$reply") $(grep -c '^failed ' <<<"$reply")" 'end 402'
  run "$BUILD/preforkctl" -s control reload
  assert_equal "$(grep -c 'unknown key' <<<"$output")" 402
  cp good.conf master.conf
  command_master reload
  assert_equal "$reply" $'ok\ngeneration 2\nend'
}

@test "a client that the master cannot watch, read or answer is not left waiting" {
  command -v strace >/dev/null || skip 'no strace'
  sanitizers_leave detect_leaks=0
  serve unix control=control
  while read -r command fault; do
    rm -f traced trace # those of the fault before
    strace -p "$master" -o trace -e "trace=${fault%%:*}" -e "inject=$fault" 2>traced 3>&- &
    tracer=$!
    wait_for 5 grep -qs attached traced
    since=$EPOCHREALTIME
    run timeout 30 "$BUILD/preforkctl" -s control --timeout 20s "$command" </dev/null
    (($(elapsed_ms "$since") < 15000)) || fail "$fault: $command waited: $output"
    refute grep -q 'does not answer' <<<"$output"
    wait_for 5 grep -q INJECTED trace || fail "$fault: $command does not call it so often"
    kill -INT $tracer
    wait $tracer || true
  done <<'END'
status epoll_ctl:error=ENOMEM:when=1
status epoll_ctl:error=ENOMEM:when=2
reload epoll_ctl:error=ENOMEM:when=3
reload epoll_ctl:error=ENOMEM:when=4
status recvfrom:error=ENOMEM:when=1
status sendto:error=ENOBUFS:when=1
status sendto:error=ENOBUFS:when=2
END
  wait_for 5 is_answered
}

is_answered() {
  command_master ping
  [[ $reply == *end ]]
}

@test "more control clients than slots: the longest idle are closed, and no descriptor is left" {
  serve unix control=control
  knock 400 connect say:in eof
  heard knocking in
  command_master ping
  assert_equal "$(fact pid)" "$master"
  (($(find "/proc/$master/fd" -mindepth 1 | wc -l) < 300))
  kill -KILL "$(worker)" # a worker is born while they are there, and holds none of them
  wait_for 5 fact_is idle 2
  read -r _ most <<<"$(count_descriptors "$master")"
  ((most < 20)) || fail "a worker holds $most descriptors"
  kill "${call_knocking:?}"
  wait_for 5 descriptors_are_as_before master
}

counts_are() { # ACCEPTED REQUESTS ACCEPTED_60S
  command_master status
  [[ "$(fact accepted) $(fact requests) $(fact accepted_60s)" == "$1" ]]
}

@test "counts, rates and times of workers that ended stay, and add up" {
  serve unix workers=2..20 spare=2 spare_timeout=50ms control=control max_connections_per_worker=20
  "$BUILD/preforkload" "$endpoint" --quiet --connections 8 --requests 3000 3>&- >report
  wait_for 5 counts_are '3000 3000 3000' # a rate is of whole seconds
  kill -KILL "$(worker)"
  wait_for 5 fact_is crashes 1
}

@test "without a control client the control socket wakes no process" {
  serve unix control=control
  command_master ping
  wait_for 5 descriptors_are_as_before master
  try_thrice is_at_rest 1
}

@test "clients that send connections along, whose ends wait for a minute, do not keep the master waiting" {
  command -v strace >/dev/null || skip "no strace"
  strace -o probe true 2>probe.err || skip "strace may not trace here: $(<probe.err)"
  sanitizers_leave detect_leaks=0 # LeakSanitizer does not work under strace
  # As on a kernel before Linux 6.16, which has no SO_PASSRIGHTS.
  # shellcheck disable=SC2034 # for start_master
  runner=(strace -o trace -e trace=setsockopt -e inject=setsockopt:error=ENOPROTOOPT)
  serve unix workers=1 control=control requests_per_connection=9
  kill -STOP "$master" # else the client might close last, and wait itself
  "$bin/send_along" control >first.out 3>&- &
  clients=("$!")
  wait_for 5 grep -qsx sent first.out
  kill -CONT "$master"
  command_master ping
  assert_equal "$(fact pid)" "$master"
  # Nor does the end of one whose command waited.
  hold one
  mkfifo go
  "$bin/send_along" control stop <go >second.out 3>&- &
  clients+=("$!")
  exec {go}>go
  wait_for 5 log_has 'stopping: waiting'
  echo >&"$go"
  wait_for 5 grep -qsx sent second.out
  release one
  wait_for 20 has_ended "$master"
  await_master master 0
  kill "${clients[@]}"
  exec {go}>&-
  log_has 'stopped: pool main'
}
