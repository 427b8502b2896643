# shellcheck shell=bash
# memory_group: the memory of what runs in a fresh cgroup, the kernel's share included.

# make_group NAME: a memory cgroup, version 1 or 2, as $group, and the file with its bytes as $usage. It fails where
# none can be made: that needs root and the memory controller.
make_group() {
  local parent
  for parent in /sys/fs/cgroup/memory /sys/fs/cgroup /sys/fs/cgroup/unified; do
    group=$parent/preforkd-$$-$1
    mkdir "$group" 2>/dev/null || continue
    for usage in "$group/memory.usage_in_bytes" "$group/memory.current"; do
      [[ ! -r $usage ]] || return 0
    done
    rmdir "$group"
  done
  group=''
  return 1
}

# Whether it is what it was when it was looked at last; sets $bytes.
is_settled() {
  local last=$bytes
  bytes=$(<"$usage")
  [[ $bytes == "$last" ]]
}

# limit_group BYTES: the group has no more from now on, and does not swap.
limit_group() {
  local file=memory.max
  [[ $usage != *usage_in_bytes ]] || file=memory.limit_in_bytes
  { echo 0 >"$group/memory.swappiness" || echo 0 >"$group/memory.swap.max"; } 2>/dev/null || true
  echo "$1" >"$group/$file"
}

# Whether the kernel has killed a process of the group, as there was too little memory.
group_has_killed() {
  grep -qE '^oom_kill [1-9]' "$group/memory.oom_control" "$group/memory.events" 2>/dev/null
}

# Remove the group, whose processes have ended.
drop_group() {
  [[ ! ${group-} ]] || wait_for 5 rmdir "$group" 2>/dev/null
  group=''
}
