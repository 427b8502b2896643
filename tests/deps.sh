#!/bin/sh
# tests/deps.sh: install what `make test` uses (make deps), or with `check` what `make check`, `make fuzz`
# and .ci/run need beyond it (make deps-check), or with `web` what looks at the page of preforkctl http
# (make deps-web), by apt, dnf or apk. It names what it installs, installs only what is missing, and is quick
# when nothing is.
#
# A line: the command that shows it is there (`-`: ask the package manager), then its package for each
# of the three (`-`: none needed or none there).
tests='
gcc           gcc             gcc                gcc
readelf       binutils        binutils           binutils
-             libc6-dev       glibc-devel        musl-dev
-             -               -                  linux-headers
bash          bash            bash               bash
bats          bats            bats               bats
strace        strace          strace             strace
nc            netcat-openbsd  netcat             netcat-openbsd
ps            procps          procps-ng          procps
setpriv       util-linux      util-linux         setpriv
ip            iproute2        iproute            iproute2
timeout       coreutils       coreutils          coreutils
find          findutils       findutils          findutils
cmp           diffutils       diffutils          diffutils
awk           mawk            gawk               gawk
mandoc        mandoc          mandoc             mandoc
musl-gcc      musl-tools      musl-gcc           -
systemd-analyze systemd       systemd            -
faketime      faketime        libfaketime        libfaketime
haproxy       haproxy         haproxy            haproxy
'
check='
-             -               libasan            -
-             -               libubsan           -
clang         clang           clang              clang
-             libclang-rt-dev compiler-rt        compiler-rt
clang-format  clang-format    clang-tools-extra  clang-extra-tools
clang-tidy    clang-tidy      clang-tools-extra  clang-extra-tools
cppcheck      cppcheck        cppcheck           cppcheck
shellcheck    shellcheck      ShellCheck         shellcheck
promtool      prometheus      golang-github-prometheus prometheus
lintian       lintian         -                  -
git           git             git                git
'
web='
python3       python3         python3            python3
chromium      chromium        chromium           chromium
chromedriver  chromium-driver chromedriver       chromium-chromedriver
'
case ${1-} in
check) wanted=$tests$check ;;
web) wanted=$tests$web ;;
*) wanted=$tests ;;
esac

# has PACKAGE: whether it is installed. knows PACKAGE: whether it can be. fetch PACKAGE...
if command -v apt-get > /dev/null; then
  column=2
  has() { dpkg-query -W -f '${Status}' "$1" 2> /dev/null | grep -q 'ok installed'; }
  knows() { apt-cache show "$1" > /dev/null 2>&1; }
  refresh() { apt-get update -q; }
  fetch() { DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"; }
elif command -v dnf > /dev/null; then
  column=3
  has() { rpm -q "$1" > /dev/null 2>&1; }
  knows() { dnf -q list "$1" > /dev/null 2>&1; }
  refresh() { :; }
  fetch() { dnf install -y "$@"; }
elif command -v apk > /dev/null; then
  column=4
  has() { apk info -e "$1" > /dev/null 2>&1; }
  knows() { apk search -e "$1" | grep -q .; }
  refresh() { apk update; }
  fetch() { apk add "$@"; }
else
  echo 'deps: neither apt-get, dnf nor apk is here; needed are:' >&2
  echo "$wanted" | awk '$1 != "" && $1 != "-" { printf " %s", $1 } END { print "" }' >&2
  exit 69
fi

missing=$(echo "$wanted" | awk -v column=$column '$column != "" && $column != "-" { print $1, $column }' |
  while read -r command package; do
    if test "$command" = -; then
      has "$package" || echo "$package"
    else
      command -v "$command" > /dev/null || echo "$package"
    fi
  done | sort -u | tr '\n' ' ')

if test -z "$missing"; then
  echo 'deps: everything is there'
  exit 0
fi
if test "$(id -u)" != 0; then
  echo "deps: missing: $missing" >&2
  echo "deps: installing needs root: run 'sudo make deps${1:+-$1}'" >&2
  exit 77
fi
echo "deps: installing: $missing"
refresh || exit
# Releases differ in what they call separate: a library that this one does not know is no loss.
for package in $missing; do
  knows "$package" && known="${known-} $package" || echo "deps: there is no package $package here" >&2
done
# shellcheck disable=SC2086 # words
test -z "${known-}" || fetch $known
