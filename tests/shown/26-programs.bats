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

# What must not grow: the worker's memory in kB, its descriptors, and zombies of this master.
leftovers() {
  local pid kb=0 fds=0 zombies=0
  for pid in $(workers); do
    kb=$((kb + $(awk '/^VmRSS/ { print $2 }' "/proc/$pid/status")))
    fds=$((fds + $(find "/proc/$pid/fd" -mindepth 1 | wc -l)))
    zombies=$((zombies + $(ps --ppid "$pid" -o stat= | awk '/Z/ { n++ } END { print n + 0 }')))
  done
  echo "$kb $fds $zombies"
}

# How many processes were made since the machine was started.
forks() {
  awk '$1 == "processes" { print $2 }' /proc/stat
}

@test "100,000 calls across a wrap of process ids leave nothing behind, and no deadline hits another call" {
  local calls=${program_calls:-100000} pid_max last begin silent=0 seconds=150
  pid_max=$(</proc/sys/kernel/pid_max)
  # Where there are too many ids for a wrap, go near their end: only this takes them from elsewhere.
  if ((pid_max > calls)) && ! echo $((pid_max - calls / 2)) 2>/dev/null >/proc/sys/kernel/ns_last_pid; then
    skip "kernel.pid_max is $pid_max, and the next process id cannot be set"
  fi
  run_program inet "$bin/handler" workers=4 max_connection_time=500ms kill_after=1s log=log
  load_into warm.json 60 --connections 3 --requests 2000
  read -r -a before < <(leftovers)
  last=$(cat /proc/sys/kernel/ns_last_pid 2>/dev/null || echo 0) made=$(forks) begin=$EPOCHREALTIME
  load_into load.json $seconds --connections 3 --requests "$calls" --duration $((seconds - 30))s &
  loader=$!
  # Beside them clients that send nothing: their programs are ended at the deadline, one after the other.
  while ! has_ended $loader; do
    begin_call silent connect eof
    end_call silent
    silent=$((silent + 1))
  done
  wait $loader
  made=$(($(forks) - made))
  wait_for 5 program_count_is 0
  read -r -a after < <(leftovers)
  done=$(json load.json ok)
  figure "line 26: $done calls in $(since "$begin") s, $(json load.json failed) failed, over $((last + made)) process ids of" \
    "$pid_max; $silent others were cut; memory of 4 workers ${before[0]} kB, then ${after[0]}; descriptors ${before[1]}," \
    "then ${after[1]}; zombies ${after[2]}"
  assert_equal "$(json load.json failed)" 0 "failed"
  assert_equal "$(figure_of timeouts)" $silent "deadlines"
  assert_equal "$(figure_of programs_ok)" $((done + 2000)) "programs that ended well"
  assert_equal "${after[1]} ${after[2]}" "${before[1]} 0" "descriptors and zombies"
  at_most "memory, in kB" "${after[0]}" $((before[0] + 4 * 64))
  ((last + made > pid_max)) || fail "no wrap: $((last + made)) of $pid_max"
  at_least "calls" "$done" "$calls"
}

@test "20 clients clone at once by git daemon --inetd" {
  command -v git >/dev/null || skip 'git is not here'
  local i pids=()
  export HOME=$PWD GIT_CONFIG_NOSYSTEM=1
  git init -q .
  for i in 1 2 3; do
    head -c 2000000 /dev/urandom >"file$i"
    git add "file$i"
    git -c user.name=a -c user.email=a commit -q -m "$i"
  done
  run_program inet 'git daemon --inetd --export-all --base-path=.' directory=. workers=20
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
  figure "line 26: 20 clones of 6 MB at once in $(since "$begin") s, each complete"
}
