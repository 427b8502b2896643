#!/usr/bin/env bats
# preforkload --compare: two reports side by side, and what is worse by more than a tolerance.

load helpers/common
load helpers/client

setup() {
  enter_test
  local latency='"min":10000,"mean":20000,"p50":30000,"p90":40000,"p99":50000,"p99_9":60000,"p99_99":70000,"max":80000'
  printf '%s' '{"counts":{"scheduled":1000,"sent":1000,"ok":1000,"failed":0,"dropped":0},' \
    '"rate":{"target":null,"achieved":1000.0},"latency_ns":{' \
    "\"response\":{$latency},\"service\":{$latency},\"connect\":{$latency}}}" >a.json
}

compare() {
  run_separated "$BUILD/preforkload" --compare "$@"
}

# changed FILE WHAT BY: write a.json to FILE with the first WHAT replaced.
changed() {
  sed "s/$2/$3/" a.json >"$1"
  refute cmp -s a.json "$1"
}

@test "what --json printed is compared: rate, counts, and each latency, with the change" {
  serve unix
  for run in one two; do
    load_it "$endpoint" --requests 100 --json
    cp out $run.json
  done
  compare one.json two.json
  assert_equal "$status" 0
  assert_equal "$stderr" ''
  assert_match "$output" '^A: one.json'$'\n''B: two.json'
  for row in rate scheduled ok failed dropped {response,service,connect}' '{min,mean,p50,p90,p99,p99.9,p99.99,max}; do
    grep -Eq "^$row +[0-9.]+([num]?s|/s)? +[0-9.]+([num]?s|/s)? +[-+][0-9.]+%\$" out || fail "no row $row: $output"
  done
  refute grep 'not the same load' out
  load_it "$endpoint" --requests 100 --connections 2 --rate 5000 --json
  cp out three.json
  compare one.json three.json
  assert_equal "$status" 0
  grep -Eq '^rate.target +- +5000  not the same load$' out
  grep -Eq '^model.connections +4 +2  not the same load$' out
}

@test "a report is as good as itself" {
  compare a.json a.json --tolerance 0%
  assert_equal "$status" 0
  assert_equal "$(grep -c '+0\.00%$' out)" 29
  assert_equal "$(tail -n 1 out)" 'PASS: 0 figures of B worse by more than 0%'
}

@test "beyond the tolerance the exit status is 2 and the line is marked, within it is neither" {
  changed slow.json '"p99":50000' '"p99":60000'
  compare a.json slow.json
  assert_equal "$status" 0
  grep -Eq '^response p99 +50.0us +60.0us +\+20\.00%$' out
  compare a.json slow.json --tolerance 20%
  assert_equal "$status" 0
  compare a.json slow.json --tolerance 19.999%
  assert_equal "$status" 2
  grep -Eq '^response p99 +50.0us +60.0us +\+20\.00%  worse$' out
  assert_equal "$(grep -c '  worse$' out)" 1
  assert_equal "$(tail -n 1 out)" 'FAIL: 1 figure of B worse by more than 19.999%'
  compare slow.json a.json --tolerance 0% # better is no reason
  assert_equal "$status" 0
}

@test "rate, and the response's mean, p50, p90 and p99 are judged; the rest is shown" {
  changed rate.json '1000\.0' 949.9
  compare a.json rate.json --tolerance 5%
  assert_equal "$status" 2
  grep -Eq '^rate +1000.0/s +949.9/s +-5\.01%  worse$' out
  for stat in mean p50 p90 p99; do
    changed $stat.json "\"$stat\":" "\"$stat\":9"
    compare a.json $stat.json --tolerance 5%
    assert_equal "$status" 2 "$stat"
  done
  for stat in min p99_9 p99_99 max; do
    changed $stat.json "\"$stat\":" "\"$stat\":9"
    compare a.json $stat.json --tolerance 5%
    assert_equal "$status" 0 "$stat"
  done
  changed service.json '\("service":.*"p99":\)\(.*"connect"\)' '\19\2'
  compare a.json service.json --tolerance 5%
  assert_equal "$status" 0
}

@test "failed and dropped requests are judged by their share of those that were scheduled" {
  local count
  for count in failed dropped; do
    changed one.json "\"$count\":0" "\"$count\":1"
    compare a.json one.json
    assert_equal "$status" 0
    compare a.json one.json --tolerance 50%
    assert_equal "$status" 2 "$count"
    grep -Eq "^$count +0 +1 +-  worse\$" out
    compare one.json a.json --tolerance 0%
    assert_equal "$status" 0
    # A run of twice the length, with as large a share, and with one that is larger.
    sed "s/\"scheduled\":1000/\"scheduled\":2000/; s/\"$count\":1/\"$count\":2/" one.json >long.json
    compare one.json long.json --tolerance 0%
    assert_equal "$status" 0
    changed worse.json "\"$count\":0" "\"$count\":2"
    compare long.json worse.json --tolerance 99%
    assert_equal "$status" 2
    compare long.json worse.json --tolerance 100%
    assert_equal "$status" 0
  done
}

@test "a value that was not measured is worse than one that was" {
  changed none.json '"p99":50000' '"p99":null'
  compare a.json none.json
  assert_equal "$status" 0
  grep -Eq '^response p99 +50.0us +- +-$' out
  compare a.json none.json --tolerance 1000%
  assert_equal "$status" 2
  compare none.json a.json --tolerance 5%
  assert_equal "$status" 0
  compare none.json none.json --tolerance 5%
  assert_equal "$status" 0
}

@test "a file that is not a report of preforkload: 64, with its name and the reason" {
  compare a.json absent.json
  said 64 '' 'preforkload: cannot read absent.json: No such file or directory'
  : >empty
  compare empty a.json
  said 64 '' 'preforkload: empty is not a report of preforkload: not JSON at byte 1: a value is missing'
  head -c 100 a.json >half
  compare a.json half
  assert_equal "$status" 64
  assert_match "$stderr" '^preforkload: half is not a report of preforkload: not JSON at byte 101: '
  printf '{"a":"\0"}' >zero
  compare a.json zero
  said 64 '' 'preforkload: zero is not a report of preforkload: not JSON at byte 7: a NUL byte'
  printf '[%.0s' {1..100000} >deep
  compare a.json deep
  said 64 '' 'preforkload: deep is not a report of preforkload: not JSON at byte 17: it is nested too deep'
  head -c 5000000 /dev/zero | tr '\0' ' ' >large
  compare a.json large
  said 64 '' 'preforkload: large is not a report of preforkload: it is larger than 4194304 bytes'
  for text in '{}' '[]' '1' 'null' '{"counts":{}}' '{"rate":{"achieved":"fast"}}' '{"rate":{"achieved":-1}}' \
    '{"rate":{"achieved":1e999}}'; do
    echo "$text" >other
    compare other a.json
    said 64 '' 'preforkload: other is not a report of preforkload: it lacks rate.achieved'
  done
  changed lacks '"p99_99"' '"p99_98"'
  compare a.json lacks
  said 64 '' 'preforkload: lacks is not a report of preforkload: it lacks latency_ns.response.p99_99'
}

@test "a damaged report is refused, and never crashes the program" {
  for seed in {1..40}; do
    # A report with some bytes replaced, the same ones each run.
    awk -v seed="$seed" 'BEGIN { srand(seed); RS = "\1" } {
      for (i = 0; i < 20; i++) {
        at = int(rand() * length($0)) + 1
        $0 = substr($0, 1, at - 1) sprintf("%c", 32 + int(rand() * 95)) substr($0, at + 1)
      }
      printf "%s", $0 }' a.json >rubbish
    compare a.json rubbish
    [[ $status == 64 && $stderr == *'rubbish is not a report of preforkload: '* ]] ||
      fail "status $status, '$stderr', of: $(<rubbish)"
  done
}

@test "a file that cannot be read for another cause: 71" {
  mkdir directory
  compare a.json directory
  said 71 '' 'preforkload: cannot read directory: Is a directory'
}

@test "a wrong comparison: 64" {
  for arguments in '' a.json 'a.json a.json a.json' 'a.json a.json --json' 'a.json a.json -c master.conf' \
    'a.json a.json --rate 5'; do
    # shellcheck disable=SC2086 # words
    compare $arguments
    assert_equal "$status" 64 "exit status of --compare $arguments"
    assert_match "$stderr" '^preforkload: --compare '
  done
  for tolerance in 5 -5% % 5%% x% 99999999999999999999% ''; do
    compare a.json a.json --tolerance "$tolerance"
    said 64 '' "preforkload: --tolerance '$tolerance' is not a percentage such as 5% or 0.5%"
  done
}

@test "a comparison that cannot be written: 71" {
  run bash -c '"$BUILD/preforkload" --compare a.json a.json >/dev/full'
  assert_equal "$status" 71
  assert_match "$output" 'cannot write to standard output: No space left on device'
}
