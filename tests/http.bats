#!/usr/bin/env bats
# preforkctl http: a pool that shows its master to browsers, collectors and probes.

# shellcheck disable=SC2154,SC2030,SC2031,SC2034 # helpers/common sets them; each test has its own subshell

load helpers/common
load helpers/ctl
load helpers/http

@test "each page has its type, is not stored, and is the same for HEAD but for its body" {
  show
  while IFS="|" read -r path type begin; do
    get "$path"
    assert_equal "$code" 200 "$path"
    assert_equal "$(header Content-Type)" "$type" "$path"
    assert_equal "$(header Cache-Control)/$(header X-Content-Type-Options)" no-store/nosniff
    [[ $'\n'$body == *$'\n'"$begin"* ]] || fail "$path: $body" # the gravest pool is the first
    assert_equal "$(header Content-Length)" $((${#body} + 1)) "$path" # with its last newline
    request HEAD "$path"
    assert_equal "$code $body" '200 ' "HEAD $path"
    assert_equal "$(header Content-Type)" "$type" "HEAD $path"
  done <<'END'
/|text/html; charset=utf-8|<!DOCTYPE html>
/?a=b|text/html; charset=utf-8|<!DOCTYPE html>
/metrics|text/plain; version=0.0.4; charset=utf-8|# HELP preforkd_
/status.json|application/json|{"pid":
/workers.json|application/json|{"pools":{"bytes":[{"slot":0,
/healthz|text/plain; charset=utf-8|pool bytes: healthy
/readyz|text/plain; charset=utf-8|pool bytes: healthy
END
}

@test "a collector that accepts OpenMetrics gets it, to its last line" {
  show
  get /metrics 'Accept: application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2'
  assert_equal "$(header Content-Type)" 'application/openmetrics-text; version=1.0.0; charset=utf-8'
  assert_equal "${body##*$'\n'}" '# EOF'
  grep -qx '# TYPE preforkd_connections counter' <<<"$body"
  grep -q '^preforkd_connections_total{.*pool="bytes".*} 0$' <<<"$body"
  get /metrics 'Accept: */*'
  refute grep -q '^# EOF' <<<"$body"
  grep -qx '# TYPE preforkd_connections_total counter' <<<"$body"
}

@test "paths that there are not are 404, other methods 405 with Allow, and neither ends the connection" {
  show
  for path in /x /.. /../../etc/passwd //etc/passwd /status.json/ /STATUS.JSON /%2e%2e/ /%00 /%73tatus.json /healthz.. \
    "/$PWD/control" '*'; do
    get "$path"
    assert_equal "$code" 404 "$path"
  done
  for method in POST PUT DELETE OPTIONS TRACE get GETT; do
    request $method /healthz
    assert_equal "$code $(header Allow)" '405 GET, HEAD' "$method"
  done
  send 'GET /x HTTP/1.1\r\nHost: localhost\r\n\r\nPOST / HTTP/1.1\r\nHost: localhost\r\n\r\nHEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'
  assert_equal "$(grep -o '^HTTP/1.1 ...' <<<"$answer" | tr '\n' ' ')" 'HTTP/1.1 404 HTTP/1.1 405 HTTP/1.1 200 '
}

@test "what is for another host is 421 with what helps; collectors and probes ask by any name, unless --host has some" {
  while IFS="|" read -r options path host expected; do
    answer=$(printf 'GET %s HTTP/1.1\r\n%b\r\nConnection: close\r\n\r\n' "$path" "${host:+Host: $host}" |
      "$BUILD/preforkctl" -s "$PWD/none" http ${options:+"$options"})
    assert_match "$answer" "^HTTP/1.1 $expected " "$options $path $host"
    [[ $expected != 421 ]] || assert_match "${answer##*$'\n'}" "not as evil.example: preforkctl http --host NAME adds a name$"
  done <<'END'
|/|localhost:9780|200
|/|page.localhost|200
|/|127.0.0.1|200
|/|[::1]:80|200
|/|evil.example|421
|/events|evil.example:9780|421
|/status.json|evil.example.|421
|/workers.json|evil.example|421
|/x|evil.example|421
|http://evil.example/|localhost|421
|http://localhost/|evil.example|200
|/|evil.example\r\nHost: localhost|400
|/|evil@localhost|400
|/metrics|evil.example|503
|/healthz|evil.example|503
|/readyz|evil.example|503
--host=wall.example,.org|/|WALL.example.:80|200
--host=wall.example,.org|/|a.org|200
--host=wall.example,.org|/|evil.example|421
--host=wall.example|/metrics|evil.example|421
--host=wall.example|/readyz|wall.example|503
--host=*|/|evil.example|200
END
}

@test "what is malformed, or too long, is 400, and nothing behind it is answered" {
  show
  printf -v long '%*s' 8200 ''
  long=${long// /x}
  for text in '\r\nGET / HTTP/1.1\r\n\r\n' 'GET / HTTP/1.1\nHost: a\n\n' 'GET /\0 HTTP/1.1\r\nHost: localhost\r\n\r\n' \
    'GET / HTTP/1.1\r\nHost: localhost\r\nA: \0\r\n\r\n' 'GET / HTTP/3.0\r\nHost: localhost\r\n\r\n' 'hello\r\n\r\n' '\x16\x03\x01\n' \
    'GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0' \
    "GET /$long HTTP/1.1\r\nHost: localhost\r\n\r\n" "GET / HTTP/1.1\r\nHost: localhost\r\nA: $long\r\n\r\n" 'GET / HTTP/1.1\r\nHo'; do
    send "$text\r\nGET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
    assert_equal "$code $(header Connection)" '400 close' "${text:0:40}"
    assert_equal "$(grep -c '^HTTP/' <<<"$answer")" 1 "${text:0:40}"
  done
  get /healthz
  assert_equal "$code" 200
}

@test "a body is never taken for a request, and ends the connection" {
  show
  send 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 40\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'
  assert_equal "$code $(header Connection) $(grep -c '^HTTP/' <<<"$answer")" '405 close 1'
  send 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nGET /x HTTP/1.1\r\nHost: localhost\r\n\r\n'
  assert_equal "$code $(header Connection) $(grep -c '^HTTP/' <<<"$answer")" '200 close 1'
}

@test "requests that come together are answered in turn; HTTP/1.0 is closed, unless it asks otherwise" {
  show
  one='GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'
  send "$one${one/GET/HEAD}$one"
  assert_equal "$(grep -c '^HTTP/1.1 200' <<<"$answer")" 3
  assert_equal "$(grep -c '^Connection: keep-alive' <<<"$answer")" 3
  assert_equal "$(grep -c '^pool bytes: ' <<<"$answer")" 2
  send 'GET /healthz HTTP/1.0\r\n\r\nGET /healthz HTTP/1.0\r\n\r\n'
  assert_equal "$(header Connection) $(grep -c '^HTTP/' <<<"$answer")" 'close 1'
  send 'GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /healthz HTTP/1.0\r\n\r\n'
  assert_equal "$(header Connection) $(grep -c '^HTTP/' <<<"$answer")" 'keep-alive 2'
}

@test "a request may come in pieces, but not for longer than --timeout; a client that sends none is left alone" {
  show
  begin_call slow connect send:G say:in send:'ET /healthz HTTP/1.1'$'\r' send:$'\n''Host: localhost'$'\r\n\r\n' 'expect:HTTP/1.1 200 OK'
  end_call slow
  stop_master
  show --timeout 300ms
  try_thrice half_is_late
  begin_call silent connect eof
  end_call silent
  try_thrice is_kept_no_longer
}

# Of `try_thrice`: the client that is held up between its connection and its half request sends none in time.
half_is_late() {
  begin_call half connect 'send:GET /healthz HT' 'expect:HTTP/1.1 408 Request Timeout'
  end_call half
}

# Of `try_thrice`: the client asks again and again, never as late as the limit, until its connection ends.
is_kept_no_longer() {
  for ((n = 0; n < 30; n++)); do
    printf 'GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n' || break
    let_pass 0.05
  done 2>/dev/null | timeout 20 nc -N 127.0.0.1 "$port" 3>&- | tr -d '\r' >kept
  assert_equal "$(grep '^Connection: ' kept | uniq -c | awk '{ print $3 ($3 == "close" ? $1 : "") }' | xargs)" 'keep-alive close1'
}

@test "a full pool is healthy and not ready, and the reason is that of why" {
  show
  get /readyz
  assert_equal "$code" 200
  endpoint=unix:bytes
  hold one
  hold two
  wait_for 5 answer_is /readyz 503
  assert_match "$body" '^pool bytes: 2 of 2 workers busy.*; the next client has to wait'
  get /healthz
  assert_equal "$code" 200
  release one
  release two
  wait_for 5 answer_is /readyz 200
}

# The limit is short, and requests may be held up for longer: what stays so is asked again.
@test "a master that is stopped, gone or another program is 503 with the reason, and 200 when it is back" {
  shown=$PWD/other_control
  show --timeout 300ms
  for path in /status.json /metrics /healthz /readyz /events; do
    wait_for 10 answer_is $path 503
    assert_match "$body" "^no master: there is no control socket $shown"
  done
  start_master -n other <<END
control = $shown
mode = unix
path = s
END
  use_master master wall
  wait_for 10 answer_is /status.json 200
  kill -STOP "${master_of[other]}"
  wait_for 10 answer_is /healthz 503
  kill -CONT "${master_of[other]}"
  assert_match "$body" "^the master at $shown does not answer within 300ms"
  wait_for 10 answer_is / 200
  stop_master -n other
  start_master -n pretender <<END
mode = unix
path = $shown
service = program
command = sh -c 'read -r line; echo hello'
workers = 4
END
  use_master master wall
  wait_for 10 is_another_program
}

is_another_program() {
  answer_is /status.json 503
  [[ $body == *'is not preforkd' ]]
}

@test "a pool's name and a peer are data in events, whatever they look like, and no pool may be called so here" {
  printf 'mode = unix\npath = s\n[pool <img src=x onerror=alert(1)>]\n' >refused.conf
  run "$BUILD/preforkd" -t -c refused.conf 3>&-
  assert_equal "$status" 78
  shown=$PWD/other_control
  show
  printf 'ok\npid 1\nphase stopping\npool <img src=x onerror="alert(1)">\nboard W\noldest_peer </script>\nend\n' >said
  timeout 10 nc -NlU "$shown" <said >/dev/null 3>&- &
  wait_for 5 listens "$shown"
  get /events
  assert_equal "$code $(header Content-Type)" '200 text/event-stream'
  assert_match "$body" '"name":"<img src=x onerror=\\u0022alert\(1\)\\u0022>"'
  get /
  refute grep -E 'innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|[ "]on[a-z]+=' <<<"$body"
}

# Print the hash of what is in the only element TAG of the page, as a policy has it.
hash_of() { # TAG
  local text=${body#*"<$1>"} sum
  sum=$(printf '%s' "${text%%"</$1>"*}" | sha256sum)
  sed 's/ .*//; s/../\\x&/g' <<<"$sum" | tr -d '\n' | xargs -0 printf '%b' | base64
}

@test "the page is one file of less than 40 kB, of which a browser runs its own style and script alone" {
  show
  get /
  policy=$(header Content-Security-Policy)
  ((${#body} < 40000)) || fail "${#body} bytes"
  refute grep -E '(src|href)="?(https?:)?//|@import|url\(| style=' <<<"$body"
  refute grep -E 'unsafe|\*' <<<"$policy"
  [[ $policy == "default-src 'none'; style-src 'sha256-$(hash_of style)'; script-src 'sha256-$(hash_of script)'; "* ]]
  get /status.json
  assert_equal "$(header Content-Security-Policy)" "default-src 'none'; frame-ancestors 'none'"
}

events() { # NAME
  grep -c '^data: ' "$1"
}

has_events() { # NAME N
  (($(events "$1") >= $2))
}

@test "events: all pools at first, then those that change, one a second; they end at a reload and with the client" {
  show
  began=$EPOCHREALTIME
  begin_call page -t 30 connect send:$'GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n' wait
  exec {client}<>"/dev/tcp/127.0.0.1/$port"
  printf 'GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n' >&"$client"
  timeout 30 cat <&"$client" >events 3>&- &
  follower=$!
  wait_for 10 has_events events 2
  (($(events events) <= $(elapsed_ms "$began") / 1000 + 1))
  grep -q '^Content-Type: text/event-stream' events
  refute grep -q '^Content-Length' events
  assert_match "$(grep '^data: ' events | head -n 1)" '"all":true,"pools":\[\{"name":"bytes",.*"board":"__".*"name":"wall",'
  assert_match "$(grep '^data: ' events | sed -n 2p)" '"all":false,"pools":\['
  refute grep '"all":false.*"name":"bytes"' events
  ctl reload
  expect 0
  wait_for 10 has_ended "$follower"
  exec {client}>&-
  # A connection that an earlier generation finished, and ends meanwhile, hides no reload.
  endpoint=unix:bytes
  hold busy
  ctl reload
  expect 0
  exec {client}<>"/dev/tcp/127.0.0.1/$port"
  printf 'GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n' >&"$client"
  timeout 30 cat <&"$client" >again 3>&- &
  follower=$!
  wait_for 10 has_events again 1
  release busy
  ctl reload
  expect 0
  wait_for 10 has_ended "$follower"
  exec {client}>&-
  let_go page
  end_call page
}

@test "the example starts the page beside the pools that it shows" {
  start_master < <(sed "s/^port = [0-9]*/port = 0/; s|build/preforkctl|$BUILD/preforkctl|" \
    "$BATS_TEST_DIRNAME/../conf/examples/wallboard/wallboard.conf")
  use_master master page
  get /healthz
  assert_equal "$code $(grep -o '^pool [a-z]*' <<<"$body" | sort -u | tr '\n' ' ')" '200 pool date pool letters pool page pool probes '
}

@test "a user who may only ask is enough for the page" {
  local name=@preforkd-http-$$
  ((EUID == 0)) || skip 'root alone can have workers of another user'
  setpriv --reuid=65534 --regid=65534 --clear-groups "$BUILD/preforkctl" -V >/dev/null || skip 'not everyone can execute what is built here'
  start_master <<END
control = $name
control_readers = user:nobody
[pool page]
mode = inet
port = 0
service = program
command = $BUILD/preforkctl -s $name http
user = nobody
workers = 8
END
  for path in /status.json /workers.json /metrics /healthz /readyz /events; do
    wait_for 10 answer_is $path 200
  done
}
