# shellcheck shell=bash
# hostile: a pool whose workers attack (tests/hostile), beside one under load; `load helpers/hostile`, behind
# common and background_load.
# shellcheck disable=SC2154,SC2034 # common.bash and the tests set and read them

# AddressSanitizer makes the master slower; what it says of an attacker is the attacker's.
answer_ms=100
! is_sanitized || answer_ms=1000

# endure MODE [WORKERS [SANDBOX [LINE...]]]: the pool `victim` in that mode, with a hostile service and these lines, and
# the pool `calm`. The sandbox is off unless it is said otherwise: what holds without it is what these tests are about.
# Where root starts it, the attacker is root, too: it can do most then. The limits of a source are there for their board,
# which workers share: no client here reaches them.
endure() {
  local text='path = victim'
  [[ $1 == unix ]] || text='port = 0'
  preforkd=$bin/preforkd_hostile expected='does not react|killed by SIGKILL'
  start_master <<CONF
control = control
stop_timeout = 2s
requests_per_connection = unlimited
[pool victim]
mode = $1
$text
service = hostile
sandbox = ${3-off}
user = root
workers = ${2-2..6}
spare = 1
max_per_source = 1000
max_rate_per_source = 10000
$(printf '%s\n' "${@:4}")
[pool calm]
mode = unix
path = calm
workers = 2
CONF
  use_master master calm
  calm=$endpoint
  use_master master victim
}

# strike ATTACK: have a worker of the victim begin it; sets $attacker.
strike() {
  attacker=$(ask "$1")
  [[ $attacker ]] || fail "no worker attacks by $1"
}

is_served() {
  [[ $(ask --timeout 200ms serve 2>&1) == served ]]
}

# It serves, however long that takes on a busy machine.
serves_now() {
  assert_equal "$(ask serve)" served
}

# suffer ATTACK MS: at the latest the third time, as a machine that stands still can be late.
suffer() {
  try_thrice suffer_once "$@"
}

# suffer_once ATTACK MS: for so long, with the other pool under load. That pool loses nothing, the control socket
# answers soon, as $times says, and the victim serves again within a second of the attacker's death.
suffer_once() {
  local began
  strike "$1" || return
  endpoint=$calm begin_load "$2"
  times=$("$bin/control_times" unix:control "$2" 3>&-) || fail "$1: the control socket does not answer" || exit
  end_load || fail "$1: the other pool lost requests" || exit
  # Where its pool was renewed, stop_timeout may have ended it.
  kill -KILL "$attacker" 2>/dev/null || has_ended "$attacker"
  began=$EPOCHREALTIME
  wait_for 5 is_served || fail "$1: the pool does not serve" || exit
  [[ $times =~ p99\ ([0-9]+)\ ms ]] || exit
  ((BASH_REMATCH[1] <= answer_ms)) || fail "$1: $times" || return
  (($(elapsed_ms "$began") <= 1000)) || fail "$1: the pool served after $(elapsed_ms "$began") ms"
}
