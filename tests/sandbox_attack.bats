#!/usr/bin/env bats
# A worker that is attacked from inside: what it tries is refused, whatever it is. The whole table, level by level,
# is in shown/32-attack.bats.

# shellcheck disable=SC2154 # helpers set them

load helpers/common
load helpers/attempts

# Needed: what AddressSanitizer does itself is allowed in a sanitized build.
plain_build() {
  ! is_sanitized || skip 'enforce is judged on plain builds'
}

@test "a worker that tries to get at files, sockets, the listener, other processes or the kernel is refused each time" {
  local name refused
  plain_build
  ((${#attempts[@]} > 30))
  for mode in unix inet; do
    begin_attempts $mode sandbox=enforce
    for name in "${attempts[@]}"; do
      attempt "$name"
      [[ $outcome =~ ^(EPERM|EACCES|ENOSYS|killed)$ ]] || refused+="$mode $name: $outcome; "
    done
    assert_equal "$(ask serve)" 'no such attempt'
    stop_master
    : >"$log"
  done
  assert_equal "$refused" ''
}

@test "without the sandbox the same attempts reach the kernel: it is the sandbox that refuses them" {
  local name reached=()
  begin_attempts unix sandbox=off
  for name in open socket nonblock dup dupfd shutdown-stderr kill-sibling fork unknown; do
    attempt "$name"
    [[ $outcome != "done" ]] || reached+=("$name")
  done
  assert_equal "${reached[*]}" 'open socket nonblock dup dupfd shutdown-stderr kill-sibling fork unknown'
}
