# shellcheck shell=bash
# common: the benchmark's servers and loads; `run` loads it, and tests/bench.bats.
#
#   serve NAME MODE KEY=VALUE...       start a preforkd
#   floor NAME MODE OPTION... WORKERS  start a bare loop (floor.c)
#   peer NAME KIND                     start peers/KIND
#   stop NAME                          end it, and see that nothing of it is left
#   load NAME                          one load, by 4 clients; sets $rate and $p99
#   compare TABLE WHAT TARGET PAIRS 'serve a ...' 'floor b ...' [OPTION...]
#                                      load a and b in turns, with preforkload's OPTIONs
#
# A server is ready when it says so; a peer, which does not, when it accepts. Whatever happens, all
# processes are ended, by their ids. BUILD says where the programs are.

set -u -o pipefail
export LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin

bench=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/bench/figures.bash
source "$bench/figures.bash"
# shellcheck source=tests/helpers/wait.bash
source "$bench/../helpers/wait.bash"
# shellcheck source=tests/helpers/port.bash
source "$bench/../helpers/port.bash"

export BUILD=${BUILD:?it says where the programs are}
bin=$BUILD/tests peers=$bench/peers
# A server that answers lines leaves closing to its clients, and the ports of closed connections stay in
# TIME_WAIT: after some seconds only used ports are left. line_warm_up uses them up before the measurement.
workers=8 clients=4 duration=${BENCH_TIME:-150ms} line_requests=10000 line_warm_up=30000
declare -A pid_of leader_of group_of endpoint_of rate_of p99_of
load_options='' warm_up=30ms # of preforkload
runner=() # what a server runs under: `runner=(strace -f -c -o FILE)`

# begin RESULTS: the results' directory, and one for what is needed meanwhile.
begin() {
  results=$1
  rm -rf "$results"
  mkdir -p "$results"
  touch "$results"/{ratios,values,sizes,notes,errors}
  work=$(mktemp -d "${TMPDIR:-/tmp}/preforkd-bench.XXXXXX") || exit 73
  trap clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

clean_up() {
  stop_all
  remove_groups
  rm -rf "$work"
}

# The memory cgroups that sizes.bash makes; one that a process has just left is not empty at once.
remove_groups() {
  wait_for 10 no_group_is_left
}

no_group_is_left() {
  local directory
  for directory in /sys/fs/cgroup/{memory/,cpuacct/,unified/,}preforkd-"$$"-*; do
    [[ ! -d $directory ]] || rmdir "$directory" 2>/dev/null || return
  done
}

#
# Servers
#

# launch NAME OUT COMMAND...: in a session of its own; its standard output and descriptor 4 are OUT,
# its standard error is $work/NAME.log.
launch() {
  local name=$1 out=$2
  shift 2
  "$bin/launch" -k 4 ${runner[@]+"${runner[@]}"} "$@" </dev/null >"$out" 4>&1 2>"$work/$name.log" &
  leader_of[$name]=$! pid_of[$name]=$!
}

did_not_start() { # NAME
  error "$1 did not start: $(tail -n 1 "$work/$1.log")"
  stop "$1"
  return 1
}

# launch_and_wait NAME COMMAND...: until its first line is there, as $ready.
launch_and_wait() {
  local name=$1 status=0
  shift
  mkfifo "$work/$name.ready"
  launch "$name" "$work/$name.ready" "$@"
  IFS= read -r -t 60 ready <"$work/$name.ready" || status=$?
  rm "$work/$name.ready"
  ((status == 0)) || did_not_start "$name"
}

serve() {
  local name=$1 mode=$2 said
  shift 2
  {
    echo "mode = $mode"
    [[ $mode == unix ]] && echo "path = $work/$name.socket" || echo 'port = 0'
    printf '%s\n' "$@"
  } >"$work/$name.conf"
  launch_and_wait "$name" "$BUILD/preforkd" -c "$work/$name.conf" --ready-fd 4 || return
  said=$(grep ': ready: ' "$work/$name.log")
  endpoint_of[$name]=${said##* on } endpoint_of[$name]=${endpoint_of[$name]%%, *}
  said=${said#*preforkd[}
  pid_of[$name]=${said%%]*}
}

floor() {
  local name=$1 endpoint=inet:0
  [[ $2 != unix ]] || endpoint=unix:$work/$name.socket
  launch_and_wait "$name" "$bin/floor" "${@:3:$#-3}" "$endpoint" "${!#}" || return
  endpoint_of[$name]=${ready#ready }
}

accepts() { # PORT
  (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# has_peer KIND: whether it is installed; if not, that is noted. Sets $about, and $expect, the reply.
has_peer() {
  about=$("$peers/$1" about) || {
    note "skipped: ${about:-$1} (make bench-peers)"
    return 1
  }
  # shellcheck disable=SC2034 # for parts.bash
  expect=${about%% *} about=${about#* }
}

peer() {
  local name=$1 watched=$1 port
  port=$(free_port) || return
  mkdir -p "$work/$name"
  launch "$name" "$work/$name.out" env -C "$work/$name" "$peers/$2" run "$port" "$workers"
  endpoint_of[$name]=inet:127.0.0.1:$port
  wait_for 20 accepts "$port" || did_not_start "$name"
}

# For wait_for: whether a server that is waited for has died.
a_master_died() {
  [[ ${watched-} ]] && has_ended "${leader_of[$watched]}"
}

# members LEADER: the processes of its session that live.
members() {
  ps -s "$1" -o stat=,pid= | awk '$1 !~ /^[ZX]/ { print $2 }'
}

session_is_over() { # LEADER
  [[ ! $(members "$1") ]]
}

stop() {
  local name=$1 pid=${pid_of[$1]} leader=${leader_of[$1]} left
  unset "pid_of[$name]" "leader_of[$name]"
  kill -TERM "$pid" 2>/dev/null
  if ! wait_for 20 session_is_over "$leader"; then
    error "$name did not end: killed"
    for left in $(members "$leader"); do
      kill -KILL "$left" 2>/dev/null
    done
  fi
  wait "$leader" 2>/dev/null
  return 0
}

stop_all() {
  local name
  for name in "${!leader_of[@]}"; do
    stop "$name"
  done
}

# in_group NAME COMMAND...: start a server in a cgroup that counts its processor time.
in_group() {
  local name=$1 root status
  shift
  for root in /sys/fs/cgroup/cpuacct /sys/fs/cgroup; do
    group_of[$name]=$root/preforkd-$$-$name
    mkdir "${group_of[$name]}" 2>/dev/null || continue
    [[ ! -e ${group_of[$name]}/cpuacct.usage && ! -e ${group_of[$name]}/cpu.stat ]] || break
    rmdir "${group_of[$name]}"
  done
  if [[ ! -d ${group_of[$name]} ]]; then
    note 'processor time is not measured: no cgroup for it can be made here'
    return 1
  fi
  # shellcheck disable=SC2016 # the inner shell expands it
  runner=(sh -c 'echo 0 >"$0/cgroup.procs" && exec "$@"' "${group_of[$name]}")
  "$@"
  status=$?
  runner=()
  return $status
}

# group_used NAME: the microseconds of processor that all in its cgroup have used.
group_used() {
  local file=${group_of[$1]}/cpuacct.usage
  if [[ -e $file ]]; then
    echo $(($(<"$file") / 1000))
  else
    awk '$1 == "usage_usec" { print $2 }' "${group_of[$1]}/cpu.stat"
  fi
}

#
# Loads
#

# json FILE KEY: the first number of that name, or of an object's, such as response.p99.
json() {
  local text
  text=$(<"$1")
  text=${text#*\""${2%%.*}"\":}
  [[ $2 != *.* ]] || text=${text#*\""${2##*.}"\":}
  [[ $text =~ ^[0-9]+(\.[0-9]+)? ]] && echo "${BASH_REMATCH[0]}"
}

# load NAME: with $load_options, or by bare_client.c for a server that answers lines. It fails when nothing
# was measured; that requests failed is an error that is said.
load() {
  local name=$1 status=0 failed
  case $load_options in
  *lines*) timeout 60 "$bin/bare_client" -l "${endpoint_of[$name]}" "$clients" \
    "$line_requests" "$line_warm_up" ;;
  *) # shellcheck disable=SC2086 # words
    timeout 60 "$BUILD/preforkload" "${endpoint_of[$name]}" --json --quiet --connections "$clients" \
      ${warm_up:+--warm-up $warm_up} --duration "$duration" $load_options ;;
  esac >"$work/load.json" 2>"$work/load.err" </dev/null || status=$?
  rate=$(json "$work/load.json" achieved) p99=$(json "$work/load.json" response.p99)
  if ((status != 0)); then
    failed=$(json "$work/load.json" failed)
    error "a load at $name${failed:+: $failed requests failed}: status $status" \
      "$(tail -n 1 "$work/load.err")"
  fi
  [[ $rate && $p99 && $rate != 0.0 ]]
}

# in_turns PAIRS: one load each of a and b for caches to be warm, then pairs, now a first and now b;
# their rates are added to $work/rates, their p99 to $work/p99s.
in_turns() {
  local i name order
  load a && load b || return
  for ((i = 0; i < $1; i++)); do
    order=(a b)
    ((i % 2 == 0)) || order=(b a)
    for name in "${order[@]}"; do
      load "$name" || return
      rate_of[$name]=$rate p99_of[$name]=$p99
    done
    echo "${rate_of[a]} ${rate_of[b]}" >>"$work/rates"
    echo "${p99_of[a]} ${p99_of[b]}" >>"$work/p99s"
  done
}

# New servers every few pairs, in the other order: which worker sleeps on which core is luck, and
# lasts as long as they do.
compare() {
  local table=$1 what=$2 target=$3 left=$4 first=$5 second=$6 pairs other status=0
  local load_options=${*:7}
  rm -f "$work/rates" "$work/p99s"
  while ((left > 0 && status == 0)); do
    pairs=$((left < 6 ? left : 6)) left=$((left - 6))
    $first && $second && in_turns $pairs || status=1
    stop_all
    other=$first first=$second second=$other
  done
  ((status == 0)) || {
    error "$what: not measured"
    return 1
  }
  record_ratio "$table" "$what" "$target" /s "$work/rates"
}
