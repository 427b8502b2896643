#!/bin/sh
# conf/debian/build.sh TREE VERSION FOLDER: make a package of TREE, which `make install` has filled for PREFIX=/usr, and
# put it into FOLDER. It is the same bytes each time: all times in it are $SOURCE_DATE_EPOCH, by default that of the
# commit, or in a tree of `make dist`, whose files have that time, of the changelog. $MAINTAINER is its maintainer.
set -eu
umask 022
export LC_ALL=C # readelf(1) translates what print_depends reads

here=${0%/*}
tree=$1 version=$2 folder=$3
programs='usr/sbin/preforkd usr/bin/preforkcall usr/bin/preforkctl usr/bin/preforkload'
docs=$tree/usr/share/doc/preforkd
architecture=$(dpkg --print-architecture)

# set_time: of all that is in the package.
set_time() {
  if test -n "${SOURCE_DATE_EPOCH-}"; then
    :
  elif test -e .git; then
    SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
  else
    SOURCE_DATE_EPOCH=$(stat -c %Y CHANGELOG.md)
  fi
  export SOURCE_DATE_EPOCH
}

# print_depends: the line on libc6, by the newest version of a symbol that the programs use; nothing if they are static.
# Fails where they need another library: no package is known for that.
print_depends() (
  cd "$tree"
  # shellcheck disable=SC2086 # words
  needed=$(readelf --dynamic $programs | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort -u)
  # shellcheck disable=SC2086 # words
  newest=$(readelf --version-info $programs | sed -n 's/.*Name: GLIBC_\([0-9.]*\) .*/\1/p' | sort -V | tail -n 1)
  others=$(echo "$needed" | sed -E '/^(libc\.so\.6|libm\.so\.6|ld-linux.*)$/d' | tr '\n' ' ')
  if test -n "${others% }"; then
    echo "make deb: it is not known which package has ${others% }" >&2
    return 1
  fi
  test -z "$needed" || echo "Depends: libc6 (>= $newest)"
)

# print_size: in KiB, as dpkg-gencontrol counts: each file rounded up, and 1 for each directory and link.
print_size() {
  find "$tree" -mindepth 1 -path "$tree/DEBIAN" -prune -o -printf '%y %s\n' |
    awk '{ size += $1 == "f" ? int(($2 + 1023) / 1024) : 1 } END { print size }'
}

# place FILE MODE TARGET
place() {
  mkdir -p "${3%/*}"
  cp "$1" "$3"
  chmod "$2" "$3"
}

# fill: what a package has beside what `make install` installs.
fill() {
  # shellcheck disable=SC2086 # words
  (cd "$tree" && strip --remove-section=.comment --remove-section=.note $programs)
  find "$tree/usr/share/man" -type f -exec gzip -9n {} +
  place LICENSE 644 "$docs/copyright"
  place CHANGELOG.md 644 "$docs/changelog"
  printf 'preforkd (%s) unstable; urgency=medium\n\n  * Version %s: changelog.gz says what changed.\n\n -- %s  %s\n' \
    "$version" "${version%-*}" "$MAINTAINER" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")" > "$docs/changelog.Debian"
  gzip -9n "$docs/changelog" "$docs/changelog.Debian"
  # An example elsewhere, in force here.
  place "$docs/examples/logrotate/preforkd" 644 "$tree/etc/logrotate.d/preforkd"
  rm -r "$docs/examples/logrotate"
  place "$here/sysusers" 644 "$tree/usr/lib/sysusers.d/preforkd.conf"
  place "$here/overrides" 644 "$tree/usr/share/lintian/overrides/preforkd"
}

# describe: what dpkg reads.
describe() {
  mkdir "$tree/DEBIAN"
  for script in postinst prerm postrm; do
    place "$here/$script" 755 "$tree/DEBIAN/$script"
  done
  (cd "$tree" && find etc -type f -printf '/%p\n' | sort) > "$tree/DEBIAN/conffiles"
  (cd "$tree" && find usr -type f -print0 | sort -z | xargs -0 md5sum) > "$tree/DEBIAN/md5sums"
  depends=$(print_depends)
  {
    printf 'Package: preforkd\nVersion: %s\nArchitecture: %s\nMaintainer: %s\nInstalled-Size: %s\n%s\n' \
      "$version" "$architecture" "$MAINTAINER" "$(print_size)" "$depends"
    cat "$here/control"
  } | sed '/^$/d' > "$tree/DEBIAN/control"
}

set_time
fill
describe
# Directories have the group's bit where the folder that holds them has it.
find "$tree" -type d -exec chmod u=rwx,go=rx,ug-s {} +
find "$tree" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
# With several threads xz writes other bytes.
DPKG_DEB_THREADS_MAX=1 dpkg-deb --root-owner-group -Zxz --build "$tree" "$folder" > /dev/null
echo "$folder/preforkd_${version}_$architecture.deb"
