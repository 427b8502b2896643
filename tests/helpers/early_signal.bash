# shellcheck shell=bash
# early_signal: a master that gets a signal so early that it may not have begun.
# shellcheck disable=SC2154 # common.bash sets them

# signal_early SIGNAL MS: start a master of early.conf and send it SIGNAL so many milliseconds after exec. Check
# that it then serves and stops well, or has ended already, by itself or by that very signal, and that
# nothing is left of it.
signal_early() {
  local pid status=0 number
  number=$(kill -l "$1")
  : >started
  "$bin/early_signal" "$number" "$(($2 * 1000))" "$BUILD/preforkd" -c early.conf </dev/null >started 2>>early.log 3>&- &
  pid=$!
  wait_for 10 test -s started
  leader=$(<started)
  case $1 in
  TERM | INT | QUIT) wait_for 10 has_ended "$pid" ;;
  *)
    wait_for 10 serves_or_ended "$pid"
    if [[ $1 == USR2 ]] || ! has_ended "$pid"; then
      end_early "$pid"
    fi
    ;;
  esac
  wait "$pid" 2>/dev/null || status=$?
  ((status == 0 || status == 128 + number)) || fail "$1 after $2 ms: status $status: $(tail -n 3 early.log)"
  ((status == 0)) || [[ $1 != C* ]] || fail "$1 after $2 ms: killed by it"
  wait_for 5 session_is_over "$leader" || fail "$1 after $2 ms: processes are left"
  [[ ! -e early && ! -e early.control && ! -e early.pid && ! -e early.lock && ! -e early.control.lock ]] || fail "$1 after $2 ms: files are left: $(ls)"
}

serves_or_ended() { # PID
  has_ended "$1" || "$BUILD/preforkcall" -c early.conf >answer 2>/dev/null 3>&-
}

# Stop the master in charge through the control socket: after USR2 it may be another process.
end_early() { # PID
  wait_for 10 stops_early "$1"
  wait_for 10 session_is_over "$leader"
}

stops_early() { # PID
  if has_ended "$1" && session_is_over "$leader"; then
    return
  fi
  "$BUILD/preforkctl" -s early.control stop >/dev/null 2>&1 3>&-
}

configure_early() { # MODE
  local where='path = early'
  [[ $1 == unix ]] || where="port = $((20000 + RANDOM % 10000))"
  printf '%s\n' "mode = $1" "$where" 'workers = 2' 'control = early.control' 'pid_file = early.pid' >early.conf
}
