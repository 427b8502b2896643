#!/usr/bin/env bats
# Each attack of a hostile worker for 3 s, on unix and inet, while another pool is under load: that pool loses no
# request, and the control socket answers in time. Then 10 s of random bytes over all that workers share with the master
# (line 3), while it is reloaded, upgraded, asked and scaled, clients come in crowds, and deadlines end. In each of them
# the master signals none but its children, or it aborts (tests/hostile/kill.c).

# shellcheck disable=SC2154 # helpers/common sets them

load ../helpers/common
load ../helpers/background_load
load ../helpers/hostile
load shown

endure_all() { # MODE
  local attack
  endure "$1"
  for attack in hints flags page random steal stuff flood block log shut; do
    suffer $attack 3000
    figure "$1, $attack: ${times%%$'\n'*}"
  done
}

@test "a hostile worker, unix" {
  endure_all unix
}

@test "a hostile worker, inet" {
  endure_all inet
}

ctl() {
  timeout 20 "$BUILD/preforkctl" -s control "$@" 3>&-
}

# sample: until `enough` is there, the most workers that a generation has had, by what the master says: `POOL WORKERS`
# for each pool, to the file `most`. A reload in the middle of a reply may have it list a pool twice.
sample() {
  until [[ -e enough ]]; do
    echo reply
    nc -N -U control <<<workers || true
    let_pass 0.03
  done 2>/dev/null | awk '$1 == "reply" { split("", n); split("", seen) }
    $1 == "pool" { pool = $2 }
    $1 == "worker" && !seen[pool, $4, $2]++ && ++n[pool, $4] > most[pool] { most[pool] = n[pool, $4] }
    END { for (pool in most) print pool, most[pool] }' >most
}

# count_children: until `enough` is there, the most children that the master has had, by what the kernel says, to the
# file `children`. Of a master that is neither reloaded nor upgraded.
count_children() {
  local most=0 count
  until [[ -e enough ]]; do
    count=$(workers | wc -l)
    ((count <= most)) || most=$count
    let_pass 0.01
  done
  echo "$most" >children
}

# disturb: a worker that attacks, unless two do, a crowd that has the pool grow, a client whose deadline ends, and commands.
disturb() {
  if find_attackers && ((${#attackers[@]} < 2)) && attacker=$(ask --timeout 1s random 2>/dev/null); then
    attackers+=("$attacker") strikes=$((strikes + 1))
  fi
  "$bin/client" -n 6 -t 20 "$(target)" connect send:serve sleep:150 half-close count >/dev/null 2>&1 3>&- &
  crowds+=" $!"
  "$bin/client" -t 20 "$(target)" connect send:serve count >/dev/null 2>&1 3>&- &
  crowds+=" $!"
  ctl scale victim $((RANDOM % 5 + 2)) >/dev/null
  ctl sources >/dev/null
  output=$(ctl status --json)
  [[ $output != *:-[0-9]* ]] || fail "negative: $output"
}

# Leave in $attackers those that live, and are workers of $master.
find_attackers() {
  local pid all living=()
  all=$(workers | paste -sd ' ')
  for pid in "${attackers[@]}"; do
    [[ " $all " != *" $pid "* ]] || living+=("$pid")
  done
  attackers=("${living[@]}")
}

have_ended() { # PID...
  local pid
  for pid in "$@"; do
    has_ended "$pid" || return
  done
}

# assault MODE SANDBOX
assault() {
  local attacker='' attackers=() old strikes=0 crowds='' change began sampler counter asker
  endure "$1" 2..6 "$2" 'idle_timeout = 300ms'
  rm -f enough
  sample 3>&- &
  sampler=$!
  endpoint=$calm begin_load 10000
  "$bin/control_times" unix:control 10000 >answers 3>&- &
  asker=$!
  began=$EPOCHREALTIME
  for ((change = 0; $(elapsed_ms "$began") < 7000; change++)); do
    disturb
    let_pass 0.2
    if ((change % 3 == 2)); then
      kill -USR2 "$master"
      follow_upgrade
    else
      kill -HUP "$master"
    fi
  done
  mapfile -t old < <(workers)
  ctl reload >/dev/null
  wait_for 10 have_ended "${old[@]}"
  count_children 3>&- &
  counter=$!
  while (($(elapsed_ms "$began") < 10000)); do
    disturb
    let_pass 0.2
  done
  touch enough
  # shellcheck disable=SC2086 # numbers
  wait $sampler $counter $crowds || true
  wait $asker || fail "the control socket does not answer"
  end_load || fail 'the other pool lost requests'
  find_attackers
  kill -KILL "${attackers[@]}"
  began=$EPOCHREALTIME
  wait_for 5 is_served
  figure "line 3, $1, sandbox $2: $change reloads and upgrades, $strikes attackers; the other pool answered" \
    "$(json load.json ok) calls, $(json load.json failed) failed; the control socket: $(<answers); most workers of a" \
    "generation: $(paste -sd, <most), children: $(<children); served again after $(elapsed_ms "$began") ms"
  ((strikes >= 4)) || fail "$strikes attackers"
  at_most 'workers of a generation of the attacked pool' "$(awk '$1 == "victim" { print $2 }' most)" 6
  at_most 'workers of a generation of the other pool' "$(awk '$1 == "calm" { print $2 }' most)" 2
  at_most 'children of the master, of 6 and 2 workers at most' "$(<children)" 8
  at_most 'the slowest answer of the control socket, in ms' "$(sed 's/.*max \([0-9]*\) ms.*/\1/' answers)" "$answer_ms"
}

@test "random bytes over all shared memory for 10 s, unix, sandbox off" {
  assault unix off
}

@test "random bytes over all shared memory for 10 s, unix, sandbox on" {
  assault unix enforce
}

@test "random bytes over all shared memory for 10 s, inet, sandbox off" {
  assault inet off
}

@test "random bytes over all shared memory for 10 s, inet, sandbox on" {
  assault inet enforce
}
