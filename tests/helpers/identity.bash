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
