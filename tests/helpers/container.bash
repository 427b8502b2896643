# shellcheck shell=bash
# container: what `make container` makes; `load helpers/container`, behind common.

# make_container DIRECTORY: a copy of it there, of static programs: those under test, or musl's where these are dynamic.
make_container() {
  local top place=$BUILD tested=("$BUILD"/prefork{d,ctl,call})
  top=$(realpath "${BASH_SOURCE[0]%/*}/../..")
  if ldd "$BUILD/preforkd" >/dev/null 2>&1; then
    command -v musl-gcc >/dev/null || skip 'no musl-gcc'
    place=build/musl tested=() # where the suite of musl has or gets its programs
  fi
  env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -C "$top" -s -j2 "${tested[@]/#/--old-file=}" \
    SANITIZE= CC=musl-gcc STATIC=1 BUILD="$place" container >/dev/null 3>&-
  cd "$top" && cp -a "$place/container" "$OLDPWD/$1" && cd "$OLDPWD" || return
}
