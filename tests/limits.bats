#!/usr/bin/env bats
# limit_files, limit_memory, limit_cpu, limit_processes and nice: of workers and of all that they start, never of the
# master; what becomes of a program that meets one, and which values are refused.

# shellcheck disable=SC2154,SC2016,SC2034 # helpers set them; programs have variables of their own

load helpers/common
load helpers/program
load helpers/upgrade

limits=(limit_files=64 limit_memory=32m limit_cpu=90s limit_processes=5000 nice=7)

# has FILE LIMIT VALUES: /proc/PID/limits has those, the soft limit and the hard one.
has() {
  grep -Eq "^$2 +$3 " "$1" || fail "not '$3', but: $(grep "^$2" "$1")"
}

# is_limited FILE [program]: that /proc/PID/limits has all of $limits. A worker with AddressSanitizer has no limit of
# memory: server/program/limits.c.
is_limited() {
  has "$1" 'Max open files' '64 +64'
  has "$1" 'Max processes' '5000 +5000'
  { is_sanitized && [[ ! ${2-} ]]; } || has "$1" 'Max data size' '33554432 +33554432'
  [[ ! ${2-} ]] || has "$1" 'Max cpu time' '90 +91'
}

nice_of() { # PID
  local stat
  read -r stat <"/proc/$1/stat"
  cut -d' ' -f17 <<<"${stat##*) }"
}

@test "workers have the limits of their pool, after a start, a reload and an upgrade, and the master has its own" {
  for mode in unix inet; do
    serve $mode control=control sandbox=off # which lowers limits further
    cat "/proc/$master/limits" >own
    nice=$(nice_of "$master")
    cat "/proc/$(worker)/limits" >got
    diff own got
    printf '%s\n' "${limits[@]}" >>master.conf
    kill -HUP "$master"
    wait_for 5 log_has 'reloaded: generation 2'
    for change in reload upgrade; do
      [[ $change != upgrade ]] || {
        kill -USR2 "$master"
        follow_upgrade
      }
      wait_for 10 worker_count_is 2 # those of before have ended
      is_limited "/proc/$(worker)/limits"
      assert_equal "$(nice_of "$(worker)")" 7
      diff own "/proc/$master/limits"
      assert_equal "$(nice_of "$master")" "$nice"
    done
    stop_master
    : >"$log"
  done
}

@test "programs have them, too, and that of processor time: on call, warm, for datagrams, and resident" {
  printf '#!/bin/sh\nread x\ncat /proc/self/limits\nnice\n' >limits
  printf '#!/bin/sh\nexec tail -f /dev/null\n' >stay
  chmod +x limits stay
  while IFS='|' read -r how settings; do
    for mode in unix inet; do
      # shellcheck disable=SC2086 # words
      run_program $mode ./limits "${limits[@]}" $settings
      case $how in
      stream) converse 'x\n' >got ;;
      datagram) ask --datagram $'x\n' >got ;;
      resident)
        cat "/proc/$(worker)/limits" >got
        nice_of "$(worker)" >>got
        ;;
      esac
      is_limited got program
      assert_equal "$(tail -n 1 got)" 7 "the nice value, $settings"
      stop_master
    done
  done <<END
stream|start=call
stream|start=warm
datagram|type=datagram
resident|start=resident ready_after=10ms command=./stay
END
}

@test "with the least of each limit every kind of pool serves" {
  local least=(limit_files=32 limit_cpu=1s)
  is_sanitized || least+=(limit_memory=1m)
  for settings in service=increment 'service=increment type=datagram' \
    'service=program command=cat' 'service=program command=cat start=warm max_age=1h' \
    'service=program command=cat type=datagram'; do
    for mode in unix inet; do
      datagram=''
      [[ $settings != *datagram ]] || datagram=--datagram
      # shellcheck disable=SC2086 # words
      serve $mode $settings "${least[@]}"
      for _ in 1 2 3; do
        # shellcheck disable=SC2086
        assert_match "$(ask $datagram x)" '[xy]$'
      done
      stop_master
    done
  done
}

@test "a program that has used its processor time ends by SIGXCPU, with its connection, and is counted as signalled" {
  start_master <<END
control = control
service = program
limit_cpu = 1s
mode = unix
command = sh -c 'while :; do :; done'
workers = 1
[pool call]
path = s
log_connections = yes
[pool resident]
path = t
start = resident
ready_after = 1ms
END
  expected='killed by SIGXCPU'
  use_master master call
  converse ''
  wait_for 5 log_has 'connection: pool call, .*, signalled'
  assert_match "$("$BUILD/preforkctl" -s control status --json 3>&-)" '"programs_signalled":1'
  wait_for 20 log_has 'program [0-9]+ \(pool resident, slot 0\) killed by SIGXCPU'
}

@test "a program that gets no more memory, or no more descriptors, fails by itself, and serves where it has enough" {
  start_master <<'END'
mode = unix
service = program
log_connections = yes
command = dd if=/dev/zero bs=64M count=1 of=/dev/null
[pool much]
path = much
limit_memory = 256m
[pool little]
path = little
limit_memory = 32m
[pool many]
path = many
command = bash --norc -c 'exec 40</dev/null && echo done'
limit_files = 64
[pool few]
path = few
command = bash --norc -c 'exec 40</dev/null && echo done'
limit_files = 32
END
  for pool in much little many few; do
    use_master master $pool
    converse '' >$pool.out
  done
  assert_equal "$(<many.out)$(<few.out)" "done"
  wait_for 5 log_has 'connection: pool much, .*, answered'
  wait_for 5 log_has 'connection: pool many, .*, answered'
  wait_for 5 log_has 'connection: pool little, .*, failed'
  wait_for 5 log_has 'connection: pool few, .*, failed'
  wait_for 5 log_has 'program [0-9]+ \(pool little\): .*dd: memory exhausted'
}

@test "limit_processes counts all processes of the user: a program beyond it is unstarted, with the reason" {
  as_another_user
  # The master and its worker are two.
  run_program unix 'echo answer' workers=1 limit_processes=2
  converse ''
  wait_for 5 figure_is programs_unstarted 1
  wait_for 5 log_has 'cannot start .*echo: cannot make a process for it: Resource temporarily unavailable'
  stop_master
  run_program unix 'echo answer' workers=1 limit_processes=20
  assert_equal "$(converse '')" answer
}

# Be a process that can raise no hard limit, and no priority: root needs to give that up.
be_weak() {
  weak=()
  ((EUID != 0)) || {
    command -v setpriv >/dev/null || skip 'no setpriv'
    weak=(setpriv --bounding-set '-sys_resource,-sys_nice')
  }
}

# with_hard_limits COMMAND...: descriptors, processor time in seconds, processes, and memory in kB, which no sanitized
# program survives.
with_hard_limits() {
  (
    ulimit -n 500
    ulimit -t 1000
    ulimit -u 4000
    is_sanitized || ulimit -d 1048576
    "${weak[@]}" "$@"
  )
}

@test "a value above the hard limit is refused, which names the limit, by -t and at the start, and so is a priority that cannot be had" {
  be_weak
  while IFS='|' read -r setting message; do
    [[ $setting != limit_memory* ]] || ! is_sanitized || continue
    printf 'mode = inet\nport = 0\nservice = program\ncommand = cat\n%s\n' "$setting" >t.conf
    for option in -t ''; do
      # shellcheck disable=SC2086 # a word, or none
      run with_hard_limits timeout 20 "$BUILD/preforkd" $option -c t.conf 3>&-
      assert_equal "$(grep -v 'warning: .* root$' <<<"$output")" "t.conf:5:$message"
      assert_equal "$status" 78
    done
  done <<END
limit_files = 501|15: limit_files '501' is above the hard limit, 500
limit_cpu = 1000001ms|13: limit_cpu '1001s' is above the hard limit, 1000s
limit_processes = 4001|19: limit_processes '4001' is above the hard limit, 4000
limit_memory = 2g|16: limit_memory '2g' is above the hard limit, 1g
nice = $(($(nice) - 1))|8: nice '$(($(nice) - 1))' is below $(nice), as preforkd was started, and root may go there alone
END
  printf 'mode = inet\nport = 0\nservice = program\ncommand = cat\nlimit_files = 500\nlimit_cpu = 1000s\nlimit_processes = 4000\nnice = %s\n' "$(nice)" >t.conf
  run with_hard_limits "$BUILD/preforkd" -t -c t.conf 3>&-
  assert_equal "$(grep -Ev "warning: .*( root|because no 'user' is set)\$" <<<"$output")" "t.conf: configuration ok"
}

@test "root may raise a priority for its workers alone" {
  [[ $(nice -n -3 nice 2>/dev/null) == $(($(nice) - 3)) ]] || skip 'this user may not'
  serve unix nice=$(($(nice) - 3))
  assert_equal "$(nice_of "$(worker)")" $(($(nice) - 3))
  assert_equal "$(nice_of "$master")" "$(nice)"
}

@test "root may raise a hard limit for its workers alone" {
  [[ $(bash -c 'ulimit -n 300; ulimit -n 301; ulimit -n' 2>/dev/null) == 301 ]] || skip 'this user may not'
  runner=(bash -c 'ulimit -n 300 && exec "$@"' -)
  serve unix limit_files=400 sandbox=off
  has "/proc/$(worker)/limits" 'Max open files' '400 +400'
  has "/proc/$master/limits" 'Max open files' '300 +300'
}

@test "where a hard limit has become lower since the start, new workers say so, and a reload is refused" {
  be_weak
  command -v prlimit >/dev/null || skip 'no prlimit'
  expected='killed by SIGKILL|exited with status 71'
  runner=(bash -c 'ulimit -n 500 && exec "$@"' - "${weak[@]}")
  start_master <<END
mode = unix
limit_files = 400
workers = 1
[pool bytes]
path = s
[pool program]
path = t
service = program
start = resident
command = $bin/resident
ready_after = 1ms
END
  prlimit --pid "$master" --nofile=300
  kill -HUP "$master"
  wait_for 5 log_has "master.conf:2:15: limit_files '400' is above the hard limit, 300"
  # shellcheck disable=SC2046 # words
  kill -KILL $(workers)
  wait_for 5 log_has 'cannot set limit_files to 400, whose hard limit is 300: Operation not permitted'
  wait_for 5 log_has 'pool program: cannot start .*/resident: cannot set limit_files to 400, whose hard limit is 300: Operation not permitted'
}

@test "-t warns where limit_processes can bind nothing, or leaves no process for a program" {
  write_conf() {
    printf 'mode = inet\nport = 0\nservice = program\ncommand = cat\nworkers = 16\nlimit_processes = %s\n' "$1" >t.conf
  }
  if ((EUID == 0)); then
    write_conf 100
    run "$BUILD/preforkd" -t -c t.conf -o user=root 3>&-
    assert_equal "$output" $'t.conf:6:19: warning: pool main: limit_processes does not bind root\nt.conf: configuration ok'
    # The master is root, and is not counted with the workers.
    write_conf 16
    run "$BUILD/preforkd" -t -c t.conf -o user=64910 -o group=64910 3>&-
    assert_match "$output" '^t.conf:6:19: warning: .*, of which the workers are up to 16: no program could be started then'
    write_conf 17
    run "$BUILD/preforkd" -t -c t.conf -o user=64910 -o group=64910 3>&-
    assert_equal "$output" 't.conf: configuration ok'
    as_another_user
  else
    runner=()
  fi
  write_conf 17
  run "${runner[@]}" "${preforkd-$BUILD/preforkd}" -t -c t.conf 3>&-
  assert_match "$output" '^t.conf:6:19: warning: pool main: limit_processes counts all processes of the user, of which the master and the workers are up to 17: no program could be started then'
  write_conf 18
  run "${runner[@]}" "${preforkd-$BUILD/preforkd}" -t -c t.conf 3>&-
  assert_equal "$output" 't.conf: configuration ok'
}
