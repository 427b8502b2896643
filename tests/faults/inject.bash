# shellcheck shell=bash
# inject: one life of a master in which a system call fails, and the verdict on it.
#
#   live PHASE SCOPE CALL ERROR WHEN   start a master, do PHASE while CALL fails, and append a row to
#                                      $INJECT_OUT/rows: PHASE|SCOPE|CALL|ERROR|WHEN|VERDICT|WHY
#   list PHASE SCOPE                   the same life without a failure; prints `CALL COUNT ONLY` for each
#                                      call: the most of one process, and 1 where the master alone makes it
#
# After the phase nothing fails any more, and all has to be as ever: both pools answer, control does, no
# processor is taken while nothing happens, a reload or an upgrade succeeds, and a stop ends in time, with
# nothing left. The verdicts:
#
#   served    nothing came of the failure          hang      something did not end in time
#   refused   the phase failed with a reason       spin      processes that have nothing to do computed
#   logged    something was lost, and a line       crash     a process crashed
#             of the log says so                   silent    something was lost, or failed, without a word

# shellcheck source=tests/helpers/wait.bash
source "${BASH_SOURCE[0]%/*}/../helpers/wait.bash"

stop_timeout=2

# LeakSanitizer does not work under strace.
export ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0

# For wait_for: here a master may die.
a_master_died() {
  return 1
}

# worse VERDICT WHY: it is as bad as that, unless it is worse already.
worse() {
  local -A gravity=([served]=0 [refused]=1 [logged]=2 [silent]=3 [spin]=4 [hang]=5 [crash]=6)
  ((gravity[$1] <= gravity[$verdict])) || verdict=$1 why=${2//[|$'\n']/ }
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
  [[ $call == - ]] || tracing+=(-e "trace=$call" -e "inject=$call:error=$error:when=$when")
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
  read -r -t 5 <ready || has_ended "$leader" || wait_for 3 serves 2>/dev/null || has_ended "$leader" || {
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
  strace "${options[@]}" "${tracing[@]}" 2>tracer.err &
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

# act STATUS-OF-COMMAND: a refusal has to say why.
command_master() {
  local output status=0
  output=$(ctl "$@" 2>&1) || status=$?
  if ((status == 124)); then
    worse hang "preforkctl $1 does not end"
  elif ((status != 0)) && [[ $output ]]; then
    worse refused "$output"
  elif ((status != 0)); then
    worse silent "preforkctl $1: exit status $status without a word"
  fi
}

do_load() {
  local _
  for _ in 1 2 3 4 5 6; do
    try ask_inet
  done
  try ask_unix
  try ask_unix
  command_master status
  # A silent client, which idle_timeout cuts off.
  try timeout 5 "$BUILD/tests/client" "unix:$PWD/s" connect send:A expect:B eof >/dev/null 2>&1
}

do_reload() {
  command_master reload
  try ask_inet
  try ask_unix
}

do_upgrade() {
  command_master upgrade
  try ask_inet
  try ask_unix
}

do_stop() {
  kill -TERM "$master"
  let_pass 0.1
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

#
# The verdict
#

processes() {
  ps -s "$leader" -o pid=,stat= | awk '$2 !~ /^Z/ { print $1 }'
}

session_is_over() {
  [[ ! $(processes) ]]
}

# Hundredths of a second of processor that the session has used.
ticks() {
  local pid stat sum=0
  for pid in $(processes); do
    { read -r stat <"/proc/$pid/stat"; } 2>/dev/null || continue
    # shellcheck disable=SC2086 # fields
    set -- ${stat##*) }
    sum=$((sum + ${12} + ${13}))
  done
  echo $sum
}

judge_idle() {
  local before used
  before=$(ticks)
  let_pass 0.2
  used=$(($(ticks) - before))
  ((used < 8)) || worse spin "$used hundredths of a second of processor in 200 ms"
}

# log_says WORDS: after the phase.
log_says() {
  grep -Eqs -e "$1" log err
}

judge_lost() {
  local pattern=', lost$|, cut$|cannot |lines of the log were lost|killed|exited with status [1-9]|: (Input/output|Out of)|cut:'
  ((${#lost[@]} > 0)) || return 0
  if log_says "$pattern"; then
    worse logged "${lost[*]}"
  else
    worse silent "no answer: ${lost[*]}"
  fi
}

judge_service() {
  wait_for 15 serves 2>/dev/null || { # where workers failed, the next may have to wait for 8 s
    worse hang 'nothing serves'
    return
  }
  master=$(in_charge)
  judge_idle
  local also=reload said
  [[ $phase != upgrade ]] || also=upgrade
  said=$(ctl $also 2>&1) || worse hang "another $also: $said"
  wait_for 4 serves 2>/dev/null || worse hang "nothing serves after another $also"
  master=$(in_charge)
}

judge_stop() {
  local status=0 file
  # The stop itself, a killed worker's end, and what strace and a busy machine add.
  if ! wait_for $((stop_timeout + 3)) session_is_over 2>/dev/null; then
    worse hang "after the stop there is: $(ps -s "$leader" -o pid=,stat=,wchan:20=,args= | tr '\n' ';')"
    processes | xargs -r kill -KILL
    return
  fi
  wait "$leader" || status=$?
  ((status == 0)) || [[ $verdict == refused ]] || worse silent "exit status $status"
  for file in s control pid s.lock control.lock pid.new; do
    [[ ! -e $file ]] || log_says "(cannot|could not) .*/$file\\b" || worse silent "$file is left"
  done
}

judge_crash() {
  local crash='Sanitizer|runtime error:|stack smashing|buffer overflow|(killed by|signal).*SIG(SEGV|ABRT|BUS|FPE|ILL|SYS)'
  crash+='|does not react'
  ! log_says "$crash" || worse crash "$(cat log err 2>/dev/null | grep -E -m 1 "$crash")"
}

# The start was refused: it says why, and leaves nothing.
judge_refusal() {
  local status=0
  wait "$leader" || status=$?
  if ((status == 0 || status >= 126 && status != 127)); then
    worse crash "exit status $status"
  elif [[ -s err || -s log ]]; then
    worse refused "$(cat err log 2>/dev/null | tail -n 1)"
  else
    worse silent "exit status $status without a word"
  fi
}

life() {
  verdict=served why='' lost=() tracer=''
  choose_address
  write_configuration
  start_master
  if [[ $phase == start ]] && has_ended "$leader"; then
    judge_refusal
  else
    if [[ $phase != start ]]; then
      hold
      attach
      "do_$phase"
      release
    fi
    detach
    if [[ $phase != stop ]]; then
      judge_service
      kill -TERM "$master"
    fi
  fi
  judge_stop
  judge_lost
  judge_crash
}

live() {
  phase=$1 scope=$2 call=$3 error=$4 when=$5
  local directory=$INJECT_OUT/$phase.$scope.$call.$error.$when
  mkdir "$directory"
  cd "$directory" || exit
  life 2>life.err
  echo "$phase|$scope|$call|$error|$when|$verdict|$why" >>"$INJECT_OUT/rows"
  [[ $verdict == [hcs][aripln]* && $verdict != served ]] || rm -rf "$directory"
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
