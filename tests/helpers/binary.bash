# shellcheck shell=bash
# binary: a master whose binary a test can replace; `load helpers/binary`, behind common.
# shellcheck disable=SC2034 # common.bash reads it

# serve MODE KEY=VALUE... from a copy of the binary in the test's directory.
serve_replaceable() {
  cp "$BUILD/preforkd" ./preforkd
  preforkd=$PWD/preforkd
  serve "$@"
}

# replace_binary TEXT: replace it by a shell script with that text.
replace_binary() {
  printf '#!/bin/sh\n%s\n' "$1" >new
  chmod 755 new
  mv new preforkd
}

restore_binary() {
  cp "$BUILD/preforkd" new
  mv new preforkd
}
