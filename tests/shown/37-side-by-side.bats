#!/usr/bin/env bats
# What a process that speaks with clients is to the kernel, side by side: nginx, HAProxy, Apache, OpenSSH before a client
# has said who it is, a worker of preforkd's, and a program of a worker's, each as /proc shows it. They are configured
# as Debian's packages have them, as far as user, root directory and sandbox go, and started by root without a service
# manager, whose filters would hold for all of them.

# shellcheck disable=SC2154,SC2034 # helpers set and read them

load ../helpers/common
load ../helpers/identity
load ../helpers/port
load ../helpers/program
load shown

peers=()

teardown() {
  local pid
  for pid in "${peers[@]}"; do
    { kill "$pid" && wait "$pid"; } 2>/dev/null || true
  done
  [[ ! ${made_run_sshd-} ]] || rmdir /run/sshd || true
  leave_test
}

# start_peer PORT COMMAND...: a server that listens there; sets $peer.
start_peer() {
  "$bin/launch" "${@:2}" </dev/null >"${2##*/}.out" 2>&1 3>&- &
  peer=$!
  peers+=("$peer")
  wait_for 10 listens_at "$1" || fail "$(<"${2##*/}.out")"
}

# Print the processes below PID, the last of each line of descent last.
descendants() { # PID
  local child children
  read -ra children <"/proc/$1/task/$1/children" || true
  for child in "${children[@]}"; do
    echo "$child"
    descendants "$child"
  done
}

# state PID FIELD: of /proc/PID/status.
state() {
  sed -n "s/^$2:[[:blank:]]*//p" "/proc/$1/status"
}

# Set $served to the last process below $peer that is another user's, if there is one: before it has changed its user it
# is not what is asked for.
has_served() {
  local pid
  served=
  for pid in $(descendants "$peer"); do
    [[ $(state "$pid" Uid) == 0$'\t'* ]] || served=$pid
  done
  [[ $served ]]
}

# It is filtered, too.
has_filtered() {
  has_served && [[ $(state "$served" Seccomp) != "$(state $$ Seccomp)" ]]
}

# Print how many filters the process PID has more than this test.
filters() { # PID
  echo $(($(state "$1" Seccomp_filters) - $(state $$ Seccomp_filters)))
}

# Print which namespaces of PID are not its parent's.
namespaces() { # PID
  local link parent names=()
  parent=$(state "$1" PPid)
  for link in "/proc/$1/ns/"*; do
    [[ $(readlink "$link") == "$(readlink "/proc/$parent/ns/${link##*/}")" ]] || names+=("${link##*/}")
  done
  echo "${names[*]:-none}"
}

# Print what the descriptors of PID are: how many of each kind.
descriptors() { # PID
  local fd target kinds=''
  for fd in "/proc/$1/fd/"*; do
    target=$(readlink "$fd")
    case $target in
    /dev/null) kinds+='/dev/null' ;;
    socket:* | pipe:*) kinds+=${target%%:*} ;;
    anon_inode:*) kinds+=$(tr -d '[]' <<<"${target#*:}") ;;
    /dev/* | /memfd:*) kinds+=${target% (deleted)} ;;
    *) kinds+='file' ;;
    esac
    kinds+=$'\n'
  done
  printf %s "$kinds" | sort | uniq -c | awk '{ text = text ", " $1 " " $2; sum += $1 }
    END { print sum ": " substr(text, 3) }'
}

# limit PID NAME: the soft one.
limit() {
  awk -v name="Max $2" 'index($0, name) == 1 { sub(name, ""); print $1 }' "/proc/$1/limits"
}

# row NAME PID: a line of the table.
row() {
  local uid
  uid=$(state "$2" Uid)
  figure "| $1 | ${uid%%$'\t'*} | $(state "$2" CapEff | sed 's/^0*\(.\)/\1/') | $(state "$2" NoNewPrivs) |" \
    "$(state "$2" Seccomp), $(filters "$2") | $(namespaces "$2") | $(readlink "/proc/$2/root") |" \
    "$(limit "$2" 'core file size'), $(limit "$2" processes), $(limit "$2" 'open files') | $(descriptors "$2") |"
}

# peer_row NAME: of the process that serves.
peer_row() {
  wait_for 10 has_served
  row "$1" "$served"
}

show_nginx() {
  local port module=/usr/lib/nginx/modules/ngx_stream_module.so
  port=$(free_port)
  cat >nginx.conf <<CONF
load_module $module;
user nobody nogroup;
worker_processes 1;
daemon off;
pid nginx.pid;
error_log nginx.log;
events { }
stream { server { listen 127.0.0.1:$port; return B; } }
CONF
  start_peer "$port" /usr/sbin/nginx -p "$PWD/" -e nginx.log -c nginx.conf
  peer_row "nginx $(nginx -v 2>&1 | grep -o '[0-9][0-9.]*' | head -n 1), stream"
}

show_haproxy() {
  local port
  port=$(free_port)
  mkdir empty
  cat >haproxy.cfg <<CONF
global
  user nobody
  group nogroup
  chroot $PWD/empty
listen one
  mode tcp
  bind 127.0.0.1:$port
  timeout client 60s
  timeout server 60s
  timeout connect 60s
  server two 127.0.0.1:$port
CONF
  start_peer "$port" /usr/sbin/haproxy -W -db -f haproxy.cfg
  peer_row "HAProxy $(haproxy -v | grep -o '[0-9][0-9.]*' | head -n 1)"
}

show_apache() {
  local port
  port=$(free_port)
  start_peer "$port" "$tree/tests/bench/peers/apache" run "$port" 1
  peer_row "Apache $(apache2 -v | grep -o '[0-9][0-9.]*' | head -n 1), prefork"
}

# Its child is there from the first line of a client to the end of authentication.
show_openssh() {
  local port client
  port=$(free_port)
  if [[ ! -d /run/sshd ]]; then
    mkdir -m 755 /run/sshd # as systemd does for its service
    made_run_sshd=1
  fi
  ssh-keygen -q -t ed25519 -N '' -f key
  cat >sshd.conf <<CONF
ListenAddress 127.0.0.1
Port $port
HostKey $PWD/key
PidFile none
UsePAM yes
CONF
  start_peer "$port" /usr/sbin/sshd -D -e -f sshd.conf
  exec {client}<>"/dev/tcp/127.0.0.1/$port"
  printf 'SSH-2.0-preforkd\r\n' >&"$client"
  wait_for 10 has_filtered
  row "OpenSSH $(ssh -V 2>&1 | grep -o '[0-9][0-9.]*p[0-9]*' | head -n 1), before authentication" \
    "$served"
  exec {client}>&-
}

# has FILE LIMIT VALUE: /proc/PID/limits has that, soft and hard.
has() {
  grep -Eq "^$2 +$3 +$3 " "$1" || fail "not $3, but: $(grep "^$2" "$1")"
}

# harmless PID: it is the user nobody, without a capability, and cannot get one; it is filtered once more than the
# master.
harmless() {
  local uid
  uid=$(id -u nobody)
  assert_equal "$(state "$1" Uid)" "$uid"$'\t'"$uid"$'\t'"$uid"$'\t'"$uid" "the user"
  assert_equal "$(state "$1" CapEff)$(state "$1" CapPrm)$(state "$1" CapInh)$(state "$1" CapAmb)" \
    "$(printf '%064d' 0)" "the capabilities"
  assert_equal "$(state "$1" NoNewPrivs)" 1 "no new privileges"
  assert_equal "$(state "$1" Seccomp)" 2 "the mode of seccomp"
  assert_equal "$(filters "$1")" "$(($(filters "$master") + 1))" "filters"
}

show_worker() {
  local pid free=0
  serve inet control=control workers=1
  pid=$(worker)
  row "preforkd $("$BUILD/preforkd" -V | cut -d' ' -f2), a worker" "$pid"
  harmless "$pid"
  has "/proc/$pid/limits" 'Max core file size' 0
  has "/proc/$pid/limits" 'Max processes' 0
  while [[ -L /proc/$pid/fd/$free ]]; do
    ((++free))
  done
  has "/proc/$pid/limits" 'Max open files' $((free + 1)) # a connection's
  assert_equal "$(descriptors "$pid")" '8: 1 eventpoll, 6 pipe, 1 socket' "descriptors"
  stop_master
  : >"$log"
}

show_program() {
  local pid
  run_program inet "sh -c 'echo \$\$; exec cat'" user=nobody control=control workers=1 2>/dev/null
  exec {client}<>"/dev/tcp/127.0.0.1/$port"
  read -r -t 10 pid <&"$client"
  row 'preforkd, a program, user = nobody' "$pid"
  harmless "$pid"
  assert_match "$(descriptors "$pid")" '^3: '
  exec {client}>&-
}

@test "a worker is no root, has no capability, no file, one filter more than its master, and no way to more; a program has three descriptors" {
  local name file client
  need_root
  ulimit -S -c "$(ulimit -H -c)" # what each leaves of that is its own
  [[ $(state $$ Seccomp_filters) ]] || skip 'this kernel does not say how many filters a process has'
  figure '| | Uid | CapEff | NoNewPrivs | Seccomp, filters | own namespaces | root | core, processes, files | descriptors |'
  for name in nginx haproxy apache openssh; do
    file=${name/openssh/sshd}
    [[ -x /usr/sbin/${file/apache/apache2} ]] || {
      figure "NO ${name^^} HERE: make bench-peers installs it"
      continue
    }
    "show_$name"
  done
  show_worker
  show_program
}
