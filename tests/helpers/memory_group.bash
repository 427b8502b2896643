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
