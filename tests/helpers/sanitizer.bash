# shellcheck shell=bash
# sanitizer: whether the programs under test have AddressSanitizer, which is slower, takes more memory, and makes system
# calls of its own; sourced by common and by setup_suite, which exports the answer to every test.

is_sanitized() {
  if [[ ! ${SANITIZED-} ]]; then
    SANITIZED=no
    [[ $(nm -D "$BUILD/preforkd" 2>/dev/null) != *__asan* ]] || SANITIZED=yes
    export SANITIZED
  fi
  [[ $SANITIZED == yes ]]
}

# sanitizers_leave OPTIONS: what the next master's AddressSanitizer is not to do.
sanitizers_leave() {
  export ASAN_OPTIONS=${ASAN_OPTIONS-}:$1
}
