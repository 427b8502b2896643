# shellcheck shell=bash
# shown: what the files of `make shown` share, behind helpers/common. Each test prints the figures
# that it measured (`# figure: ...`) and fails where a target is missed.
# shellcheck disable=SC2034,SC2154 # common.bash and the tests know them

# The top of the tree: its examples, its Makefile.
tree=$BATS_TEST_DIRNAME/../..

figure() {
  echo "# figure: $*" >&3
}

# load_into FILE SECONDS OPTION...: preforkload at $endpoint for SECONDS at most, its report as FILE, which
# the test judges: failed requests are no failure here.
load_into() {
  local file=$1 seconds=$2
  shift 2
  timeout "$seconds" "$BUILD/preforkload" "$endpoint" --json "$@" >"$file" 3>&- || (($? == 1))
}

# need_room_for_crowd: skip the test where 10,000 workers do not fit, each with a connection.
need_room_for_crowd() {
  local limit
  limit=$(ulimit -Hn)
  [[ $limit == unlimited ]] || ((limit >= 10100)) || skip "ulimit -n is $limit: it takes 10,100"
  (($(</proc/sys/kernel/pid_max) > 12000)) || skip "kernel.pid_max is too small for 10,000 workers"
  (($(awk '/^MemAvailable/ { print $2 }' /proc/meminfo) > 2500000)) || skip "it takes 2.5 GB of memory"
}

# json FILE KEY: the first number of that name, such as ok; or of an object's, such as response.max.
json() {
  local value
  value=$(grep -o "\"${2%%.*}\":.*" "$1" | grep -o "\"${2##*.}\":[0-9.]*" | head -n 1)
  echo "${value##*:}"
}

# The figures of the last stop line, as $connections $requests $cut $refused $dropped.
read_stop_line() { # [FILE]
  local line number='([0-9]+)'
  line=$(grep ' stopped: pool ' "${1-$log}" | tail -n 1)
  [[ $line =~ $number\ connections\ and\ $number\ requests\ served,\ $number\ cut,\ $number\ refused,\ $number\ dropped ]] ||
    fail "no stop line, but '$line'" || return
  connections=${BASH_REMATCH[1]} requests=${BASH_REMATCH[2]} cut=${BASH_REMATCH[3]}
  refused=${BASH_REMATCH[4]} dropped=${BASH_REMATCH[5]}
}

# calculate EXPRESSION: as awk does.
calculate() {
  awk "BEGIN { printf \"%.4g\", $1 }"
}

# Its VALUE is no more than LIMIT, no less than LIMIT.
at_most() { # WHAT VALUE LIMIT
  awk -v value="$2" -v limit="$3" 'BEGIN { exit !(value != "" && value + 0 <= limit + 0) }' ||
    fail "the target is missed: $1: $2, at most $3"
}

at_least() { # WHAT VALUE LIMIT
  awk -v value="$2" -v limit="$3" 'BEGIN { exit !(value != "" && value + 0 >= limit + 0) }' ||
    fail "the target is missed: $1: $2, at least $3"
}

# is_in_charge: the control socket answers, as $master, which has the place of the first one from now on: after upgrades,
# however many, that a test has not followed.
is_in_charge() {
  local said
  said=$("$BUILD/preforkctl" -s control ping 2>/dev/null 3>&-) && [[ $said == 'the master is process '* ]] || return
  [[ ${said##* } != "$master" ]] || return 0
  master=${said##* } master_of[master]=$master
  successors+=("$master")
}

# percentile P: of the numbers on standard input, a line each; 50 is the median.
percentile() {
  sort -g | awk -v p="$1" '{ v[NR] = $1 }
    END { i = int(NR * p / 100) + (NR * p % 100 != 0); if (NR) print v[i < 1 ? 1 : i] }'
}

# Seconds since the time BEGIN, which was $EPOCHREALTIME.
since() { # BEGIN
  local now=$EPOCHREALTIME
  calculate "(${now/[.,]/} - ${1/[.,]/}) / 1e6"
}
