#!/usr/bin/env bats
# The PROXY protocol: whose connection it is, by a header of version 1 or 2, and what a wrong one does.

# shellcheck disable=SC2154,SC2016,SC2034 # helpers set them; programs have variables of their own

load helpers/common
load helpers/program
load helpers/proxy
load helpers/trace

@test "the client behind a header of version 1 or 2 is served and logged, on unix and inet" {
  for mode in unix inet; do
    serve_proxies $mode service=echo
    assert_equal "$(converse "${line}one")" one
    assert_equal "$(converse "${line6}two")" two
    assert_equal "$(converse "${binary}three")" three
    wait_for 5 figure_is requests 3
    assert_equal "$(figure accepted)" 3
    assert_equal "$(figure bytes_in)" 11 "the bytes without the headers"
    assert_equal "$(figure proxy_refused)" 0
    wait_for 5 log_has ' 192\.0\.2\.7:40000, 5 bytes in, 5 out, .* answered$'
    log_has ' 192\.0\.2\.7:40000, 3 bytes in, 3 out, .* answered$'
    log_has ' \[2001:db8::7\]:40000, 3 bytes in, 3 out, .* answered$'
    stop_master
    log_has 'stopped: pool main, 3 connections and 3 requests served, 0 cut, 0 refused'
    : >"$log"
  done
}

@test "the article's service and those that speak first come after the header" {
  serve_proxies inet
  assert_equal "$(converse "${binary}A")" B
  assert_equal "$(converse "${line}A")" B
  stop_master
  serve_proxies unix service=daytime
  assert_match "$(converse "$line")" '[0-9]{2}:[0-9]{2}:[0-9]{2}'
  assert_match "$(converse "$binary")" '[0-9]{2}:[0-9]{2}:[0-9]{2}'
  wait_for 5 figure_is accepted 2
}

@test "a program knows the client behind the proxy, and has its bytes counted without the header" {
  for mode in unix inet; do
    run_program $mode "sh -c 'env; cat'" proxy_protocol=required proxy_from=all
    converse "${binary}payload" | grep -vE '^(PATH|LANG|TZ|PWD|OLDPWD|SHLVL|_)=' | sort >got
    diff got - <<'END'
PROTO=TCP
REMOTE_ADDR=192.0.2.7
REMOTE_PORT=40000
TCPLOCALIP=198.51.100.8
TCPLOCALPORT=443
TCPREMOTEIP=192.0.2.7
TCPREMOTEPORT=40000
payload
END
    assert_equal "$(converse "$line6" | grep -cxE 'TCP(REMOTEIP=2001:db8::7|LOCALIP=2001:db8::8)')" 2
    converse "$signature"'\x21\x31\0\xd8/client'"$(zeroes 101)"'/front'"$(zeroes 102)" |
      grep -E '^(PROTO|UNIX|TCP|REMOTE)' | sort >got
    diff got - <<<$'PROTO=UNIX\nUNIXLOCALPATH=/front'
    wait_for 5 figure_is programs_ok 3
    case $mode in
    inet) assert_equal "$(figure bytes_in)" 7 ;;
    unix) assert_equal "$(figure bytes_in)" null ;;
    esac
    # Of the proxy's own connections, the socket says it.
    converse "${local}x" >got
    case $mode in
    inet) grep -x TCPREMOTEIP=127.0.0.1 got && grep -x "TCPLOCALPORT=$port" got ;;
    unix) grep -x "UNIXLOCALPATH=$socket" got && grep -x "UNIXREMOTEEUID=$EUID" got ;;
    esac
    stop_master
  done
}

@test "no byte behind the header is taken from a program, however header and payload are cut into pieces" {
  head -c 300000 /dev/urandom >payload
  for mode in unix inet; do
    run_program $mode cat proxy_protocol=required proxy_from=all workers=4
    # 60,000 bytes of what is skipped.
    {
      printf %b "$signature"'\x21\x11\xea\x6c'"$addresses"
      head -c 60000 /dev/zero
      cat payload
    } >stream
    {
      printf %b "$line"
      cat payload
    } >stream1
    for file in stream stream1; do
      case $mode in
      unix) timeout 10 nc -NU "$socket" <$file >got 3>&- ;;
      inet) timeout 10 nc -N 127.0.0.1 "$port" <$file >got 3>&- ;;
      esac
      cmp payload got
    done
    begin_call pieces connect send:P say:1 wait send:ROXY say:2 wait send:$' UNKNOWN\r' say:3 wait send:$'\nA' \
      expect:A half-close eof
    for piece in 1 2 3; do
      heard pieces $piece
      let_pass 0.02
      let_go pieces
    done
    end_call pieces
    stop_master
  done
}

@test "LOCAL and UNKNOWN are served as the proxy's own; without a byte they are health checks, and no connections" {
  for mode in unix inet; do
    serve_proxies $mode service=echo
    assert_equal "$(converse "${local}one")" one
    assert_equal "$(converse 'PROXY UNKNOWN\r\ntwo')" two
    assert_equal "$(converse 'PROXY UNKNOWN 192.0.2.7 some thing\r\nthree')" three
    assert_equal "$(converse "$signature"'\x20\x11\0\x0c'"${addresses}four")" four
    assert_equal "$(converse "$local")" ''
    assert_equal "$(converse 'PROXY UNKNOWN\r\n')" ''
    wait_for 5 figure_is health_checks 2
    assert_equal "$(figure accepted)" 4
    assert_equal "$(figure proxy_refused)" 0
    assert_equal "$(grep -c ' connection: pool main' "$log")" 4
    refute log_has '192\.0\.2\.7'
    stop_master
    log_has 'stopped: pool main, 4 connections and 4 requests served, 0 cut'
    : >"$log"
  done
}

@test "a health check starts no program and hears no service; a connection of the proxy's own that stays gets one" {
  run_program unix 'echo hello' proxy_protocol=required proxy_from=all
  assert_equal "$(converse "$local")" ''
  wait_for 5 figure_is health_checks 1
  begin_call own connect send:$'PROXY UNKNOWN\r\n' expect:hello$'\n' eof
  end_call own
  wait_for 5 figure_is programs_ok 1
  assert_equal "$(figure accepted)" 1
  assert_equal "$(figure health_checks)" 1
}

@test "a health check takes no program that waits for its client away, and one that waits knows no client" {
  for mode in unix inet; do
    run_program $mode "sh -c 'read -r x; env; echo \$\$ \$x; cat'" start=warm workers=1 proxy_protocol=required \
      proxy_from=all log_connections=yes
    pid=$(programs)
    assert_equal "$(converse "$local")" ''
    assert_equal "$(converse "$local")" ''
    wait_for 5 figure_is health_checks 2
    assert_equal "$(programs)" "$pid"
    converse "${binary}one\ntwo" >got
    assert_equal "$(tail -n 2 got)" "$pid one"$'\n'two
    refute grep -E '^(PROTO|REMOTE|TCP)' got
    wait_for 5 log_has ' 192\.0\.2\.7:40000, 7 bytes in, [0-9]+ out, .* answered$'
    assert_equal "$(figure accepted)" 1
    stop_master
    : >"$log"
  done
}

@test "while a client is served, workers names it and not the proxy" {
  serve_proxies unix service=echo
  begin_call one connect send:$'PROXY TCP6 2001:db8::7 2001:db8::8 40000 443\r\nA' expect:A say:in wait half-close eof
  heard one in
  "$BUILD/preforkctl" -s control workers 3>&- | grep -F '[2001:db8::7]:40000'
  "$BUILD/preforkctl" -s control status --json 3>&- | grep -F '"oldest_peer":"[2001:db8::7]:40000"'
  release_one
}

@test "while a header is awaited, the worker has been busy for that long with no client, and no connection is the oldest" {
  serve_proxies unix service=echo workers=1
  assert_equal "$(converse "${line}before")" before
  begin_call one connect send:PROXY say:in wait send:$' TCP4 192.0.2.7 192.0.2.8 1 2\r\nA' expect:A half-close eof
  heard one in
  wait_for 5 figure_is busy 1
  let_pass 0.2
  "$BUILD/preforkctl" -s control workers --json 3>&- | grep -E '"since_ns":[0-9]{9,},"connections":1,"peer":null,'
  assert_match "$(figure all_busy_ns)" '^[0-9]{9,}$'
  assert_equal "$(figure oldest_ns)" 0
  assert_equal "$(figure oldest_peer)" null
  release_one
}

@test "a health check or a refused header leaves a worker idle from then on: a spare one goes after spare_timeout" {
  local after
  for bytes in "$local" 'GET / HTTP'; do
    serve_proxies unix service=echo workers=0..1 spare_timeout=100ms
    converse "$bytes" 2>/dev/null || true
    wait_for 5 worker_count_is 0
    after=$(figure health_checks)$(figure proxy_refused)
    assert_match "$after" '^(10|01)$'
    stop_master
  done
}

# An earlier worker may still accept a client after a reload or an upgrade, by what was configured then.
answers() { # BYTES ANSWER
  [[ $(converse "$1" 2>/dev/null) == "$2" ]]
}

refuses_plain() {
  answers plain '' && [[ $(figure proxy_refused) == [1-9]* ]]
}

@test "a reload turns the protocol on and off, and an upgrade keeps it; the connections of before go on" {
  for mode in unix inet; do
    serve $mode service=echo control=control
    cp master.conf plain.conf
    begin_call one connect send:A expect:A say:in wait send:B expect:B half-close eof
    heard one in
    printf '%s\n' 'proxy_protocol = required' 'proxy_from = all' >>master.conf
    "$BUILD/preforkctl" -s control reload 3>&-
    wait_for 5 answers "${binary}on" on
    "$BUILD/preforkctl" -s control upgrade 3>&-
    follow_upgrade
    assert_equal "$(converse "${binary}on")" on
    wait_for 5 refuses_plain
    cp plain.conf master.conf
    "$BUILD/preforkctl" -s control reload 3>&-
    wait_for 5 answers plain plain
    assert_equal "$(figure proxy_refused)" null
    release_one
    stop_master
    : >"$log"
  done
}

@test "a stop, graceful or fast, and a worker that is killed while a header is awaited: no connection is lost" {
  serve_proxies unix service=echo
  begin_call one connect send:PROXY say:in wait send:$' UNKNOWN\r\nA' expect:A half-close eof
  heard one in
  wait_for 5 figure_is busy 1
  kill -TERM "$master"
  wait_for 5 log_has 'stopping: waiting for 1 active'
  release_one
  await_master master 0
  log_has 'stopped: pool main, 1 connections and 1 requests served, 0 cut'
  : >"$log"
  serve_proxies unix service=echo workers=1
  assert_equal "$(converse "${line}x")" x
  begin_call two connect send:PROXY say:in count
  heard two in
  wait_for 5 figure_is busy 1
  killed=$(worker)
  expected='killed by SIGKILL'
  kill -KILL "$killed"
  end_call two
  wait_for 5 worker_is_other_than "$killed"
  begin_call three connect send:PROXY say:in count
  heard three in
  wait_for 5 figure_is busy 1
  "$BUILD/preforkctl" -s control stop --fast 3>&- || true
  end_call three
  await_master master 0
  log_has 'stopped: pool main, 1 connections and 1 requests served, 0 cut'
}

@test "a header that has arrived costs two system calls, on unix a third, and none where the key is not set" {
  local mode setting data calls
  for mode in unix inet; do
    for setting in proxy_protocol=required proxy_protocol=no; do
      serve $mode service=echo workers=1 proxy_from=all $setting
      data=A
      [[ $setting == *no ]] || printf -v data %b "${line}A"
      begin_call one connect send:"$data" expect:A say:in wait half-close eof
      heard one in
      trace "$(worker)" -e trace=recvfrom,getsockopt,poll
      begin_call two connect send:"$data" say:in expect:A half-close eof
      heard two in
      release_one
      end_call two
      wait_for 5 wait_idle
      end_trace
      calls=$(awk '/^recvfrom/ { r++ } /^getsockopt/ { g++ } /^poll/ { p++ } END { print r + 0, g + 0, p + 0 }' trace.out)
      case $setting$mode in
      *requiredunix) assert_equal "$calls" '2 1 0' ;;
      *requiredinet) assert_equal "$calls" '2 0 0' ;;
      *) assert_equal "$calls" '0 0 0' ;;
      esac
      stop_master
    done
  done
}

# The worker sleeps again.
wait_idle() {
  [[ $(</proc/"$(worker)"/wchan) == *poll* || $(cat /proc/"$(worker)"/syscall 2>/dev/null) == 232* ]]
}

@test "a proxy speaks first: the kernel holds a silent one back, also where the service would greet" {
  serve_proxies inet service=daytime
  begin_call one connect say:in wait close
  heard one in
  let_pass 0.1
  assert_equal "$(figure busy)" 0
  release_one
}
