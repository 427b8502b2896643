#!/usr/bin/env bats
# The sandbox: what a worker can no longer do once it serves, what a program cannot, and how it is said. The units
# sandbox and sandbox_filter go through the system calls one by one.

# shellcheck disable=SC2154,SC2034 # helpers set them; each test has its own subshell

load helpers/common
load helpers/attempts
load helpers/hostile
load helpers/program
load helpers/worker

setup() {
  enter_test
  "$bin/without" nothing true || skip 'the kernel filters no system calls'
}

# state PID FIELD: of /proc/PID/status.
state() {
  sed -n "s/^$2:[[:blank:]]*//p" "/proc/$1/status"
}

# Print how many filters judge the system calls of PID.
filters() { # PID
  local count
  count=$(state "$1" Seccomp_filters)
  echo "${count:-$(state "$1" Seccomp | tr 2 1)}" # before Linux 5.9: whether there are any
}

# is_filtered PID: by one more filter than its master.
is_filtered() {
  (($(filters "$1") > $(filters "$master")))
}

# sandbox_is WORDS: as the ready line and both forms of status say; what Landlock has to do with it is not asked here.
sandbox_is() {
  local rest='( (without|and) Landlock| with Landlock for files( and TCP)?| without .* and Landlock)?'
  log_has "ready: pool main, [0-9]+ (workers|programs) on [^,]*, sandbox $1$rest(,|\$)"
  "$BUILD/preforkctl" -s control status 3>&- | grep -Eq "^main on [^,]*, sandbox $1$rest\$"
  "$BUILD/preforkctl" -s control status --json 3>&- | grep -Eq "\"sandbox\":\"$1$rest\""
}

# Every kind of pool whose workers serve by themselves, with what they make calls for besides.
every_pool() {
  cat <<END
control = control
workers = 1
sandbox = $1
requests_per_connection = unlimited
[pool main]
mode = unix
path = main
allow = user:$EUID group:$(id -g)
log_connections = yes
[pool group]
mode = unix
path = group
allow = group:$(id -g)
[pool inet]
mode = inet
port = 0
linger = 1s
[pool idle]
mode = unix
path = idle
idle_timeout = 100ms
[pool proxy]
mode = unix
path = proxy
proxy_protocol = required
proxy_from = all
[pool last]
mode = unix
path = last
max_connections_per_worker = 2
[pool daytime]
mode = unix
path = daytime
service = daytime
[pool chargen]
mode = unix
path = chargen
service = chargen
[pool udp]
mode = inet
type = datagram
address = 0.0.0.0
port = 0
[pool udp4]
mode = inet
type = datagram
port = 0
service = time
[pool dgram]
mode = unix
type = datagram
path = dgram
END
}

ask_pool() { # POOL [OPTION...]
  use_master master "$1"
  ask "${@:2}"
}

# Have each pool do all that its workers can.
exercise() {
  assert_equal "$(ask_pool main AB)" BC
  assert_equal "$(ask_pool group AB)" BC
  assert_equal "$(ask_pool inet AB)" BC
  assert_equal "$(ask_pool udp --datagram AB)" BC
  assert_equal "$(ask_pool dgram --datagram AB)" BC
  ask_pool udp4 --datagram AB >/dev/null
  use_master master proxy
  assert_equal "$(printf 'PROXY UNKNOWN\r\nA' | timeout 10 nc -NU proxy 3>&-)" B
  assert_match "$(timeout 10 nc -NU daytime </dev/null 3>&-)" '-UTC'
  assert_equal "$(timeout 10 nc -U chargen </dev/null 2>/dev/null 3>&- | head -c 9 | wc -c)" 9
  for _ in 1 2 3 4 5; do
    ask_pool last A >/dev/null
  done
  use_master master idle
  begin_call idler connect send:A expect:B eof # idle_timeout cuts it
  end_call idler
}

# All eleven pools are ready for the GENERATION-th time.
are_ready() { # GENERATION
  (($(grep -c ': ready: pool' "$log") == $1 * 11))
}

@test "each service does all that it does within its sandbox, through a reload and an upgrade, and nothing else is asked for" {
  local pid level
  for level in enforce log; do
    start_master < <(every_pool $level)
    exercise
    "$BUILD/preforkctl" -s control reload 3>&-
    wait_for 10 are_ready 2
    exercise
    "$BUILD/preforkctl" -s control upgrade 3>&-
    follow_upgrade
    wait_for 10 worker_count_is 11
    for pid in $(workers); do
      is_filtered "$pid"
      assert_equal "$(state "$pid" NoNewPrivs)" 1
    done
    exercise
    sandbox_is $level
    stop_master
    refute log_has 'the sandbox would|SIGSYS|cannot'
    : >"$log"
  done
}

# has FILE LIMIT VALUE: /proc/PID/limits has that, soft and hard.
has() {
  grep -Eq "^$2 +$3 +$3 " "$1" || fail "not $3, but: $(grep "^$2" "$1")"
}

@test "a worker within its sandbox leaves no core, makes no process, and gets one descriptor more, for its connection" {
  local level free=0
  for level in off log enforce; do
    serve unix sandbox=$level limit_processes=4000
    cp "/proc/$(worker)/limits" $level
    [[ $level != enforce ]] || while [[ -L /proc/$(worker)/fd/$free ]]; do
      ((++free))
    done
    ask
    stop_master
  done
  has off 'Max processes' 4000
  diff off log
  has enforce 'Max core file size' 0
  has enforce 'Max processes' 0
  # AddressSanitizer opens files.
  is_sanitized || has enforce 'Max open files' $((free + 1))
}

@test "where the kernel has no seccomp a worker still duplicates no descriptor" {
  ! is_sanitized || skip 'a sanitizer opens files'
  runner=("$bin/without" seccomp)
  begin_attempts unix sandbox=enforce
  attempt dup
  assert_equal "$outcome" EMFILE
}

@test "without a sandbox a worker may do what its master may" {
  serve unix control=control sandbox=off
  refute is_filtered "$(worker)"
  sandbox_is off
}

serves_now_and_then() {
  for _ in 1 2 3; do
    assert_equal "$(ask serve)" served
  done
}

@test "what an attacker in a worker does to the listener is refused: all others serve on, and no listener is mended" {
  local attack
  for mode in unix inet; do
    endure $mode 3 enforce
    for attack in shut block filter ttl device; do
      strike $attack
      serves_now_and_then
      kill -KILL "$attacker"
    done
    refute log_has 'has shut its listener down|drops clients|made the listener'
    stop_master
    : >"$log"
  done
}

@test "a worker that executes a program is ended by the kernel, and replaced" {
  endure unix 3 enforce
  expected='killed by SIGSYS'
  assert_equal "$(ask execute 2>/dev/null)" ''
  wait_for 5 log_has 'worker [0-9]+ \(pool victim, slot [0-9]+\) killed by SIGSYS, '
  serves_now_and_then
}

# lines_of CALL: how many the log has.
lines_of() {
  grep -c "pool victim: the sandbox would refuse $1(2)" "$log"
}

@test "what is only logged is done, and has a line a second with the number left out" {
  local began seconds
  endure unix 3 log
  began=$EPOCHREALTIME
  strike block
  wait_for 10 log_has 'pool victim: the sandbox would refuse fcntl\(2\); [0-9]+ more since the last such line$'
  kill -KILL "$attacker"
  seconds=$(($(elapsed_ms "$began") / 1000 + 2))
  (($(lines_of fcntl) <= seconds)) || fail "$(lines_of fcntl) lines in $seconds s"
  strike shut
  wait_for 5 log_has 'has shut its listener down'
  wait_for 5 log_has 'pool victim: the sandbox would refuse shutdown\(2\)'
  kill -KILL "$attacker" 2>/dev/null || true
}

@test "where the kernel has no seccomp the rest holds, and it is said" {
  runner=("$bin/without" seccomp)
  serve unix control=control sandbox=enforce
  refute is_filtered "$(worker)"
  assert_equal "$(state "$(worker)" NoNewPrivs)" 1
  sandbox_is 'enforce without seccomp'
  ask
}

@test "where the kernel has no Landlock the rest holds, and it is said" {
  runner=("$bin/without" landlock)
  serve unix control=control sandbox=enforce
  is_filtered "$(worker)"
  assert_equal "$(state "$(worker)" NoNewPrivs)" 1
  log_has 'ready: pool main, .*, sandbox enforce( without seccomp and| without) Landlock$'
  "$BUILD/preforkctl" -s control status --json 3>&- | grep -Eq '"sandbox":"enforce without (seccomp and )?Landlock"'
  ask
  stop_master
  : >"$log"
  serve unix control=control sandbox=log
  refute log_has Landlock
}

@test "a pool of unix datagrams answers clients with an abstract name and with a path, within Landlock" {
  serve unix type=datagram sandbox=enforce control=control user=root # the path is in a directory of root's
  assert_equal "$(ask --datagram)" 'char from server = B' # it binds an abstract name
  command -v socat >/dev/null || skip 'no socat'
  assert_equal "$(printf A | timeout 10 socat -t 5 - "unix-sendto:$socket,bind=client" 3>&-)" B
}

@test "a filter that the master was started with stays in force beside the sandbox" {
  runner=("$bin/without" nothing)
  serve unix control=control sandbox=enforce
  (($(filters "$master") > 0))
  is_filtered "$(worker)"
  sandbox_is enforce
  ask
}

@test "workers that cannot enter their sandbox do not take over" {
  runner=("$bin/without" no_new_privs)
  start_master <<<$'control = control\nmode = unix\npath = s\nworkers = 2\nsandbox = off'
  sed -i 's/^sandbox = .*/sandbox = enforce/' master.conf
  run "$BUILD/preforkctl" -s control reload 3>&-
  assert_equal "$status" 1
  wait_for 5 log_has 'cannot enter the sandbox: Operation not permitted'
  ask
  sandbox_is off
}

# Print what the program says of itself.
privileges() {
  converse '' | sed -n 's/^NoNewPrivs:[[:blank:]]*//p'
}

@test "programs get no new privileges, on call, warm and resident, unless the pool says so" {
  local start
  (($(state $$ NoNewPrivs) == 0)) || skip 'nothing here can get privileges'
  for start in call warm; do
    run_program unix "sh -c 'read -r line; cat /proc/self/status'" start=$start no_new_privileges=yes
    assert_equal "$(privileges)" 1
    sandbox_is no_new_privileges
    stop_master
    : >"$log"
  done
  run_program unix 'cat /proc/self/status' no_new_privileges=no
  assert_equal "$(privileges)" 0
  refute is_filtered "$(worker)"
  sandbox_is off
  stop_master
  : >"$log"
  run_program unix "$bin/resident -p" start=resident ready_after=10ms no_new_privileges=yes
  assert_equal "$(state "$(worker)" NoNewPrivs)" 1
  is_filtered "$(worker)"
  sandbox_is no_new_privileges
}
