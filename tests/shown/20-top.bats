#!/usr/bin/env bats
# Line 20: watching with top costs next to nothing.

load ../helpers/common
load shown

@test "the rate with preforkctl top running is at least 0.98 of that without" {
  local top order pair
  command -v script >/dev/null || skip 'script(1) is not here'
  mkfifo keys
  exec 9<>keys # presses no key
  serve unix workers=8 control=control
  for pair in {1..41}; do
    order='with without'
    ((pair % 2)) || order='without with'
    for way in $order; do
      top=''
      if [[ $way == with ]]; then
        TERM=xterm script -qefc "$BUILD/preforkctl -s control top" /dev/null <keys >screen 2>&1 3>&- &
        top=$!
      fi
      load_into "$way.json" 20 --quiet --connections 4 --duration 1s
      [[ ! $top ]] || kill "$top" 2>/dev/null || true
      [[ ! $top ]] || wait "$top" 2>/dev/null || true
    done
    calculate "$(json with.json achieved) / $(json without.json achieved)" >>ratios
    echo >>ratios
  done
  figure "line 20: with preforkctl top running $(percentile 50 <ratios) of the rate without (median of 41 pairs," \
    "$(sort -g ratios | head -n 1) to $(sort -g ratios | tail -n 1); at least 0.98)"
  at_least "the rate with top over that without" "$(percentile 50 <ratios)" 0.98
}
