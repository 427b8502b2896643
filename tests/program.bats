#!/usr/bin/env bats
# A program for each connection: what it is started with, how it is counted, and what it cannot do to the pool.

# shellcheck disable=SC2154,SC2016,SC2034 # helpers set them; programs have variables of their own

load helpers/common
load helpers/program

@test "each connection is the standard input and output of a program of its own, on unix and inet" {
  for mode in unix inet; do
    run_program $mode "sh -c 'read line; echo \"\$\$ got \$line\"'"
    assert_match "$(converse 'one\n')" '^[0-9]+ got one$'
    converse 'two\n' >second
    assert_match "$(<second)" ' got two$'
    [[ $(converse 'two\n') != "$(<second)" ]]
    wait_for 5 figure_is programs_ok 3
    assert_equal "$(figure requests)" 3
    stop_master
    log_has 'stopped: pool main, 3 connections and 3 requests served'
    : >"$log"
  done
}

@test "a program has descriptors 0, 1 and 2, default signals, an empty mask, a group of its own, nothing of a service manager" {
  write_look
  inherit /dev/null
  LISTEN_FDNAMES=x NOTIFY_SOCKET="$PWD/notify" WATCHDOG_USEC=9000000 run_program unix ./look
  converse '' >got
  starts_clean got
}

@test "what a client sent and the program left unread costs no answer" {
  head -c 300000 /dev/zero >much
  for mode in unix inet; do
    run_program $mode "echo answer"
    unread_input_costs_no_answer 40 much
    stop_master
  done
}

@test "a process that the program leaves behind, with its descriptors, keeps no client and no worker" {
  for mode in unix inet; do
    run_program $mode "sh -c 'tail -f /dev/null & echo \$!'" workers=1
    what_is_left_behind_keeps_nothing ''
    stop_master
  done
}

@test "a program knows its client and itself by the variables of UCSPI, and has those of the configuration" {
  LANG=de_DE TZ=Europe/Berlin SECRET=1 run_program inet env environment='A=1 B="two words" A=2'
  converse '' >got
  assert_equal "$(grep -c SECRET got)" 0
  local_port=$(sed -n 's/^TCPREMOTEPORT=//p' got)
  sort >want <<END
A=2
B=two words
LANG=de_DE
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
PROTO=TCP
REMOTE_ADDR=127.0.0.1
REMOTE_PORT=$local_port
TCPLOCALIP=127.0.0.1
TCPLOCALPORT=$port
TCPREMOTEIP=127.0.0.1
TCPREMOTEPORT=$local_port
TZ=Europe/Berlin
END
  diff want <(sort got)
  stop_master
  run_program inet env address='*' environment=PATH=/elsewhere
  converse '' >got
  grep -x 'TCPREMOTEIP=127.0.0.1' got
  grep -x 'PATH=/elsewhere' got
  stop_master
  run_program unix env
  converse '' >got
  grep -x PROTO=UNIX got
  grep -x "UNIXLOCALPATH=$socket" got
  grep -x "UNIXREMOTEEUID=$EUID" got
  grep -x "UNIXREMOTEEGID=$(id -g)" got
  grep -Ex 'UNIXREMOTEPID=[0-9]+' got
}

@test "20,000 variables are no burden on a worker, the last one of a name counts" {
  { printf '%s\n' 'mode = unix' 'path = s' 'workers = 4' 'control = control' 'service = program' 'command = env'
    printf 'environment ='
    seq 20000 | sed 's/.*/ A&=&/' | tr -d '\n'
    echo ' A7=last'; } >many
  start_master <many
  ticks=$({ echo "$master" && workers; } | sed 's,.*,/proc/&/stat,' | xargs sed 's/.*) //' | awk '{ sum += $12 + $13 } END { print sum }')
  ((ticks < 200)) || fail "ready after $ticks ticks of 10 ms of the processors"
  converse '' >got
  assert_equal "$(grep -c '^A' got)" 20000
  grep -x 'A7=last' got
  grep -x 'A20000=20000' got
}

@test "every exit status, and every signal that ends a program, is counted for what it is" {
  local - number fatal=0
  set +T
  run_program inet "sh -c 'read n; exit \$n'"
  for ((number = 0; number < 256; number += ${status_step:-5})); do
    tell "$number"
  done
  wait_for 5 figure_is accepted 52
  wait_for 5 figure_is programs_ok 1
  assert_equal "$(figure programs_failed)" 51
  assert_equal "$(figure programs_signalled)" 0
  stop_master
  run_program inet "sh -c 'read n; kill -\$n \$\$; tail -f /dev/null'"
  for number in 1 2 3 4 5 6 7 8 9 10 11 12 14 15 16 24 25 26 27 29 30 31 34 64; do
    tell "$number"
    fatal=$((fatal + 1))
  done
  wait_for 5 figure_is programs_signalled $fatal
  tell 13
  wait_for 5 figure_is programs_gone 1
  assert_equal "$(figure crashes)" 0
}

@test "what cannot be executed is refused by -t, at the start and by a reload, with its place and the reason" {
  echo x >plain
  echo '#!/no/such/interpreter' >script
  printf '#!/bin/sh\r\ndate\r\n' >dos
  echo "#!$PWD/script" >nested
  chmod +x script dos nested
  serve unix control=control
  while IFS='|' read -r setting message; do
    printf '%s\n' 'mode = unix' 'path = t' 'service = program' 'command = true' "$setting" >refused.conf
    [[ $setting != command* ]] || sed -i '/^command = true/d' refused.conf
    run "$BUILD/preforkd" -t -c refused.conf 3>&-
    assert_equal "$status" 78 "$setting"
    [[ $output == *"refused.conf:"*"$message"* ]] || fail "$setting: $output"
    run timeout 20 "$BUILD/preforkd" -c refused.conf 3>&-
    assert_equal "$status" 78 "$setting"
    cp refused.conf master.conf
    run "$BUILD/preforkctl" -s control reload 3>&-
    assert_equal "$status" 1 "$setting"
    [[ $output == *"$message"* ]] || fail "$setting: $output"
  done <<'END'
command = /no/such/program|command '/no/such/program' cannot be executed: No such file or directory
command = no-such-program|command 'no-such-program' is not found in PATH
command = /tmp|command '/tmp' is a directory
command = ./plain|is not executable
command = ./script|its first line names '/no/such/interpreter'
command = ./nested|its first line names '/no/such/interpreter'
command = /dev/null|is not a file
command = date > /tmp/x|no shell reads here
command = echo $HOME|no shell replaces here
command = echo 2>&1|no shell reads here
command = echo 'a|a quote that never ends
command = ./dos|its lines end in CR LF
directory = /no/such|directory '/no/such': No such file or directory
directory = /dev/null|is not a directory
environment = A|environment 'A' is not a list of NAME=VALUE
END
}

@test "-t warns of what the kernel may not be able to execute, and of a script that cannot be read" {
  echo 'no first line' >bare
  : >empty
  chmod +x bare empty
  for program in bare empty; do
    printf '%s\n' 'mode = inet' 'port = 0' 'service = program' "command = ./$program" >a.conf
    run "$BUILD/preforkd" -t -c a.conf 3>&-
    assert_equal "$status" 0
    assert_match "$output" "a.conf:4:11: warning: pool main: command '.*/$program' has no first line '#!/...' and is no ELF program"
  done
  sed -i 's/^command = .*/command = sh -c true/' a.conf
  run "$BUILD/preforkd" -t -c a.conf 3>&-
  is_ok a.conf
  # To root, each file can be read.
  if ((EUID != 0)); then
    printf '#!/bin/sh\n' >script
    chmod 111 script
    sed -i 's|^command = .*|command = ./script|' a.conf
    run "$BUILD/preforkd" -t -c a.conf 3>&-
    assert_match "$output" "a.conf:4:11: warning: pool main: command '.*/script' cannot be read: if it is a script, its interpreter will fail"
  fi
}

@test "-t warns of a command that no pool runs" {
  printf '%s\n' 'mode = unix' 'path = s' 'command = cat' >a.conf
  run "$BUILD/preforkd" -t -c a.conf 3>&-
  assert_equal "$status" 0
  assert_match "$output" "a.conf:3:11: warning: pool main: no command is run, as the service is 'increment'"
}

@test "a program that is removed or cannot be started is counted and logged, and the pool serves on" {
  cp /bin/true mine
  run_program unix ./mine
  converse ''
  wait_for 5 figure_is programs_ok 1
  rm mine
  for ((i = 0; i < 5; i++)); do
    converse ''
  done
  wait_for 5 figure_is programs_unstarted 5
  log_has "pool main: cannot start .*/mine: cannot execute it: No such file or directory"
  echo 'no first line for the kernel' >mine
  chmod +x mine
  converse ''
  wait_for 5 figure_is programs_unstarted 6
  cp /bin/true mine.new
  mv mine.new mine
  converse ''
  wait_for 5 figure_is programs_ok 2
  assert_equal "$(figure crashes)" 0
}

@test "lines of standard error are logged with the pool and the pid; what is long is cut, and says so" {
  run_program unix "sh -c 'echo \$\$; echo first >&2; perl -e \"print q(x) x 5000, qq(\\n)\" >&2; printf last >/dev/stderr'"
  pid=$(converse '')
  wait_for 5 log_has "^preforkd\[[0-9]+\]: program $pid \(pool main\): last\$"
  log_has "program $pid \(pool main\): first\$"
  log_has "program $pid \(pool main\): x{2048} \.\.\. \(the line is longer, and was cut here\)\$"
  assert_equal "$(grep -c "program $pid" "$log")" 3
}

@test "a flood on standard error holds up no other client" {
  local - i began
  set +T
  run_program inet "sh -c 'read x; [ \"\$x\" != f ] || yes 0123456789012345678901234567890123456789 | head -c 30000000 >&2; echo ok'" \
    workers=3 log=log
  descriptors_may_change=1
  converse 'f\n' >flood &
  began=$SECONDS
  for ((i = 0; i < 20; i++)); do
    assert_equal "$(converse 'q\n')" ok
  done
  ((SECONDS - began < 10 * ${PATIENCE:-1}))
  wait $!
  assert_equal "$(<flood)" ok
}

@test "a program that sets O_NONBLOCK on its descriptors leaves none of that to the next one" {
  cat >look <<'END'
#!/usr/bin/perl
use Fcntl;
my @flags = map { fcntl($_, F_GETFL, 0) & O_NONBLOCK } (STDIN, STDOUT, STDERR);
fcntl($_, F_SETFL, fcntl($_, F_GETFL, 0) | O_NONBLOCK) for (STDIN, STDOUT, STDERR);
print "@flags\n";
END
  chmod +x look
  run_program unix ./look workers=1
  for i in 1 2 3; do
    assert_equal "$(converse '' | tr -d ' ')" 000
  done
}

@test "many calls leave no zombie, no descriptor and no memory behind" {
  local -
  set +T
  # It keeps the frames of the functions that never return, as a program is executed in them.
  sanitizers_leave detect_stack_use_after_return=0:quarantine_size_mb=0
  run_program inet true workers=1
  calls_leave_no_memory 500
}
