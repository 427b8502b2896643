#!/bin/sh
# make bench-peers: install what preforkd is measured against, valgrind to count instructions and
# gnuplot for the pictures, by apt-get. It names what it installs, installs only what is missing, and
# lets no service of theirs start.
#
# A line: what shows that it is there, then its package.
wanted='
/usr/sbin/apache2                               apache2-bin
/usr/sbin/nginx                                 nginx
/usr/lib/nginx/modules/ngx_stream_module.so     libnginx-mod-stream
/usr/sbin/xinetd                                xinetd
/usr/bin/tcpserver                              ucspi-tcp
/usr/sbin/haproxy                               haproxy
/usr/sbin/sshd                                  openssh-server
/usr/bin/socat                                  socat
/usr/bin/systemd-socket-activate                systemd
/usr/bin/musl-gcc                               musl-tools
/usr/share/perl5/Net/Server/PreFork.pm          libnet-server-perl
/usr/bin/gnuplot                                gnuplot-nox
/usr/bin/valgrind                               valgrind
/usr/lib/debug/.build-id                        libc6-dbg
'

missing=$(echo "$wanted" | while read -r file package; do
  test -z "$file" || test -e "$file" || echo "$package"
done | tr '\n' ' ')

if test -z "$missing"; then
  echo 'bench-peers: everything is there'
  exit 0
fi
if ! command -v apt-get > /dev/null; then
  echo "bench-peers: no apt-get here; in Debian's packages it is: $missing" >&2
  exit 69
fi
if test "$(id -u)" != 0; then
  echo "bench-peers: missing: $missing" >&2
  echo "bench-peers: installing needs root: run 'sudo make bench-peers'" >&2
  exit 77
fi

# What a package would start is asked for here first (invoke-rc.d(8)); 101 forbids it.
policy=/usr/sbin/policy-rc.d
if ! test -e $policy; then
  trap 'rm -f $policy' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  printf '#!/bin/sh\nexit 101\n' > $policy && chmod 755 $policy || exit 73
fi

echo "bench-peers: installing: $missing"
apt-get update -q || exit
for package in $missing; do
  apt-cache show "$package" > /dev/null 2>&1 && known="${known-} $package" ||
    echo "bench-peers: there is no package $package here" >&2
done
# shellcheck disable=SC2086 # words
test -z "${known-}" ||
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $known
