# shellcheck shell=bash
# parts: what is measured, a function each, in the order of $parts: `sizes` is in sizes.bash, and peers
# come last, for a server that leaves the end of a connection to its clients uses up their ports.
# `run` loads it, and BENCH='unix inet' runs some of them alone.
# shellcheck disable=SC2034,SC2154 # common.bash sets and uses them

parts='unix inet program workers open datagram client cost sizes peers processor'

# Pairs: many short loads tell more than a few long ones, for the noise changes with the second.
# BENCH_PAIRS makes all of it shorter.
many=${BENCH_PAIRS:-121} half=${BENCH_PAIRS:-61} some=${BENCH_PAIRS:-15} few=${BENCH_PAIRS:-7}

# against_floor MODE TARGET OPTION...: with a floor that has these options.
against_floor() {
  compare floor "$1, floor${3:+ ${*:3}}" "$2" "$many" \
    "serve a $1 workers=$workers" "floor b $1 ${*:3} $workers"
}

# What the noise is: two servers that are the same.
floor_against_itself() { # MODE
  compare floor "$1, the floor against itself" - "$many" "floor a $1 $workers" "floor b $1 $workers"
}

part_unix() {
  against_floor unix '>= 0.97'
  against_floor unix '>= 0.97' -e
  floor_against_itself unix
}

part_inet() {
  against_floor inet '>= 1.05'
  against_floor inet '>= 0.97' -d
  against_floor inet '>= 0.97' -d -e
  floor_against_itself inet
}

# The handler that the peers run too: of musl where there is a compiler for it, as it starts faster.
choose_handler() {
  export HANDLER=$bin/handler
  if ! command -v musl-gcc >/dev/null; then
    note 'the program is linked with glibc: no musl-gcc'
  elif musl-gcc -O2 -static -o "$work/handler" "$bench/handler.c"; then
    HANDLER=$work/handler
  fi
}

# A static C program for each connection, against the barest loop that runs it, and others that do: the rate
# of each, and the processor time that a call takes.
part_program() {
  local mode kind rate_target time_target
  local ours=(workers="$workers" service=program command="$bin/handler")
  for mode in unix inet; do
    compare program "a program for each connection, $mode, floor" '>= 0.9' "$half" \
      "serve a $mode ${ours[*]}" "floor b $mode -p $bin/handler $workers"
  done
  choose_handler
  ours=(workers="$workers" service=program command="$HANDLER")
  about='floor, a static C program' # what the barest loop takes of the targets below
  time_programs - floor b inet -p "$HANDLER" "$workers"
  while read -r kind rate_target time_target; do
    has_peer "$kind" || continue
    compare program "$about" ">= $rate_target" "$some" "serve a inet ${ours[*]}" "peer b $kind"
    time_programs "<= $time_target" peer b "$kind"
  done <<'END'
tcpserver 1.3 0.69
xinetd-handler 2.1 0.385
systemd-socket-activate 2.4 0.333
socat 4.3 0.182
END
}

# time_programs TARGET COMMAND...: the processor time a call, of ours and of $about, which COMMAND starts. Each is in a
# cgroup of its own, which has that of all programs, whichever process reaps them.
time_programs() {
  local i name before requests=${BENCH_CALLS:-1500} load_options warm_up='' duration=60s
  local -A spent
  load_options="--requests $requests"
  if ! in_group a serve a inet "${ours[@]}" || ! in_group b "${@:2}"; then
    stop_all
    return 1
  fi
  : >"$work/used"
  for ((i = 0; i < some; i++)); do
    for name in a b; do
      before=$(group_used $name)
      load $name || break 2
      spent[$name]=$((($(group_used $name) - before) / requests))
    done
    echo "${spent[a]} ${spent[b]}" >>"$work/used"
  done
  [[ ! -s $work/used ]] || record_ratio program "$about: processor time a call" "$1" us "$work/used"
  stop_all
  remove_groups
}

# 1,000 workers against 8 of the same kind. Only ours has a target for the rate.
part_workers() {
  local mode option
  for mode in unix inet; do
    compare workers "1,000 workers, $mode" '>= 0.95' "$many" \
      "serve a $mode workers=1000" "serve b $mode workers=8"
    for option in '' -e; do
      compare workers "1,000 workers, $mode, floor${option:+ $option}" - "$few" \
        "floor a $mode $option 1000" "floor b $mode $option 8"
    done
  done
}

part_open() {
  local mode
  for mode in unix inet; do
    compare open "kept open, $mode, floor" '>= 0.97' "$many" \
      "serve a $mode workers=$workers service=echo" "floor b $mode -k $workers" \
      --keep-open --expect echo
  done
}

part_datagram() {
  local mode option
  for mode in unix inet; do
    for option in '' -e; do
      compare open "datagrams, $mode, floor${option:+ $option}" '>= 0.97' "$many" \
        "serve a $mode workers=$workers type=datagram" "floor b $mode -u $option $workers" --datagram
    done
  done
}

# The latency of the last comparison, where it was with Apache.
record_latency() { # KIND ABOUT TARGET
  [[ $1 != apache ]] || record_ratio latency "$2: p99" "$3" ns "$work/p99s"
}

# What the barest loop makes of the same: nobody who stays within it can do better.
floor_against_peer() { # KIND ABOUT
  local about="the floor -d -e against $2"
  compare peers "$about" - "$half" "floor a inet -d -e $workers" "peer b $1" \
    --expect "$([[ $expect == lines ]] && echo lines || echo any)" &&
    record_latency "$1" "$about" -
}

part_peers() {
  local kind path target pairs ours
  for path in "$peers"/*; do
    kind=${path##*/} target=- pairs=$few ours="serve a inet workers=$workers"
    has_peer "$kind" || continue
    case $kind in
    apache) target='>= 2' pairs=$half ;; # a pair takes 5 s
    nginx) target='>= 1.05' pairs=$many ;;
    esac
    [[ $expect != echo ]] || ours+=' service=echo requests_per_connection=1'
    compare peers "$about" "$target" "$pairs" "$ours" "peer b $kind" --expect "$expect" &&
      record_latency "$kind" "$about" '<= 0.1'
    [[ $target == - ]] || floor_against_peer "$kind" "$about"
  done
}

# used NAME: the microseconds of processor that its server has used so far.
used() {
  local pid sum=0 fields
  for pid in $(members "${leader_of[$1]}"); do
    read -r -a fields <"/proc/$pid/stat"
    sum=$((sum + fields[13] + fields[14]))
  done
  echo $((sum * 1000000 / $(getconf CLK_TCK)))
}

# What the server alone takes: the clients of a closed loop on the same processors take as much again.
part_processor() {
  local kind i name before requests=20000
  for kind in apache nginx; do
    has_peer "$kind" || continue
    serve a inet workers="$workers" "$([[ $expect != lines ]] || echo service=echo)" \
      requests_per_connection=1 && peer b "$kind" || return
    local load_options="--expect $expect --requests $requests" line_requests=$requests line_warm_up=0 \
      warm_up='' duration=60s
    local -A used_of
    : >"$work/used"
    for ((i = 0; i < some; i++)); do
      for name in a b; do
        before=$(used $name)
        load $name || return
        used_of[$name]=$(awk "BEGIN { print $(used $name) / $requests - $before / $requests }")
      done
      echo "${used_of[a]} ${used_of[b]}" >>"$work/used"
    done
    record_ratio processor "$about" - us "$work/used"
    stop_all
  done
}

# cpu COMMAND...: the microseconds of processor that it took, by wait4(2), with all its children.
cpu() {
  local TIMEFORMAT='%3U %3S'
  { time timeout 60 "$@" >"$work/cpu.out" 2>"$work/cpu.err"; } 2>"$work/cpu" || {
    error "$1: $(tail -n 1 "$work/cpu.err")"
    return 1
  }
  awk '{ print ($1 + $2) * 1e6 }' "$work/cpu"
}

# The same server, the same number of requests.
part_client() {
  local mode i ours bare requests=15000
  for mode in unix inet; do
    serve server $mode workers="$workers" || return
    : >"$work/cpus"
    for ((i = 0; i < some; i++)); do
      bare=$(cpu "$bin/bare_client" "${endpoint_of[server]}" "$clients" $requests) &&
        ours=$(cpu "$BUILD/preforkload" "${endpoint_of[server]}" --json --quiet \
          --connections "$clients" --requests $requests) || return
      awk "BEGIN { print $ours / $requests, $bare / $requests }" >>"$work/cpus"
    done
    record_ratio client "$mode, bare_client.c" '<= 1.15' us "$work/cpus"
    stop server
  done
}

# trace_calls MODE: the system calls a connection, as $calls; start and stop of the server count too.
trace_calls() {
  local requests=10000
  calls=''
  command -v strace >/dev/null || return
  runner=(strace -f -c -o "$work/trace")
  serve traced "$1" workers=1
  local status=$?
  runner=()
  ((status == 0)) || return
  timeout 100 "$BUILD/preforkload" "${endpoint_of[traced]}" --json --quiet --connections 1 \
    --requests $requests >"$work/load.json" 2>"$work/load.err" || error 'a load under strace failed'
  stop traced
  calls=$(awk -v requests=$requests '$NF == "total" { printf "%.4f\n", $4 / requests }' "$work/trace")
}

instructions() { # MODE
  [[ ! -x $bench/instructions ]] || timeout 120 "$bench/instructions" "$1" 2>"$work/instructions.err" |
    grep -oE '[0-9]+(\.[0-9]+)?' | head -n 1
}

part_cost() {
  local calls
  trace_calls unix
  record_value 'system calls a connection, unix' "$calls" '<= 5.05'
  trace_calls inet
  record_value 'system calls a connection, inet' "$calls" '<= 6.05'
  record_value 'instructions a connection, unix' "$(instructions unix)" '<= 400'
  record_value 'instructions a connection, inet' "$(instructions inet)" '<= 400'
}
