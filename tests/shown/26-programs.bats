#!/usr/bin/env bats
# Line 26: a program for each connection, at full scale: what is counted, what is answered, what is left behind.

# shellcheck disable=SC2154,SC2016,SC2034 # helpers set them; programs have variables of their own

load ../helpers/common
load ../helpers/program
load shown

# The figure NAME of the pool: shown.bash has another `figure`.
figure_of() {
  "$BUILD/preforkctl" -s control status --json 3>&- | grep -o "\"$1\":[^,}]*" | cut -d: -f2
}

figure_is() { # NAME VALUE
  [[ $(figure_of "$1") == "$2" ]]
}

# outcomes WORD: how many connections the log has with that outcome.
outcomes() {
  grep -c "connection: .*, $1\$" "$log" || true
}

outcome_is() { # WORD N
  [[ $(outcomes "$1") == "$2" ]]
}

@test "all 256 exit statuses and every fatal signal are counted and logged for what they are" {
  local - number fatal=0
  set +T
  run_program inet "sh -c 'ulimit -c 0; read n; exit \$n'" log_connections=yes
  for ((number = 0; number < 256; number++)); do
    tell "$number"
  done
  wait_for 10 outcome_is failed 255
  assert_equal "$(outcomes answered)" 1 "logged as answered"
  assert_equal "$(figure_of programs_ok) $(figure_of programs_failed) $(figure_of programs_signalled)" '1 255 0'
  stop_master
  : >"$log"
  run_program inet "sh -c 'ulimit -c 0; read n; kill -\$n \$\$; tail -f /dev/null'" log_connections=yes
  for ((number = 1; number <= 64; number++)); do
    case $number in
    13) ;;                                     # PIPE, see below
    17 | 18 | 19 | 20 | 21 | 22 | 23 | 28) ;;  # CHLD, CONT, those that stop, URG, WINCH: not fatal
    32 | 33) ;;                                # libc's own
    *)
      tell "$number"
      fatal=$((fatal + 1))
      ;;
    esac
  done
  wait_for 10 outcome_is signalled $fatal
  tell 13
  wait_for 5 outcome_is lost 1
  assert_equal "$(figure_of programs_signalled) $(figure_of programs_gone) $(figure_of programs_ok)" "$fatal 1 0"
  assert_equal "$(figure_of crashes)" 0
  figure "line 26: 256 exit statuses and $((fatal + 1)) fatal signals: each counted and logged for what it is"
}

@test "a program has descriptors 0 to 2, default signals and no variable of a service manager" {
  cat >look <<'END'
#!/bin/sh
ls /proc/self/fd | tr '\n' ' '
cat /proc/self/status | grep -E '^Sig(Blk|Ign|Cgt)' | tr -s '\t0' ' ' | tr -d '\n'
env | grep -cE '^(LISTEN|NOTIFY|WATCHDOG|MAINPID)'
END
  chmod +x look
  exec 7</dev/null 8>/dev/null
  trap '' HUP USR1 USR2
  for mode in unix inet; do
    NOTIFY_SOCKET=$PWD/none LISTEN_FDNAMES=a WATCHDOG_USEC=0 run_program $mode ./look workers=4
    for ((i = 0; i < 20; i++)); do
      # ls has opened the directory as 3.
      assert_equal "$(converse '')" '0 1 2 3 SigBlk: SigIgn: SigCgt: 0' "call $i, $mode"
    done
    stop_master
  done
  trap - HUP USR1 USR2
  exec 7<&- 8>&-
  figure 'line 26: 40 programs, unix and inet: descriptors 0 to 2, no signal ignored, caught or blocked'
}

@test "200 clients that send what is never read get 200 answers" {
  for mode in unix inet; do
    run_program $mode 'echo answer' workers=8
    begin_call many -n 200 connect datagram:100000 half-close expect:answer$'\n' eof
    end_call many
    wait_for 5 figure_is programs_ok 200
    stop_master
  done
  figure 'line 26: 200 clients with 100,000 unread bytes each: 200 answers on unix, 200 on inet'
}

# What must not grow: memory in kB, descriptors and zombies of the master and its workers.
leftovers() {
  local pid kb=0 fds=0 zombies=0
  for pid in "$master" $(workers); do
    kb=$((kb + $(awk '/^VmRSS/ { print $2 }' "/proc/$pid/status")))
    fds=$((fds + $(find "/proc/$pid/fd" -mindepth 1 | wc -l)))
    zombies=$((zombies + $(ps --ppid "$pid" -o stat= | awk '/Z/ { n++ } END { print n + 0 }')))
  done
  echo "$kb $fds $zombies"
}

# in_namespace COMMAND...: run this test again in a namespace of process ids, where COMMAND runs, and print its figures.
in_namespace() {
  if [[ ${is_in_namespace-} ]]; then
    "$@"
    return
  fi
  unshare --pid --fork --mount-proc true 2>unshare.err || skip "no namespace of process ids: $(<unshare.err)"
  env -i PATH="${PATH//$BATS_LIBEXEC:/}" BUILD="$BUILD" BATS_TEST_TIMEOUT=170 program_calls="${program_calls-}" is_in_namespace=1 \
    unshare --pid --fork --mount-proc --kill-child bats -f "^$BATS_TEST_DESCRIPTION\$" "$BATS_TEST_FILENAME" \
    >namespace.out 3>&- || fail "$(<namespace.out)" || return
  grep '^# figure' namespace.out >&3 || fail "no figure: $(<namespace.out)"
}

# Let process ids be used again soon: there are 600 of them, where a namespace may have fewer than the host (Linux 6.14),
# else the next ones are near the end.
limit_pids() { # CALLS
  local release most
  IFS=.- read -r -a release < <(uname -r)
  most=$(</proc/sys/kernel/pid_max)
  if ((release[0] > 6 || (release[0] == 6 && release[1] >= 14))); then
    echo 600 >/proc/sys/kernel/pid_max
  elif ((most > $1)); then
    echo $((most - $1 / 2)) >/proc/sys/kernel/ns_last_pid
  fi
}

# pids START: 100,000 calls, with clients beside them that send nothing: their programs are ended at the deadline, one
# after the other. A signal to a process id that is another program's by then would make a call fail.
pids() {
  local calls=${program_calls:-100000} pid_max last begin silent=8 seconds=150 rest=0
  limit_pids "$calls"
  pid_max=$(</proc/sys/kernel/pid_max)
  [[ $1 != warm ]] || rest=4 # those that wait
  run_program inet "$bin/handler" start="$1" workers=4 max_connection_time=500ms kill_after=1s log=log
  load_into warm.json 60 --connections 3 --requests 2000
  begin_call first -n 8 connect eof # each worker's first deadline costs it some memory
  end_call first
  wait_for 5 program_count_is $rest
  read -r -a before < <(leftovers)
  last=$(</proc/sys/kernel/ns_last_pid) begin=$EPOCHREALTIME
  load_into load.json $seconds --connections 3 --requests "$calls" --duration $((seconds - 30))s &
  loader=$!
  while ! has_ended $loader; do
    begin_call silent connect eof
    end_call silent
    silent=$((silent + 1))
  done
  wait $loader
  wait_for 5 program_count_is $rest
  read -r -a after < <(leftovers)
  done=$(json load.json ok)
  figure "line 26: start = $1: $done calls in $(since "$begin") s with $pid_max process ids, $(json load.json failed)" \
    "failed; $silent others were cut; memory of the master and 4 workers ${before[0]} kB, then ${after[0]};" \
    "descriptors ${before[1]}, then ${after[1]}; zombies ${after[2]}"
  assert_equal "$(json load.json failed)" 0 "failed"
  assert_equal "$(figure_of timeouts)" $silent "deadlines"
  assert_equal "$(figure_of programs_ok)" $((done + 2000)) "programs that ended well"
  assert_equal "${after[1]} ${after[2]}" "${before[1]} 0" "descriptors and zombies"
  at_most "memory, in kB" "${after[0]}" $((before[0] + 5 * 64))
  ((last + done > pid_max)) || fail "no wrap: $((last + done)) of $pid_max"
  at_least "calls" "$done" "$calls"
}

@test "100,000 calls across wraps of process ids leave nothing behind, and no deadline hits another call" {
  in_namespace pids call
}

@test "100,000 calls of programs that wait, across wraps of process ids, leave nothing behind either" {
  in_namespace pids warm
}

# Print how many lines the traces have.
traced() {
  cat trace.* | wc -l
}

@test "master and workers make no system call in 10 s while programs wait, and resident ones serve" {
  local pid lines calls
  start_master <<END
workers = 3
service = program
control = control
[pool warm]
mode = inet
port = 0
start = warm
command = $bin/handler
max_age = 1h
[pool resident]
mode = unix
path = a
start = resident
command = $bin/resident
[pool notifies]
mode = unix
path = b
start = resident
notify = yes
command = $bin/resident -N 0
END
  "$BUILD/preforkcall" unix:a 3>&-
  "$BUILD/preforkcall" unix:b 3>&-
  let_pass 3 # ready_after, and what began with that
  # Resident programs are the master's children as well, and what they call is their own affair.
  for pid in "$master" $(workers); do
    [[ $(readlink "/proc/$pid/exe") == */preforkd ]] || continue
    strace -qq -p "$pid" -o "trace.$pid" 3>&- 2>"strace.$pid" &
    tracers+=($!)
  done
  assert_equal "${#tracers[@]}" 4 "processes that are traced"
  let_pass 1 # to be attached to wakes them once
  lines=$(traced)
  let_pass 10
  calls=$(($(traced) - lines)) # the end of a trace is a line as well
  kill -INT "${tracers[@]}"
  wait "${tracers[@]}" || true
  figure "line 26: 3 warm workers and 6 resident programs, idle, 10 s under strace:" \
    "$calls system calls of master and workers"
  ((calls == 0)) || fail "$(tail -n 20 trace.*)"
  grep -q epoll_wait trace.*
}

# clone_20 START: 20 clients clone at once, by programs with that start.
clone_20() {
  local i begin pids=()
  run_program inet 'git daemon --inetd --export-all --base-path=.' directory=. workers=20 start="$1"
  begin=$EPOCHREALTIME
  for ((i = 0; i < 20; i++)); do
    git clone -q "git://127.0.0.1:$port/" "copy$i" 3>&- &
    pids+=($!)
  done
  for i in "${!pids[@]}"; do
    wait "${pids[i]}"
    assert_equal "$(git -C "copy$i" rev-parse HEAD)" "$(git rev-parse HEAD)"
    git -C "copy$i" fsck --full 3>&- 2>fsck.err
  done
  wait_for 5 figure_is programs_ok 20
  figure "line 26: 20 clones of 6 MB at once, start = $1, in $(since "$begin") s, each complete"
  rm -rf copy*
  stop_master
}

@test "20 clients clone at once by git daemon --inetd, on call and warm" {
  command -v git >/dev/null || skip 'git is not here'
  export HOME=$PWD GIT_CONFIG_NOSYSTEM=1
  git init -q .
  for i in 1 2 3; do
    head -c 2000000 /dev/urandom >"file$i"
    git add "file$i"
    git -c user.name=a -c user.email=a commit -q -m "$i"
  done
  clone_20 call
  clone_20 warm
}
