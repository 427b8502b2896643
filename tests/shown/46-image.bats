#!/usr/bin/env bats
# The image that conf/container/Dockerfile makes, built and run by podman. No registry is asked: the base image is a Debian
# of systemd-root's. Debian's mirror is.

# shellcheck disable=SC2154,SC2034 # helpers set and read them

load ../helpers/common
load shown

# Its images and containers are kept from a person's.
podman_() {
  podman --root "$BATS_FILE_TMPDIR/images" --runroot "$BATS_FILE_TMPDIR/run" --storage-driver overlay --cgroup-manager cgroupfs --runtime runc "$@" 3>&-
}

build_image() {
  "$BATS_TEST_DIRNAME/systemd-root" bookworm &&
    tar -C "$BUILD/roots/bookworm" --one-file-system -c . | podman_ import - docker.io/library/debian:bookworm-slim &&
    podman_ build --pull=never --layers=false --network=host --isolation=chroot --format=docker -f "$tree/conf/container/Dockerfile" -t preforkd "$tree"
}

# leave_out WHY: have the test skipped. bats takes a skip in setup_file for a failure where there is a teardown_file.
leave_out() {
  echo "$*" >"$BATS_FILE_TMPDIR/obstacle"
  return 1
}

setup_file() {
  local program
  [[ $EUID == 0 ]] || leave_out 'not root' || return 0
  for program in debootstrap podman runc; do
    command -v $program >/dev/null || leave_out "no $program" || return 0
  done
  build_image >"$BATS_FILE_TMPDIR/log" 2>&1 && return
  # debootstrap's words, and apt's.
  ! grep -qE 'Failed getting release file|Temporary failure resolving|Could not (resolve|connect)|Cannot initiate the connection' \
    "$BATS_FILE_TMPDIR/log" || leave_out 'no network: a package cannot be had from its mirror' || return 0
  tail -n 40 "$BATS_FILE_TMPDIR/log" >&2
  return 1
}

# What a build has made belongs to other users, and bats would not find its way through it. After a build that failed its
# directory is still mounted.
teardown_file() {
  umount "$BATS_FILE_TMPDIR/images/overlay" 2>/dev/null || true
  rm -rf "$BATS_FILE_TMPDIR/images"
}

teardown() {
  podman_ rm --force --volumes box >/dev/null 2>&1 || true
}

has_logged() { # REGEX
  podman_ logs box >said 2>&1
  file_has said "$1"
}

@test "podman builds the image of the Dockerfile, and it runs read-only, is healthy, reloads and stops" {
  [[ ! -e $BATS_FILE_TMPDIR/obstacle ]] || skip "$(<"$BATS_FILE_TMPDIR/obstacle")"
  mkdir etc
  sed 's/^address = .*/address = 127.0.0.1/; s/^port = .*/port = 0/; s/^stop_timeout = .*/stop_timeout = 60s/' "$tree/conf/container/container.conf" >etc/preforkd.conf
  podman_ run --detach --name box --read-only --network=host --cap-drop=all --security-opt=no-new-privileges \
    --ulimit "nofile=1024:$(ulimit -Hn)" --ulimit nproc=4000:4000 --volume "$PWD/etc:/etc/preforkd:ro" preforkd
  wait_for 20 has_logged '^preforkd\[1\]: ready: '
  endpoint=$(sed -n 's/.*ready: .* on \(inet:[^,]*\).*/\1/p' said) port=${endpoint##*:}
  assert_equal "$(ask)" 'char from server = B'
  podman_ healthcheck run box
  podman_ exec box /preforkctl status | grep -q '^main *running'
  run podman_ exec box /preforkctl upgrade
  assert_match "$status $output" '^1 .*process 1 cannot hand over'
  echo 'requests_per_connection = unlimited' >>etc/preforkd.conf
  podman_ kill --signal HUP box
  wait_for 10 has_logged 'reloaded: generation 2'
  hold one
  podman_ stop --time 60 box &
  stopping=$!
  wait_for 10 has_logged 'stopping: waiting for 1 active connections'
  release one
  wait "$stopping"
  assert_equal "$(podman_ inspect --format '{{.State.ExitCode}}' box)" 0
  has_logged 'stopped: pool main, .* 0 cut'
  figure "$(podman --version): the image, built and run"
}
