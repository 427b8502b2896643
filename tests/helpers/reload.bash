# shellcheck shell=bash
# reload: a master whose configuration a test changes; `load helpers/reload`, behind common.
# shellcheck disable=SC2154 # common.bash and bats set them

# configure LINE...: the master's configuration from now on.
configure() {
  printf '%s\n' "$@" >master.conf
}

# reload [STATUS]: by preforkctl; $output is what it says.
reload() {
  run timeout 20 "$BUILD/preforkctl" -s control reload 3>&-
  assert_equal "$status" "${1-0}" "the exit status of reload, with '$output',"
}

start() {
  start_master <<<"$(printf '%s\n' "$@")"
}

# differ [STATUS]: preforkctl diff; $output is what it says.
differ() {
  run timeout 20 "$BUILD/preforkctl" -s control diff 3>&-
  assert_equal "$status" "${1-0}" "the exit status of diff, with '$output',"
}
