#!/usr/bin/env bats
# The image that conf/container/Dockerfile makes, built and run by podman. No registry is asked: the base image is a Debian
# of systemd-root's.

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

setup_file() {
  local program
  [[ $EUID == 0 ]] || skip 'not root'
  for program in debootstrap podman runc; do
    command -v $program >/dev/null || skip "no $program"
  done
  build_image >"$BATS_FILE_TMPDIR/log" 2>&1 || {
    tail -n 40 "$BATS_FILE_TMPDIR/log" >&2
    return 1
  }
}

# What a build has made belongs to other users, and bats would not find its way through it.
teardown_file() {
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
  mkdir etc
  sed 's/^address = .*/address = 127.0.0.1/; s/^port = .*/port = 0/' "$tree/conf/container/container.conf" >etc/preforkd.conf
  podman_ run --detach --name box --read-only --network=host --cap-drop=all --security-opt=no-new-privileges \
    --ulimit "nofile=1024:$(ulimit -Hn)" --ulimit nproc=4000:4000 --volume "$PWD/etc:/etc/preforkd:ro" preforkd
  wait_for 20 has_logged '^preforkd\[1\]: ready: '
  endpoint=$(sed -n 's/.*ready: .* on \(inet:[^,]*\).*/\1/p' said) port=${endpoint##*:}
  assert_equal "$(ask)" 'char from server = B'
  podman_ healthcheck run box
  podman_ exec box /preforkctl status | grep -q '^main *running'
  refute podman_ exec box /preforkctl upgrade
  echo 'requests_per_connection = unlimited' >>etc/preforkd.conf
  podman_ kill --signal HUP box
  wait_for 10 has_logged 'reloaded: generation 2'
  hold one
  podman_ stop --time 10 box &
  stopping=$!
  wait_for 10 has_logged 'stopping: waiting for 1 active connections'
  release one
  wait "$stopping"
  assert_equal "$(podman_ inspect --format '{{.State.ExitCode}}' box)" 0
  has_logged 'stopped: pool main, .* 0 cut'
  figure "$(podman --version): the image, built and run"
}
