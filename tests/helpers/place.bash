# shellcheck shell=bash
# place: a directory that every user may enter, unlike that of a test; `load helpers/place`, behind common, whose teardown
# this one replaces.

# make_place: $place is one, until the test has ended.
make_place() {
  place=$(mktemp -d)
  chmod 711 "$place"
}

teardown() {
  local status=0
  leave_test || status=$?
  [[ ! ${place-} ]] || rm -rf "$place"
  return $status
}
