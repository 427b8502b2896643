# shellcheck shell=bash
# ctl: preforkctl on the control socket here; `load helpers/ctl`, behind common.
# shellcheck disable=SC2154 # common.bash and bats set them

# ctl ARGUMENT...: run preforkctl on the control socket here; its output is in $output, its exit status in $status.
ctl() {
  run --separate-stderr timeout 20 "$BUILD/preforkctl" -s control "$@" 3>&-
}

# expect STATUS [REGEX]: check the exit status of the last run, and that one of its outputs matches.
expect() {
  assert_equal "$status" "$1" "the exit status, with '$output$stderr',"
  [[ ! ${2-} ]] || assert_match "$output$stderr" "$2"
}
