# shellcheck shell=bash
# inject: one life of a master in which a system call fails, and the verdict on it.
#
#   live PHASE SCOPE CALL ERROR WHEN   start a master, do PHASE while CALL fails, and append a row to
#                                      $INJECT_OUT/rows: PHASE|SCOPE|CALL|ERROR|WHEN|VERDICT|WHY
#   list PHASE SCOPE                   the same life without a failure; prints `CALL COUNT ONLY` for each
#                                      call: the most of one process, and 1 where the master alone makes it
#
# After the phase nothing fails any more (a stop is traced to its end), and all has to be as ever: verdict.bash.

# shellcheck source=tests/helpers/wait.bash
source "${BASH_SOURCE[0]%/*}/../helpers/wait.bash"
# shellcheck source=tests/faults/verdict.bash
source "${BASH_SOURCE[0]%/*}/verdict.bash"

stop_timeout=2
more_workers=3

# LeakSanitizer does not work under strace.
export ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0

# For wait_for: here a master may die.
a_master_died() {
  return 1
}

ctl() {
  timeout 20 "$BUILD/preforkctl" -s "$PWD/control" "$@"
}

# Each address is of one life: all of 127.0.0.0/8 is this machine's.
choose_address() {
  address=127.$((BASHPID / 62500 % 250 + 1)).$((BASHPID / 250 % 250)).$((BASHPID % 250 + 1))
}

write_configuration() {
  cat >conf <<END
control = control
pid_file = pid
log = log
log_level = info
log_connections = yes
stop_timeout = ${stop_timeout}s
workers = 2
requests_per_connection = 9
[pool u]
mode = unix
path = s
idle_timeout = 300ms
[pool i]
mode = inet
address = $address
port = 9734
END
}

# strace_options FILE: of the failure, or, for a list, of all calls. -I 2: SIGTERM ends it at any time.
strace_options() {
  tracing=(-qq -I 2 -o "$PWD/$1")
  local failure=error
  [[ $call != - ]] || return 0
  [[ $error != [0-9]* ]] || failure=retval
  tracing+=(-e "trace=$call" -e "inject=$call:$failure=$error:when=$when")
}

# With -D strace is not the parent of what it traces: that keeps its pid and its parent.
start_master() {
  local command=() options=()
  [[ $scope != all ]] || options=(-f)
  if [[ $phase == start ]]; then
    strace_options trace
    command=(strace -D "${options[@]}" "${tracing[@]}")
  fi
  ln -s "$BUILD/preforkd" preforkd
  mkfifo ready
  "$BUILD/tests/launch" -k 9 "${command[@]}" "$PWD/preforkd" -c conf --ready-fd 9 </dev/null >err 2>&1 9>ready &
  leader=$!
  master=$leader
  is_ready=''
  { read -r -t 5 <ready && is_ready=1; } || has_ended "$leader" || wait_for 3 serves 2>/dev/null || has_ended "$leader" || {
    # Where each new worker fails the master goes on trying, which it logs.
    if log_says 'workers in a row failed'; then
      worse logged 'the workers fail'
    else
      worse hang 'the start does not end'
    fi
  }
}

tracer_of() { # PID
  sed -n 's/^TracerPid:\t\([1-9].*\)/\1/p' "/proc/$1/status" 2>/dev/null
}

is_attached() {
  [[ $(grep -c attached tracer.err) == "$1" ]] || has_ended "$tracer"
}

# Trace the master, or it and its workers; a successor is traced by what is executed in its place.
attach() {
  local pids=("$master") options=() pid
  strace_options trace
  case $scope in
  all)
    options=(-f)
    # shellcheck disable=SC2207 # numbers
    pids+=($(<"/proc/$master/task/$master/children"))
    ;;
  successor)
    printf '#!/bin/sh\nexec strace -D' >new
    printf ' %q' "${tracing[@]}" "$BUILD/preforkd" >>new
    echo ' "$@"' >>new
    chmod 755 new
    mv new preforkd
    return
    ;;
  esac
  tracing=("${tracing[@]:1}") # it has to say that it is attached
  for pid in "${pids[@]}"; do
    options+=(-p "$pid")
  done
  strace "${options[@]}" "${tracing[@]}" 2>tracer.err {held}>&- &
  tracer=$!
  wait_for 5 is_attached ${#pids[@]}
}

# The tracer of a successor has what its master blocks blocked, and so has no ear for TERM.
detach() {
  local pid
  for pid in ${tracer-} $(tracer_of "$master") $(tracer_of "$(in_charge)"); do
    kill -PIPE "$pid" 2>/dev/null
  done
  [[ ! ${tracer-} ]] || wait "$tracer"
  ln -sfn "$BUILD/preforkd" preforkd
} 2>/dev/null

# The master that answers on the control socket, or nothing.
in_charge() {
  local said
  said=$(timeout 3 "$BUILD/preforkctl" -s "$PWD/control" ping 2>/dev/null)
  [[ $said != 'the master is process '* ]] || echo "${said##* }"
}

ask_inet() {
  local got='' fd
  { exec {fd}<>"/dev/tcp/$address/9734"; } 2>/dev/null || return
  printf A >&"$fd" && read -r -t 3 -n 1 -u "$fd" got
  exec {fd}>&-
  [[ $got == B ]]
} 2>/dev/null

ask_unix() {
  [[ $(timeout 3 "$BUILD/preforkcall" "unix:$PWD/s" A 2>/dev/null) == *B ]]
}

serves() {
  ask_inet && ask_unix && [[ $(in_charge) ]]
}

# An answer that does not come is lost.
try() {
  "$@" || lost+=("$*")
}

#
# The phases
#

# A refusal has to say why.
command_master() {
  local output status=0
  output=$(ctl "$@" 2>&1) || status=$?
  if ((status == 124)); then
    worse hang "preforkctl $1 does not end"
  elif ((status != 0)); then
    refused "preforkctl $1: exit status $status" "$output"
  fi
  return $status
}

# From the ready line on each client is served.
do_start() {
  [[ $is_ready ]] || return
  try ask_inet
  try ask_unix
}

# Enough for a tenth occurrence in one worker, and in the master.
do_load() {
  local i
  for ((i = 0; i < 16; i++)); do
    try ask_inet
    try ask_unix
  done
  for ((i = 0; i < 10; i++)); do
    command_master status
  done
  # A silent client, which idle_timeout cuts off.
  try timeout 5 "$BUILD/tests/client" "unix:$PWD/s" connect send:A expect:B eof >/dev/null 2>&1
}

do_reload() {
  sed -i "s/^workers = .*/workers = $more_workers/" conf
  ! command_master reload || did=1
  try ask_inet
  try ask_unix
}

do_upgrade() {
  ! command_master upgrade || did=1
  try ask_inet
  try ask_unix
}

do_stop() {
  kill -TERM "$master"
  let_pass 0.1
  judge_idle # while it waits for the held connection
}

# A connection that is open through the phase.
hold() {
  local got=''
  { exec {held}<>"/dev/tcp/$address/9734"; } 2>/dev/null
  printf A >&"$held" && read -r -t 3 -n 1 -u "$held" got
  [[ $got == B ]]
}

release() {
  local got=''
  { printf C >&"$held" && read -r -t 3 -n 1 -u "$held" got; } 2>/dev/null
  exec {held}>&-
  [[ $got == D ]] || lost+=('the held connection')
}

# What is done once all works again, until the end.
afterwards() {
  detach
  judge_lost
  judge_service
  kill -TERM "$master"
  judge_stop
}

life() {
  verdict=served why='' lost=() tracer='' did='' log_begin=0
  choose_address
  write_configuration
  start_master
  if [[ $phase == start ]] && has_ended "$leader"; then
    judge_refusal
  elif [[ $phase == start ]]; then
    do_start
    afterwards
  else
    hold
    log_begin=$(wc -l <log) # what blocks in a call makes it again as it is attached
    attach
    "do_$phase"
    release
    if [[ $phase != stop ]]; then
      afterwards
    else
      judge_stop
      detach
      judge_lost
    fi
  fi
  judge_crash
}

# was_made: whether the call has failed as it was to.
was_made() {
  grep -qs -F '(INJECTED)' trace
}

# A call that depends on the time may not be made in one life: there are two more.
live() {
  phase=$1 scope=$2 call=$3 error=$4 when=$5
  local directory=$INJECT_OUT/$phase.$scope.$call.$error.$when
  for _ in 1 2 3; do
    rm -rf "$directory"
    mkdir "$directory"
    cd "$directory" || exit
    life 2>life.err
    ! was_made || break
  done
  was_made || worse unmade 'the call was not made so often'
  echo "$phase|$scope|$call|$error|$when|$verdict|$why" >>"$INJECT_OUT/rows"
  [[ $verdict == @(hang|spin|crash|silent) || ${INJECT_KEEP-} ]] || rm -rf "$directory"
}

list() {
  phase=$1 scope=$2 call=-
  local directory
  directory=$INJECT_OUT/list.$phase.$scope
  mkdir "$directory"
  cd "$directory" || exit
  life 2>life.err
  [[ $verdict == served ]] || echo "inject: without a failure: $phase, $scope: $verdict, $why" >&2
  awk -v master="$leader" -v scope="$scope" '
    { pid = $1; line = $0 }
    scope == "all" { sub(/^[0-9]+ +/, "", line) }
    scope != "all" { pid = master }
    match(line, /^[a-z_0-9]+\(/) {
      call = substr(line, 1, RLENGTH - 1)
      n = ++made[call, pid]
      if (n > most[call]) most[call] = n
      if (pid != master) others[call] = 1
    }
    END { for (call in most) print call, most[call], !(call in others) }' trace | sort
}
