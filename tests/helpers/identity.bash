# shellcheck shell=bash
# identity: what the tests of user, group and chroot share; `load helpers/identity`, behind common.

need_root() {
  ((EUID == 0)) || skip 'only root can become another user'
}

# make_jail PROGRAM...: the directory jail, with the programs in bin and what they are linked with.
make_jail() {
  local program file
  mkdir -p jail/bin
  for program in "$@"; do
    cp "$(command -v "$program")" jail/bin/
    while read -r file; do
      mkdir -p "jail${file%/*}"
      cp -L "$file" "jail$file"
    done < <(ldd "$(command -v "$program")" | grep -o '/[^ ]*')
  done
}

# as_user UID: the next masters run as that user, which need not exist, from a copy of the binary. They have inet
# sockets, for the directory of a test may be closed to others.
as_user() {
  command -v setpriv >/dev/null || skip 'no setpriv'
  chmod 711 .
  cp "$BUILD/preforkd" preforkd
  # shellcheck disable=SC2034 # for start_master
  preforkd=./preforkd runner=(setpriv --reuid="$1" --regid="$1" --clear-groups "${@:2}")
}
