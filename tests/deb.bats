#!/usr/bin/env bats
# make deb: the package, and its scripts with functions in place of what they start. tests/shown/39-deb.bats installs it.

load helpers/common

tree=$BATS_TEST_DIRNAME/..

setup() {
  command -v dpkg-deb >/dev/null || skip 'no dpkg-deb'
  enter_test
}

# make_deb FOLDER ARGUMENT...: make deb into it, of the programs that are built already; sets $deb.
make_deb() {
  mkdir -p "$1"
  ln -sf "$BUILD"/prefork{d,call,ctl,load} "$1"
  deb=$(env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$tree" -o all BUILD="$PWD/$1" "${@:2}" deb 3>&-)
}

@test "make deb makes a package of the same bytes each time, with what make install installs, documents and scripts" {
  # Sanitizers are libraries that no package is named for.
  if is_sanitized; then
    mkdir one
    run make_deb one
    assert_match "$output" '^make deb: it is not known which package has libasan'
    return
  fi
  make_deb one
  (umask 077 && TZ=Asia/Tokyo LC_ALL=C.UTF-8 make_deb two)
  version=$("$BUILD/preforkd" -V | cut -d' ' -f2)
  assert_equal "$deb" "$PWD/one/preforkd_$version-1_$(dpkg --print-architecture).deb"
  cmp "$deb" two/*.deb

  dpkg-deb --raw-extract "$deb" package
  assert_equal "$(cd package && find . ! -type d ! -path '*/examples/*' | sort)" "./DEBIAN/conffiles
./DEBIAN/control
./DEBIAN/md5sums
./DEBIAN/postinst
./DEBIAN/postrm
./DEBIAN/prerm
./etc/logrotate.d/preforkd
./etc/preforkd/preforkd.conf
./usr/bin/preforkcall
./usr/bin/preforkctl
./usr/bin/preforkload
./usr/include/preforkd/service.h
./usr/lib/systemd/system/preforkd-root.service
./usr/lib/systemd/system/preforkd.service
./usr/lib/systemd/system/preforkd.socket
./usr/lib/systemd/system/preforkd@.service
./usr/lib/sysusers.d/preforkd.conf
./usr/sbin/preforkd
./usr/share/bash-completion/completions/preforkcall
./usr/share/bash-completion/completions/preforkctl
./usr/share/bash-completion/completions/preforkd
./usr/share/bash-completion/completions/preforkload
./usr/share/doc/preforkd/changelog.Debian.gz
./usr/share/doc/preforkd/changelog.gz
./usr/share/doc/preforkd/copyright
./usr/share/lintian/overrides/preforkd
./usr/share/man/man1/preforkcall.1.gz
./usr/share/man/man1/preforkctl.1.gz
./usr/share/man/man1/preforkload.1.gz
./usr/share/man/man3/preforkd-service.3.gz
./usr/share/man/man5/preforkd.conf.5.gz
./usr/share/man/man8/preforkd.8.gz
./usr/share/pkgconfig/preforkd.pc"
  assert_equal "$(dpkg-deb -c "$deb" | awk '{ print $2 }' | sort -u)" root/root 'owners'
  assert_equal "$(find package -type d ! -perm 755)$(find package -type f ! -perm 755 ! -perm 644)" '' 'other modes'
  assert_equal "$(cd package && find . -type f -perm 755 ! -path '*/examples/*' | sort | tr -s '\n' ' ')" \
    './DEBIAN/postinst ./DEBIAN/postrm ./DEBIAN/prerm ./usr/bin/preforkcall ./usr/bin/preforkctl ./usr/bin/preforkload ./usr/sbin/preforkd '
  assert_equal "$(find package -type f ! -path '*/DEBIAN/*' -newermt "@$(git -C "$tree" log -1 --format=%ct 2>/dev/null || stat -c %Y "$tree/CHANGELOG.md")")" '' \
    'files with a time of their own'

  (cd package && md5sum --quiet -c DEBIAN/md5sums)
  assert_equal "$(wc -l <package/DEBIAN/md5sums)" "$(find package/usr -type f | wc -l)"
  assert_equal "$(<package/DEBIAN/conffiles)" $'/etc/logrotate.d/preforkd\n/etc/preforkd/preforkd.conf'
  assert_equal "$(dpkg-deb -f "$deb" Package Version Architecture)" "Package: preforkd
Version: $version-1
Architecture: $(dpkg --print-architecture)"
  zcat package/usr/share/doc/preforkd/changelog.gz | cmp - "$tree/CHANGELOG.md"
  assert_match "$(zcat package/usr/share/doc/preforkd/changelog.Debian.gz)" "^preforkd \($version-1\) unstable; urgency=medium"
  assert_equal "$(package/usr/sbin/preforkd -t -c package/etc/preforkd/preforkd.conf 2>/dev/null)" \
    'package/etc/preforkd/preforkd.conf: configuration ok'
  # What the dynamic linker says the programs need is what it depends on, and a static one depends on nothing.
  depends=$(dpkg-deb -f "$deb" Depends)
  if [[ $(readelf -d "$BUILD/preforkd") == *NEEDED* ]]; then
    assert_match "$depends" '^libc6 \(>= 2\.[0-9]+\)$'
    depends=${depends#*>= }
    dpkg --compare-versions "$(dpkg-query -W -f '${Version}' libc6)" ge "${depends%)}"
  else
    assert_equal "$depends" ''
  fi
}

# run_script NAME ARGUMENT...: a script of the package, in a system whose systemd runs $running, where policy-rc.d
# exits with $policy, and a command that is in $failing fails. $output is what it printed, and the file ran what it ran.
run_script() {
  local name=$1 command
  shift
  mkdir -p bin
  [[ ${without_systemd-} ]] || mkdir -p system
  : >ran
  sed "s,/run/systemd/system,$PWD/system,;" "$tree/conf/debian/$name" >"script.$name"
  for command in preforkctl preforkd systemctl systemd-sysusers deb-systemd-helper deb-systemd-invoke; do
    cat >"bin/$command" <<END
#!/bin/sh
case "\$*" in list-units*|*' list-units '*) printf '%s loaded active running a b\n' $running; exit ;; esac
echo "$command \$*" >>'$PWD/ran'
case "$failing" in *"<$command \$*>"*) exit 1 ;; esac
END
    chmod 755 "bin/$command"
  done
  printf '#!/bin/sh\necho "policy $*"\nexit %s\n' "${policy-104}" >bin/policy-rc.d
  chmod 755 bin/policy-rc.d
  run env PATH="$PWD/bin:$PATH" sh "script.$name" "$@"
}

@test "postinst upgrades each master that runs, restarts one that refuses, and not where that could not start" {
  enabled='systemd-sysusers preforkd.conf
deb-systemd-helper --quiet was-enabled preforkd.service
deb-systemd-helper enable preforkd.service
systemctl --system daemon-reload'
  failing='' running='preforkd.service preforkd@two.service'
  run_script postinst configure 0.0.9-1
  assert_equal "$status $(<ran)" "0 $enabled
preforkctl -c /etc/preforkd/preforkd.conf --timeout 60s upgrade
preforkctl -c /etc/preforkd/two.conf --timeout 60s upgrade"
  failing='<preforkctl -c /etc/preforkd/two.conf --timeout 60s upgrade>'
  run_script postinst configure 0.0.9-1
  assert_equal "$status ${lines[*]:2}" '0 preforkd: preforkd@two.service could not be upgraded in place, and is restarted'
  assert_equal "$(tail -n 2 ran)" 'preforkd -t -c /etc/preforkd/two.conf
deb-systemd-invoke try-restart preforkd@two.service'
  failing+='<preforkd -t -c /etc/preforkd/two.conf>'
  run_script postinst configure 0.0.9-1
  assert_equal "$status ${lines[*]:2}" "0 preforkd: preforkd@two.service runs on as it was: mend /etc/preforkd/two.conf, then 'preforkctl -c /etc/preforkd/two.conf upgrade'"
  refute grep -q invoke ran
  policy=101 # policy-rc.d(8): not to be run
  run_script postinst configure 0.0.9-1
  assert_equal "$status $(<ran)" "0 $enabled"
  assert_equal "$output" $'policy preforkd.service restart\npolicy preforkd@two.service restart'
}

@test "postinst starts the service where none runs, leaves it disabled where it is, and does without systemd" {
  failing='' running=''
  run_script postinst configure
  assert_equal "$status $(tail -n 1 ran)" '0 deb-systemd-invoke start preforkd.service'
  failing='<deb-systemd-helper --quiet was-enabled preforkd.service><deb-systemd-invoke start preforkd.service>'
  run_script postinst configure
  assert_equal "$status" 0
  grep -qx 'deb-systemd-helper update-state preforkd.service' ran
  refute grep -q 'helper enable' ran
  rmdir system
  without_systemd=1
  run_script postinst configure
  assert_equal "$status $(tail -n 1 ran)" '0 deb-systemd-helper update-state preforkd.service'
  run_script postinst abort-remove
  assert_equal "$status $(<ran)" '0 '
}

@test "prerm stops all that the units run before a removal, and nothing before an upgrade" {
  failing='' running=''
  run_script prerm upgrade 0.2.0-1
  assert_equal "$status $(<ran)" '0 '
  run_script prerm remove
  assert_equal "$status $(<ran)" '0 deb-systemd-invoke stop preforkd.socket preforkd.service preforkd-root.service preforkd@*.service'
}
