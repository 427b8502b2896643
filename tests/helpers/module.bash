# shellcheck shell=bash
# module: a place for modules, $modules, that the users of pools may enter, for tests that `load helpers/module` behind
# common; it has `setup`, and by place.bash `teardown`.
# shellcheck disable=SC2154 # common.bash and place.bash set them

load helpers/place

setup() {
  enter_test
  chmod 711 .
  make_place # where the user nobody may come
  modules=$place
  [[ -e $bin/modules/trial.so || $BATS_TEST_DESCRIPTION == *statically* ]] || skip 'a static preforkd loads no modules'
}

# place MODULE FILE: have FILE in $modules be a copy of that module, at once.
place() {
  cp "$bin/modules/$1.so" "$modules/new"
  mv -f "$modules/new" "$modules/$2"
}

# none_is_open: no worker has a descriptor of a module.
none_is_open() {
  local pid
  for pid in $(workers); do
    ! readlink "/proc/$pid/fd"/* | grep -q "^$modules/" || return 1
  done
}
