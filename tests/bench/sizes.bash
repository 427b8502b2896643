# shellcheck shell=bash
# sizes: the part that measures throughput and memory against the number of workers, preforkd beside
# the floor. `run` loads it.
# shellcheck disable=SC2034,SC2154 # common.bash sets and uses them

# shellcheck source=tests/helpers/memory_group.bash
source "$bench/../helpers/memory_group.bash"

available_bytes() {
  awk '/^MemAvailable/ { print $2 * 1024 }' /proc/meminfo
}

# weigh NAME COMMAND...: COMMAND starts the server NAME; the kilobytes that this took are $kilobytes,
# the kernel's share included.
weigh() {
  local name=$1 bytes=0 group='' usage='' before
  shift
  before=$(available_bytes)
  if make_group "$name"; then
    # shellcheck disable=SC2016 # the inner shell expands it
    runner=(bash -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$group")
  fi
  "$@"
  local status=$?
  runner=()
  ((status == 0)) || return
  if [[ $group ]]; then
    wait_for 5 is_settled 2>/dev/null
  else
    bytes=$((before - $(available_bytes)))
  fi
  kilobytes=$((bytes / 1000))
}

# size COUNT: all of a size run at once, and are loaded in turns.
size() {
  local count=$1 who i
  local -A memory
  weigh preforkd serve preforkd unix workers="$count" && memory[preforkd]=$kilobytes &&
    weigh floor floor floor unix "$count" && memory[floor]=$kilobytes &&
    weigh floor-e floor floor-e unix -e "$count" && memory[floor-e]=$kilobytes || return
  for ((i = 0; i < rounds; i++)); do
    for who in preforkd floor floor-e; do
      load $who && echo "$rate" >>"$work/$who.$count"
    done
  done
  for who in preforkd floor floor-e; do
    rate=$(percentile 50 <"$work/$who.$count")
    record sizes "${who/-/ -}" "$count" "$rate" "${memory[$who]}"
    printf '%-10s %5d workers %10s %8d kB\n' "${who/-/ -}" "$count" "$(in_unit /s "$rate")" "${memory[$who]}"
    stop $who
  done
  remove_groups
}

part_sizes() {
  local count rounds=${BENCH_PAIRS:-9}
  if make_group try; then
    note 'memory is that of a fresh memory cgroup'
    remove_groups
  else
    note 'memory is the difference of MemAvailable: no memory cgroup can be made here'
  fi
  for count in 8 64 512 1000 4096; do
    size $count || error "$count workers: not measured"
  done
}
