#!/usr/bin/env bats
# The page of preforkctl http, in a headless Chromium: what happens is seen within two seconds,
# in four sizes, of a thousand pools; and what ten open pages cost.

# shellcheck disable=SC2154,SC2034 # helpers/common sets them

load ../helpers/common
load ../helpers/ctl
load ../helpers/http
load shown

# open_page: have a browser show the page; `browser LINE` has it obey (tests/web/browser.py), with its answer in $answer.
open_page() {
  local program
  for program in python3 chromedriver chromium; do
    command -v $program >/dev/null || skip "no $program: make deps-web installs it"
  done
  coproc BROWSER { exec python3 "$tree/tests/web/browser.py" "http://127.0.0.1:$port/" 2>browser.log 3>&-; }
  browser_in=${BROWSER[1]} browser_out=${BROWSER[0]} page_pid=${BROWSER_PID}
  read -r -t 60 answer <&"$browser_out" || fail "$(<browser.log)"
  in_page 10 "document.querySelectorAll('article').length == 2"
}

browser() {
  echo "$*" >&"$browser_in"
  read -r -t 60 answer <&"$browser_out" || fail "$(<browser.log)"
}

close_page() {
  browser eval complaints
  assert_equal "$answer" '[]' 'what the browser complains of'
  exec {browser_in}>&-
  wait_for 20 has_ended "$page_pid"
}

# in_page SECONDS JAVASCRIPT: it becomes true within that time; $answer is how long it took.
in_page() {
  browser wait "$@"
  [[ $answer != late* ]] || fail "not within $1 s: $2; the page says: $answer"
}

# seen WHAT JAVASCRIPT: it is so within two seconds.
seen() {
  in_page $((2 * ${PATIENCE:-1})) "$2"
  figure "the page shows $1 after $answer s (at most 2)"
}

# keep NAME: as hold, for two minutes at most: a browser is slow.
keep() {
  begin_call "$1" -t 120 connect send:A expect:B say:in wait send:A expect:B half-close eof
  heard "$1" in
}

of_bytes() { # JAVASCRIPT
  echo "document.getElementById('pool-bytes').closest('article')$1"
}

@test "a reload, an upgrade, a full pool, a killed worker and a stopped master are seen within 2 s" {
  descriptors_may_change=1 # there is a pool more
  show
  open_page
  printf '[pool more]\nmode = unix\npath = more\nworkers = 1\n' >>master.conf
  ctl reload
  expect 0
  seen 'a pool that a reload has added' "document.querySelectorAll('article').length == 3"
  endpoint=unix:bytes
  keep one
  keep two
  seen 'a full pool' "$(of_bytes ".className == 'full'")"
  seen 'it to those who listen' "document.getElementById('changes').textContent.startsWith('pool bytes is full')"
  release one
  release two
  seen 'that it has room again' "$(of_bytes ".className == 'well'")"
  expected='killed by SIGKILL'
  kill -KILL "$("$BUILD/preforkctl" -s control workers --json | grep -o '"bytes":\[{"slot":0,"pid":[0-9]*' | grep -o '[0-9]*$')"
  seen 'a killed worker' "$(of_bytes ".innerText.includes('1 crash,')")"
  ctl upgrade
  expect 0
  follow_upgrade
  seen 'an upgrade' "document.getElementById('master').textContent.includes('process $master,')"
  kill -STOP "$master"
  in_page 6 "document.body.classList.contains('is-stale')"
  kill -CONT "$master"
  in_page 12 "!document.body.classList.contains('is-stale')"
  close_page
}

@test "in four sizes, light and dark, nothing is cut off; pictures are in build/web" {
  show
  open_page
  mkdir -p "$BUILD/web"
  endpoint=unix:bytes
  keep one
  in_page 10 "cards.get('bytes').history.samples.length > 3 && cards.get('bytes').pool.busy == 1"
  for size in 360x640 1280x800 3840x2160; do
    for scheme in light dark; do
      browser size $size
      browser scheme $scheme
      in_page 5 "cards.get('bytes').board.shape.endsWith(isDark.matches) && isDark.matches == ('$scheme' == 'dark')"
      browser eval 'document.documentElement.scrollWidth <= innerWidth'
      assert_equal "$answer" true "$size: the page is no wider than the screen"
      browser eval "parseFloat(getComputedStyle(document.body).fontSize) >= innerWidth / 130"
      assert_equal "$answer" true "$size: the text is large enough"
      browser shot "$BUILD/web/$size-$scheme.png"
    done
  done
  if [[ ${AXE-} ]]; then # a copy of axe.min.js
    browser load "$AXE"
    browser eval '(axe.run().then((result) => (window.result = result)), 1)'
    in_page 30 'window.result'
    browser eval 'result.violations.map((one) => one.id)'
    assert_equal "$answer" '[]' 'what axe-core finds'
    figure 'axe-core finds no violation'
  fi
  release one
  close_page
}

@test "a thousand pools, or ten thousand workers, which all change each second, do not hang it" {
  show
  open_page
  browser load "$tree/tests/web/many.js"
  for many in 1000,10 1,10000; do
    browser eval "(measure($many).then((times) => (window.times = times)), 1)"
    in_page 60 'window.times'
    browser eval 'times.shift()'
    first=$answer
    browser eval 'times.sort((a, b) => a - b)[times.length >> 1]'
    figure "pools,workers $many: $first ms for the first event, then $answer ms (median; at most 500)"
    at_most "$many: an event, in ms" "$answer" $((500 * ${PATIENCE:-1}))
    browser eval 'window.times = null'
  done
  close_page
}

@test "ten open pages cost less than 1 % of the rate" {
  local pair order way page pids fd
  show
  endpoint=unix:bytes
  for pair in {1..21}; do
    order='with without'
    ((pair % 2)) || order='without with'
    for way in $order; do
      pids=()
      if [[ $way == with ]]; then
        for page in {1..10}; do
          exec {fd}<>"/dev/tcp/127.0.0.1/$port"
          printf 'GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n' >&"$fd"
          cat <&"$fd" >"page$page" 3>&- &
          pids+=("$!")
          exec {fd}>&-
        done
        wait_for 20 grep -q '^data: ' page10
      fi
      load_into "$way.json" 20 --quiet --connections 4 --duration 2s
      ((${#pids[@]} == 0)) || kill "${pids[@]}"
      rm -f page*
    done
    calculate "$(json with.json achieved) / $(json without.json achieved)" >>ratios
    echo >>ratios
  done
  figure "with ten pages $(percentile 50 <ratios) of the rate without (median of 21 pairs," \
    "$(sort -g ratios | head -n 1) to $(sort -g ratios | tail -n 1); at least 0.99)"
  at_least 'the rate with ten pages over that without' "$(percentile 50 <ratios)" 0.99
}
