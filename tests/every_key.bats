#!/usr/bin/env bats
# Each key of the configuration is in force after a reload and after an upgrade that change it. helpers/every_key
# has a row for each key.

# shellcheck disable=SC2154,SC2016,SC2030,SC2031,SC2034 # helpers set them; each test has its own subshell

load helpers/common
load helpers/every_key
load helpers/port
load helpers/program

# Set `row` to the words of the row of KEY, each @NAME replaced.
read_row() { # KEY
  local word
  read -ra row < <(grep "^$1 " <<<"$rows")
  for word in "${!row[@]}"; do
    case ${row[word]} in
    @port) row[word]=$(free_port) ;;
    @user) row[word]=daemon && ((EUID == 0)) || row[word]=$(id -un) ;;
    @root) row[word]=/usr && ((EUID == 0)) || row[word]=none ;;
    @group) row[word]=daemon && ((EUID == 0)) || row[word]=$(id -gn) ;;
    esac
  done
}

# configure VALUE: the configuration of `row` with that value of its key.
configure() {
  local line
  local -A settings=([control]=control [mode]=${row[1]} [path]=s [port]=0 [workers]=1
    [requests_per_connection]=unlimited)
  for line in "${row[@]:4}"; do
    settings[${line%%=*}]=${line#*=}
  done
  settings[${row[0]}]=$1
  for line in "${!settings[@]}"; do
    echo "$line = ${settings[$line]}"
  done >master.conf
}

# have_ended PID...
have_ended() {
  local pid
  for pid in "$@"; do
    has_ended "$pid" || return
  done
}

# change WAY VALUE: have the master take the key's new VALUE. Then the old workers have ended: until it leaves, an
# idle one may still accept a connection, which it serves as it was configured.
change() {
  local way=$1 old
  mapfile -t old < <(workers)
  [[ $way != upgrade ]] || old+=("$master")
  configure "$2"
  run timeout 20 "$BUILD/preforkctl" -s "$control" "$way" 3>&-
  assert_equal "$status" 0 "the exit status of $way with $key = $2, with '$output',"
  if [[ $way == upgrade ]]; then
    master=${output##*process }
    master=${master%% *}
    successors+=("$master")
    master_of[master]=$master
  fi
  if [[ $key == control ]]; then
    control=$2
  fi
  wait_for 10 have_ended "${old[@]}"
  if [[ $key =~ ^(mode|type|path|address|port)$ ]]; then
    wait_for 5 is_ready
    use_master master
  fi
}

is_ready() {
  log_has "preforkd\[$master\]: ready: pool main"
}

holds() { # VALUE
  "in_force_$key" "$1" >in_force.out 2>&1 || fail "$key = $1 is not in force: $(<in_force.out)"
}

# The programs of the rows.
make_programs() {
  cat >pid <<END
#!/bin/sh
[ "\$LISTEN_FDS" ] && exec "$bin/resident" -p
[ -S /dev/stdin ] && [ ! -S /dev/stdout ] && exec "$bin/resident" -p -d 0
echo \$\$
END
  printf '#!/bin/sh\nexec "%s" -p ${NOTIFY_SOCKET:+-N 0}\n' "$bin/resident" >ready
  printf '#!/bin/sh\ntrap "echo asked TERM; exit" TERM\ntrap "echo asked QUIT; exit" QUIT\nwhile :; do sleep 0.02; done\n' >asked
  printf '#!/bin/sh\ntrap "" TERM\necho deaf\nwhile :; do sleep 0.02; done\n' >stubborn
  printf '#!/bin/sh\nexec cat /proc/self/limits\n' >limits
  printf '#!/bin/sh\numask\n' >mask
  chmod +x pid stubborn asked ready limits mask
  [[ ! -e $bin/modules/trial.so ]] || tee one.so <"$bin/modules/trial.so" >other.so
}

# Change KEY by a reload, then back by an upgrade.
exchange() { # KEY
  local row key=$1
  control=control
  [[ $key != module || -e one.so ]] || return 0 # a static preforkd loads none
  read_row "$key"
  echo "# $key: ${row[*]:2}"
  configure "${row[2]}"
  restart_master
  holds "${row[2]}"
  change reload "${row[3]}"
  holds "${row[3]}"
  change upgrade "${row[2]}"
  holds "${row[2]}"
  stop_master
  : >"$log"
}

# exchange_all REGEX [-v]: the keys that match it, or with -v all others.
exchange_all() {
  local key keys
  mapfile -t keys < <(awk 'NF { print $1 }' <<<"$rows" | grep "${@:2}" -Ex -e "$1")
  for key in "${keys[@]}"; do
    exchange "$key"
  done
}

master_keys='name|stop_timeout|pid_file|control|control_readers|log|log_level|log_format'
socket_keys='mode|type|path|socket_.*|address|port|backlog|defer_accept|linger'

@test "every key has a row" {
  assert_equal "$(awk 'NF { print $1 }' <<<"$rows" | sort)" "$("$BUILD/tests/keys" | cut -d' ' -f1 | sort)"
}

@test "each key of the master is in force after a reload and an upgrade" {
  # The log is a descriptor more.
  descriptors_may_change=1
  exchange_all "$master_keys"
}

@test "each key of a socket is in force after a reload and an upgrade" {
  exchange_all "$socket_keys"
}

@test "each key of the workers and their connections is in force after a reload and an upgrade" {
  make_programs
  exchange_all "$master_keys|$socket_keys" -v
}

# start_slow: a master without a stop_timeout, and a client whose connection is active.
start_slow() {
  start_master <<<$'control = control\nmode = unix\npath = s\nworkers = 1\nrequests_per_connection = 9'
  sed -i '1i stop_timeout = none' master.conf
  kill -HUP "$master"
  wait_for 5 log_has 'reloaded: generation 2'
  hold slow
}

# shorten TIME WAY: a shorter stop_timeout by that way.
shorten() {
  sed -i "s/^stop_timeout = .*/stop_timeout = $1/" master.conf
  "$BUILD/preforkctl" -s control "$2" 3>&-
}

@test "a stop_timeout that is changed by a reload holds for the workers that retire already" {
  start_slow
  shorten none reload
  shorten 100ms reload
  wait_for 5 log_has 'stop_timeout is over for generation 2: 1 connections cut'
  let_go slow
  end_call slow 1
}

@test "a stop_timeout that is changed by an upgrade holds for the master that is replaced" {
  start_slow
  shorten 100ms upgrade
  follow_upgrade
  wait_for 5 log_has 'stopping now \(stop_timeout is over\): 1 active connections'
  let_go slow
  end_call slow 1
}

@test "a stop_timeout that is changed holds for the old workers when the master dies" {
  local orphan
  start_slow
  orphan=$(worker)
  shorten 999ms reload
  kill_master
  wait_for 5 has_ended "$orphan"
  let_go slow
  end_call slow 1
}
