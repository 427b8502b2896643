# shellcheck shell=bash
# ctl: preforkctl on the control socket here; `load helpers/ctl`, behind common.
# shellcheck disable=SC2154 # common.bash and bats set them

# ctl ARGUMENT...: run preforkctl on the control socket here; its output is in $output, its exit status in $status.
ctl() {
  status=0
  timeout 20 "$BUILD/preforkctl" -s control "$@" >ctl.out 2>ctl.err 3>&- || status=$?
  output=$(<ctl.out) stderr=$(<ctl.err)
}

# expect STATUS [REGEX]: check the exit status of the last run, and that one of its outputs matches.
expect() {
  assert_equal "$status" "$1" "the exit status, with '$output$stderr',"
  [[ ! ${2-} ]] || assert_match "$output$stderr" "$2"
}
