# shellcheck shell=bash
# every_key: the table of every_key.bats, a row for each key of the configuration, and how each is seen to be in
# force. `make check` looks for the rows (tests/keys.sh).
# shellcheck disable=SC2154,SC2034 # common.bash and every_key.bats know them

# shellcheck source=tests/helpers/every_key_programs.bash
source "${BASH_SOURCE[0]%/*}/every_key_programs.bash"
# shellcheck source=tests/helpers/every_key_trust.bash
source "${BASH_SOURCE[0]%/*}/every_key_trust.bash"

# A row: the key, the kind of socket, the value before and after, and further lines of the configuration. in_force_KEY
# VALUE succeeds where that value is in force and fails where the other one is.
rows='
mode                        unix  unix        inet
type                        inet  stream      datagram
path                        unix  s           t
socket_permissions          unix  0666        0600
socket_owner                unix  none        @user
socket_group                unix  none        @group
address                     inet  127.0.0.1   0.0.0.0
port                        inet  @port       @port
backlog                     inet  100         300
defer_accept                inet  no          1m
linger                      unix  0s          1m        requests_per_connection=1
service                     unix  increment   echo
requests_per_connection     unix  1           unlimited
workers                     unix  2           3
spare                       unix  1           3         workers=1..8
spare_timeout               unix  1h          1ms       workers=1..8  spare=2
max_connections_per_worker  unix  unlimited   1
max_connection_time         unix  none        50ms
idle_timeout                unix  none        50ms
log_connections             unix  no          yes
module                      unix  ./one.so    ./other.so  service=module  user=root
command                     unix  cat         tac         service=program
start                       unix  call        resident    service=program  command=./pid  ready_after=10ms
environment                 unix  A=1         A=2         service=program  command=env
directory                   unix  /           /usr        service=program  command=pwd
kill_after                  unix  1h          50ms        service=program  command=./stubborn  stop_timeout=50ms
max_age                     unix  none        50ms        service=program  command=cat  start=warm
listener_descriptor         unix  3           0           service=program  command=./pid    start=resident  nonblocking=yes  ready_after=10ms
nonblocking                 unix  no          no          service=program  command=./pid    start=resident  ready_after=10ms
notify                      unix  no          yes         service=program  command=./ready  start=resident
ready_after                 unix  10ms        700ms       service=program  command=./pid    start=resident
stop_signal                 unix  TERM        QUIT        service=program  command=./asked  start=resident  ready_after=100ms
proxy_protocol              unix  no          required  proxy_from=all
proxy_from                  unix  all         user:77   proxy_protocol=required
limit_files                 unix  unlimited   64          service=program  command=./limits
limit_memory                unix  unlimited   64m         service=program  command=./limits
limit_cpu                   unix  unlimited   1h          service=program  command=./limits
limit_processes             unix  unlimited   5000        service=program  command=./limits
nice                        unix  none        7           service=program  command=nice
allow                       unix  all         user:77
deny                        unix  none        all
user                        unix  root        daemon
group                       unix  none        daemon      user=nobody
chroot                      unix  none        @root
umask                       unix  none        0027        service=program  command=./mask
max_per_source              unix  unlimited   1         workers=2
max_rate_per_source         unix  unlimited   1
sandbox                     unix  enforce     off
no_new_privileges           unix  yes         no        service=program  command=cat
name                        unix  one         two
stop_timeout                unix  none        100ms
pid_file                    unix  pid         other.pid
control                     unix  control     other
control_readers             unix  none        user:daemon
log                         unix  stderr      lines
log_level                   unix  notice      info
log_format                  unix  text        json
'

# Print how many clients are being served.
busy() {
  members_of busy "$("$BUILD/preforkctl" -s "$control" status --json 3>&-)"
}

busy_is() { # N
  [[ $(busy) == "$1" ]]
}

# occupied HOW: whether a client that has done ACTION... keeps a worker busy.
occupied() { # YES|NO ACTION...
  local result=0
  begin_call idler "${@:2}" say:in wait
  heard idler in
  if [[ $1 == yes ]]; then
    wait_for 5 busy_is 1 || result=1
  else
    let_pass 0.1
    wait_for 10 busy_is 0 || result=1 # the client stays; what the key prolongs takes a minute
  fi
  let_go idler
  end_call idler
  wait_for 10 busy_is 0 || result=1
  return $result
}

# cut_off YES|NO KEY: whether a connection is cut, because of that key. It may be before its request is answered.
cut_off() {
  local before after
  before=$(grep -c "$2 is over" "$log")
  begin_call idler connect send:A say:in wait
  heard idler in
  if [[ $1 == yes ]]; then
    wait_for 5 log_has_more "$before" "$2 is over"
  else
    let_pass 0.15
  fi
  let_go idler
  end_call idler
  after=$(grep -c "$2 is over" "$log")
  [[ $1 == yes ]] || ((after == before))
}

log_has_more() { # N REGEX
  (($(grep -Ec "$2" "${lines_file-$log}") > $1))
}

# Have the master log a line.
log_a_line() {
  "$BUILD/preforkctl" -s "$control" reopen >/dev/null 3>&-
}

in_force_name() {
  "$BUILD/preforkctl" -s "$control" metrics 3>&- | grep -q "^preforkd_build_info{master=\"$1\","
}

in_force_mode() {
  [[ $endpoint == "$1":* ]] && ask
}

in_force_type() {
  if [[ $1 == datagram ]]; then
    ask --datagram
  else
    ask && refute ask --datagram --timeout 100ms
  fi
}

in_force_path() {
  local other=t
  [[ $1 == s ]] || other=s
  "$BUILD/preforkcall" "unix:$1" 3>&- && wait_for 5 test ! -e $other
}

in_force_socket_permissions() {
  [[ 0$(stat -c %a s) == "$1" ]]
}

in_force_socket_owner() {
  local owner=$1
  [[ $owner != none ]] || owner=$(id -un)
  [[ $(stat -c %U s) == "$owner" ]]
}

in_force_socket_group() {
  local group=$1
  [[ $group != none ]] || group=$(id -gn)
  [[ $(stat -c %G s) == "$group" ]]
}

in_force_address() {
  "$BUILD/preforkcall" "inet:127.0.0.1:$port" 3>&- || return
  if [[ $1 == 0.0.0.0 ]]; then
    "$BUILD/preforkcall" "inet:127.0.0.2:$port" 3>&-
  else
    wait_for 5 refused inet:127.0.0.2:"$port"
  fi
}

refused() { # ENDPOINT
  "$BUILD/preforkcall" --timeout 100ms "$1" 2>&1 3>&- | grep -q refused
}

in_force_port() {
  [[ $port == "$1" ]] && ask
}

in_force_backlog() {
  "$BUILD/preforkctl" -s "$control" status --json 3>&- | grep -q "\"queue_limit\":$1,"
}

in_force_defer_accept() {
  if [[ $1 == no ]]; then
    occupied yes connect
  else
    occupied no connect
  fi
}

in_force_linger() {
  if [[ $1 == 0s ]]; then
    occupied no connect send:A expect:B
  else
    occupied yes connect send:A expect:B
  fi
}

in_force_service() {
  local answer=B
  [[ $1 != echo ]] || answer=A
  [[ $(ask A) == *"$answer" ]]
}

in_force_requests_per_connection() {
  local answer=B
  [[ $1 == 1 ]] || answer=BC
  [[ $(ask AB) == "$answer" ]]
}

in_force_workers() {
  wait_for 5 worker_count_is "$1"
}

in_force_spare() {
  hold one
  wait_for 5 worker_count_is $(($1 + 1)) || return
  release one
}

in_force_spare_timeout() {
  hold one
  wait_for 5 worker_count_is 3 || return
  release one
  if [[ $1 == 1ms ]]; then
    wait_for 5 worker_count_is 2
  else
    let_pass 0.1
    worker_count_is 3
  fi
}

in_force_max_connections_per_worker() {
  local before
  before=$(workers | sort)
  ask && ask
  if [[ $1 == 1 ]]; then
    wait_for 5 workers_are_other_than "$before"
  else
    let_pass 0.1
    [[ $(workers | sort) == "$before" ]]
  fi
}

workers_are_other_than() { # WORKERS
  [[ $(workers | sort) != "$1" ]]
}

in_force_max_connection_time() {
  if [[ $1 == none ]]; then
    cut_off no max_connection_time
  else
    cut_off yes max_connection_time
  fi
}

in_force_idle_timeout() {
  if [[ $1 == none ]]; then
    cut_off no idle_timeout
  else
    cut_off yes idle_timeout
  fi
}

in_force_log_connections() {
  local before
  before=$(grep -c 'a unix client' "$log")
  ask
  if [[ $1 == yes ]]; then
    wait_for 5 log_has_more "$before" 'a unix client'
  else
    let_pass 0.1
    [[ $(grep -c 'a unix client' "$log") == "$before" ]]
  fi
}

# Of the master; every_key.bats has a test for the workers of a generation that retires, and for orphans.
in_force_stop_timeout() {
  local before reloads
  before=$(grep -c 'stop_timeout is over' "$log")
  reloads=$(grep -c 'reloaded: generation' "$log")
  hold one
  kill -HUP "$master"
  wait_for 5 log_has_more "$reloads" 'reloaded: generation' || return
  if [[ $1 == none ]]; then
    let_pass 0.2
    release one
    [[ $(grep -c 'stop_timeout is over' "$log") == "$before" ]]
  else
    wait_for 5 log_has_more "$before" 'stop_timeout is over' || return
    let_go one
    end_call one 1
  fi
}

in_force_pid_file() {
  local other=pid
  [[ $1 != pid ]] || other=other.pid
  [[ $(<"$1") == "$master" && ! -e $other ]]
}

in_force_control() {
  local other=control
  [[ $1 != control ]] || other=other
  [[ $("$BUILD/preforkctl" -s "$1" ping 3>&-) == "the master is process $master" ]] && wait_for 5 test ! -e $other
}

# That it decides who may ask is shown in control_readers.bats.
in_force_control_readers() {
  local mode=666
  [[ $1 != none ]] || mode=600
  [[ $(stat -c %a control) == "$mode" ]]
}

in_force_log() {
  local before lines_file=$log
  [[ $1 == stderr ]] || lines_file=$1
  touch lines
  before=$(grep -c ': reopen' "$lines_file")
  log_a_line
  wait_for 5 log_has_more "$before" ': reopen'
}

in_force_log_level() {
  local before left="preforkd\\[$master\\]: worker .* exited with status 0" # not one of a predecessor
  before=$(grep -c "$left" "$log")
  "$BUILD/preforkctl" -s "$control" scale 2 >/dev/null 3>&-
  wait_for 5 worker_count_is 2 || return
  "$BUILD/preforkctl" -s "$control" scale 1 >/dev/null 3>&-
  wait_for 5 worker_count_is 1 || return
  if [[ $1 == info ]]; then
    wait_for 5 log_has_more "$before" "$left"
  else
    [[ $(grep -c "$left" "$log") == "$before" ]]
  fi
}

# By a line of this master: those of its predecessor, in the other format, may come behind it.
in_force_log_format() {
  local before line="^preforkd\\[$master\\]: asked by .*: reopen$"
  [[ $1 == text ]] || line="^[{].*\"pid\":$master,.*: reopen\"[}]$"
  before=$(grep -Ec "$line" "$log")
  log_a_line
  wait_for 5 log_has_more "$before" "$line"
}
