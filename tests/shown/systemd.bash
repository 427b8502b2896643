# shellcheck shell=bash
# systemd: a container with a real systemd, and the service in it; `load systemd`, behind common. A file that needs more
# than the containers defines `prepare`, which runs once before its tests.
# shellcheck disable=SC2034,SC2154 # common.bash and the tests know them

load shown

unit=preforkd.service

setup_file() {
  local suite
  [[ $EUID == 0 ]] || skip 'not root'
  for suite in debootstrap systemd-nspawn nsenter; do
    command -v $suite >/dev/null || skip "no $suite"
  done
  for suite in bookworm trixie; do
    "$BATS_TEST_DIRNAME/systemd-root" $suite >"$BATS_FILE_TMPDIR/$suite.log" 2>&1 || {
      tail -n 20 "$BATS_FILE_TMPDIR/$suite.log" >&2
      return 1
    }
  done
  ! declare -F prepare >/dev/null || prepare
}

# boot SUITE: a container of that release, until its systemd has started everything.
boot() {
  root=$BUILD/roots/$1
  printf '%s\n' 'control = /run/preforkd/control' 'stop_timeout = 20s' '[pool main]' 'mode = unix' \
    'path = /run/preforkd.socket' 'requests_per_connection = unlimited' 'workers = 4' \
    >"$root/usr/local/etc/preforkd/preforkd.conf"
  # shellcheck disable=SC2119
  start_container
  # The clients of helpers/call.bash run inside.
  mkdir -p inside
  printf '#!/bin/sh\nexec nsenter -t %s -m -- /usr/local/bin/client "$@"\n' "$init" >inside/client
  chmod 755 inside/client
  bin=$PWD/inside
  endpoint=unix:/run/preforkd.socket
}

# shellcheck disable=SC2120 # 39-deb.bats has some
start_container() { # [OPTION...]
  "$bin/launch" systemd-nspawn --quiet --directory="$root" --boot --register=no --keep-unit \
    --private-network --console=read-only "$@" </dev/null >boot.log 2>&1 3>&- &
  container=$!
  wait_for 60 find_init
  wait_for 60 is_up
}

# Set $init to the container's process 1, a child of its systemd-nspawn.
find_init() {
  local children
  read -ra children < <(cat "/proc/$container/task/$container/children")
  for init in "${children[@]}"; do
    ! grep -Eq '^NSpid:.*[[:blank:]]1$' "/proc/$init/status" 2>/dev/null || return 0
  done
  return 1
}

# inside COMMAND...: run it there.
inside() {
  nsenter -t "$init" -m -u -i -n -p -C -- "$@" 3>&-
}

is_up() {
  [[ $(inside systemctl is-system-running 2>/dev/null) == @(running|degraded) ]]
}

shut_down() {
  if [[ ${container-} ]]; then
    [[ $BATS_TEST_COMPLETED ]] || inside journalctl --no-pager -n 60 >&2 || true
    kill -KILL "$init" 2>/dev/null || true
    wait_for 20 has_ended "$container" || kill -KILL "$container"
  fi
}

service() { # PROPERTY
  inside systemctl show --value -p "$1" $unit
}

service_is() { # STATE
  [[ $(service ActiveState) == "$1" ]]
}

has_main() { # PID: other than that
  [[ $(service MainPID) != "$1" ]]
}

ctl() {
  inside /usr/local/bin/preforkctl -s /run/preforkd/control "$@"
}

journal_has() { # REGEX
  inside journalctl --no-pager -o cat -u $unit | grep -Eq -e "$1"
}

# Wait until the upgraded master is the service's main process, and its parent is systemd.
upgrade_service() {
  local before
  before=$(service MainPID)
  ctl upgrade
  wait_for 10 has_main "$before"
  assert_equal "$(inside ps -o ppid= -p "$(service MainPID)" | tr -d ' ')" 1 "the parent of the new master"
}

# round NUMBER: active connections through a reload, an upgrade, and a stop or restart; none may be cut.
round() {
  local n=$1 verb=stop
  ((n % 2)) || verb=restart
  inside systemctl start preforkd.socket
  hold "plain$n" # by socket: the service starts for it
  wait_for 10 service_is active
  inside systemctl reload preforkd.service
  hold "reloaded$n"
  [[ $((n % 3)) == 0 ]] || upgrade_service
  hold "new$n"
  inside systemctl $verb preforkd.service &
  local stopping=$!
  wait_for 10 journal_has 'stopping: waiting for'
  let_pass 0.3
  release "plain$n"
  release "reloaded$n"
  release "new$n"
  wait "$stopping"
  if [[ $verb == restart ]]; then
    hold "again$n"
    release "again$n"
    inside systemctl stop preforkd.service
  fi
  assert_equal "$(service Result)" success "the result of the service"
  inside systemctl stop preforkd.socket
  refute journal_has 'not our child|[Kk]illing process|SIGKILL|timed out'
  refute journal_has '^preforkd\[' # the journal has the prefix
  inside journalctl --rotate --vacuum-time=1us >/dev/null 2>&1
}

rounds() { # SUITE COUNT
  boot "$1"
  for ((n = 1; n <= $2; n++)); do
    round "$n"
  done
  figure "$(inside systemctl --version | head -n 1): $2 rounds of start by socket, reload, upgrade, stop or restart" \
    "with connections in hand before and after the upgrade: 0 lost"
}

faults() { # SUITE
  local main
  boot "$1"
  mkdir -p "$root/etc/systemd/system/preforkd.service.d"
  printf '%s\n' '[Service]' 'WatchdogSec=2' 'RestartSec=100ms' 'TimeoutStopSec=1' >"$root/etc/systemd/system/preforkd.service.d/test.conf"
  inside systemctl daemon-reload
  inside systemctl start preforkd.socket preforkd.service
  # A refused reload: systemctl fails, and the service runs on.
  echo 'worker = 3' >>"$root/usr/local/etc/preforkd/preforkd.conf"
  refute inside systemctl reload preforkd.service 2>/dev/null
  journal_has "unknown key 'worker'; did you mean 'workers'"
  sed -i '$d' "$root/usr/local/etc/preforkd/preforkd.conf"
  service_is active
  # Restart= after the death of a master that an upgrade has made.
  upgrade_service
  main=$(service MainPID)
  inside kill -KILL "$main"
  wait_for 10 has_main "$main"
  wait_for 10 service_is active
  journal_has 'Main process exited, code=killed, status=9/KILL'
  journal_has 'Scheduled restart job'
  hold after
  release after
  # The watchdog: a master that an upgrade has made, and that hangs, is replaced.
  upgrade_service
  main=$(service MainPID)
  let_pass 3
  assert_equal "$(service MainPID)" "$main" "the main process, which is alive"
  inside kill -STOP "$main"
  wait_for 20 has_main "$main"
  wait_for 10 service_is active
  journal_has 'Watchdog timeout'
  hold last
  release last
  # A stop that takes longer than TimeoutStopSec, which the master extends to its stop_timeout.
  hold slow
  inside systemctl stop preforkd.socket preforkd.service &
  local stopping=$!
  wait_for 10 journal_has 'stopping: waiting for 1'
  let_pass 2.5
  release slow
  wait "$stopping"
  assert_equal "$(service Result)" success "the result of the service"
  refute journal_has 'not our child|timed out'
  figure "$(inside systemctl --version | head -n 1): a refused reload, Restart= and the watchdog after an upgrade"
}

# users: the users of the service's processes but the master, a line each.
users() {
  inside ps -o user= --ppid "$(service MainPID)" | sort -u
}

users_are() { # USERS
  [[ $(users | paste -sd' ') == "$1" ]]
}

# rights SUITE: the unit of root gives workers other users and another root directory, and signals them; that of a user
# knows the users of its clients.
rights() { # SUITE
  boot "$1"
  unit=preforkd-root.service endpoint=unix:/run/preforkd/socket
  printf '%s\n' 'control = /run/preforkd/control' 'workers = 2' '[pool main]' 'mode = unix' 'path = /run/preforkd/socket' \
    'user = daemon' 'chroot = /srv' 'requests_per_connection = unlimited' 'idle_timeout = 500ms' '[pool low]' 'mode = inet' \
    'port = 7' >"$root/usr/local/etc/preforkd/preforkd.conf"
  inside systemctl start $unit
  users_are 'daemon nobody'
  assert_equal "$(inside /usr/local/bin/preforkcall inet:127.0.0.1:7 A)" B
  begin_call idle connect send:A expect:B eof
  wait_for 10 journal_has 'idle_timeout is over, connection cut'
  end_call idle
  inside systemctl reload $unit
  wait_for 10 users_are 'daemon nobody'
  upgrade_service
  wait_for 10 users_are 'daemon nobody'
  ctl scale main 1
  assert_equal "$(inside /usr/local/bin/preforkcall "$endpoint" A)" B
  inside systemctl stop $unit
  assert_equal "$(service Result)" success "the result of the service"
  refute journal_has 'cannot|timed out|Operation not permitted'
  unit=preforkd.service
  printf '%s\n' 'control = /run/preforkd/control' 'mode = unix' 'path = /run/preforkd/socket' 'allow = user:daemon' \
    >"$root/usr/local/etc/preforkd/preforkd.conf"
  inside systemctl start $unit
  assert_equal "$(inside setpriv --reuid=daemon --regid=daemon --clear-groups /usr/local/bin/preforkcall "$endpoint" A)" B
  refute inside /usr/local/bin/preforkcall "$endpoint" A
  # The user is there while the service runs; its name only nss-systemd(8) knows, which need not be installed.
  refute [ "$(service UID)" = 0 ]
  assert_equal "$(inside ps -o uid= --ppid "$(service MainPID)" | sort -u | tr -d ' ')" "$(service UID)" "their user"
  inside systemctl stop $unit
  figure "$(inside systemctl --version | head -n 1): preforkd-root.service with workers of daemon and nobody, through deadline," \
    "reload, upgrade, scale and stop; preforkd.service with allow = user:daemon"
}
