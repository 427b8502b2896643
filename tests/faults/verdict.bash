# shellcheck shell=bash
# verdict: how a life of inject.bash has ended, in $verdict and $why. All has to be as ever after the failure: both
# pools answer, control does, no processor is taken while nothing happens, what was said to be done was done, a reload
# or an upgrade succeeds, and a stop ends in time, with nothing left.
#
#   served    nothing came of the failure          hang      something did not end in time
#   refused   the phase failed with a reason       spin      processes that have nothing to do computed
#   logged    something was lost, and a line       crash     a process crashed
#             of the log says so                   silent    something was lost, or failed, without a word
#   unmade    the call did not occur so often, so that nothing was tried
# shellcheck disable=SC2154,SC2034 # inject.bash sets and reads them

# worse VERDICT WHY: it is as bad as that, unless it is worse already.
worse() {
  local -A gravity=([served]=0 [refused]=1 [logged]=2 [unmade]=3 [silent]=4 [spin]=5 [hang]=6 [crash]=7)
  ((gravity[$1] <= gravity[$verdict])) || verdict=$1 why=${2//[|$'\n']/ }
}

# refused WHAT OUTPUT: OUTPUT is its reason if it speaks of a failure.
refused() {
  local reason='cannot|could not|refused|failed|lost|ended|not (answer|end|served|reloaded|upgraded)|incomplete|closed without|error while loading|: [A-Z][a-z/]+ .*$'
  if [[ $2 =~ $reason ]]; then
    worse refused "$2"
  else
    worse silent "$1, and the reason is: $2"
  fi
}

processes() {
  ps -s "$leader" -o pid=,stat= | awk '$2 !~ /^Z/ { print $1 }'
}

session_is_over() {
  [[ ! $(processes) ]]
}

# busy_ms: for each process of the session, a line `PID MS`: how long it has run or waited to run, which does
# not depend on what else runs on the machine.
busy_ms() {
  local pid run waited
  for pid in $(processes); do
    { read -r run waited _ <"/proc/$pid/schedstat"; } 2>/dev/null || continue
    echo "$pid $(((run + waited) / 1000000))"
  done
}

# is_busy: whether a process computes for a third of 200 ms in which nothing is asked of it.
is_busy() {
  local before=() most
  mapfile -t before < <(busy_ms)
  let_pass 0.2
  most=$({
    printf '%s\n' "${before[@]}"
    busy_ms
  } | awk '$1 in ms { spent = $2 - ms[$1]; if (spent > most) most = spent } { ms[$1] = $2 } END { print most + 0 }')
  ((most >= 66)) && busy="$most ms of processor in 200 ms"
}

# What follows on the phase may take one such time.
judge_idle() {
  local busy=''
  ! is_busy || ! is_busy || worse spin "$busy"
}

# log_says WORDS: after the phase.
log_says() {
  grep -Eqs -e "$1" log err
}

# The log since the phase began, without the lines about the client that do_load leaves to idle_timeout: it alone
# is cut after one byte there.
evidence() {
  local expected='pool u, .* 1 bytes in, 1 out(, .*, cut$|; wchan)'
  [[ $phase == load ]] || expected='^never$'
  {
    tail -n +$((log_begin + 1)) log
    cat err
  } 2>/dev/null | grep -Ev "$expected"
}

# evidence_of REGEX: lines of it.
evidence_of() {
  evidence | grep -Ec -e "$1"
}

# Each answer that was lost has a line about its connection, unless one line speaks of several: of a worker that
# ended, of clients that could not be accepted, of lines of the log that were lost.
loss_is_logged() {
  local several='worker .*(killed|exited with status [1-9])|: cannot (accept|watch)|workers in a row failed'
  several+='|lines of the log were lost|(stopping now|stop_timeout is over).*[1-9][0-9]* '
  (($(evidence_of 'connection: .*, (lost|cut)$') >= ${#lost[@]} || $(evidence_of "$several") > 0))
}

# An answer was lost: the log says so, at the latest when the second of its channel is over.
judge_lost() {
  ((${#lost[@]} > 0)) || return 0
  if wait_for 2 loss_is_logged 2>/dev/null; then
    worse logged "${lost[*]}"
  else
    worse silent "no answer: ${lost[*]}"
  fi
}

worker_count_is() {
  [[ $(wc -w <"/proc/$master/task/$master/children") == "$1" ]]
} 2>/dev/null

# What preforkctl said to be done has been done: the workers of the new configuration, another master.
judge_done() { # MASTER-BEFORE
  if [[ $phase == reload && $did ]]; then
    ctl diff >/dev/null 2>&1 || worse silent 'reloaded, and yet the configuration differs'
    wait_for 10 worker_count_is $((2 * more_workers)) 2>/dev/null || worse silent 'reloaded, and yet workers are missing'
  elif [[ $phase == upgrade ]]; then
    [[ ! $did || $master != "$1" ]] || worse silent 'upgraded, and yet the same master'
    [[ $why != *'not upgraded'* || $master == "$1" ]] || worse silent 'not upgraded, and yet another master'
  fi
}

judge_service() {
  wait_for 15 serves 2>/dev/null || { # where workers failed, the next may have to wait for 8 s
    worse hang 'nothing serves'
    return
  }
  local was_master=$master
  master=$(in_charge)
  judge_done "$was_master"
  judge_idle
  local also=reload said
  [[ $phase != upgrade ]] || also=upgrade
  said=$(ctl $also 2>&1) || worse hang "another $also: $said"
  wait_for 4 serves 2>/dev/null || worse hang "nothing serves after another $also"
  master=$(in_charge)
}

# No process is left, and no file.
judge_left() {
  local file
  # The stop itself, a killed worker's end, and what strace and a busy machine add.
  if ! wait_for $((stop_timeout + 3)) session_is_over 2>/dev/null; then
    worse hang "after the stop there is: $(ps -s "$leader" -o pid=,stat=,wchan:20=,args= | tr '\n' ';')"
    processes | xargs -r kill -KILL
    return 1
  fi
  for file in s control pid s.lock control.lock pid.new; do
    [[ ! -e $file ]] || log_says "(cannot|could not) .*/$file\\b" || worse silent "$file is left"
  done
}

judge_stop() {
  local status=0
  judge_left || return 0
  wait "$leader" || status=$?
  ((status < 126)) || worse crash "exit status $status"
  ((status == 0)) || [[ $verdict == refused ]] || worse silent "exit status $status"
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
  else
    refused "exit status $status" "$(cat err log 2>/dev/null | tail -n 1)"
  fi
  judge_left
}

