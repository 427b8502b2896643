# shellcheck shell=bash
# proxy: pools behind a proxy, and headers of the PROXY protocol as printf %b writes them.
# shellcheck disable=SC2034 # for the tests

signature='\r\n\r\n\0\r\nQUIT\n'
line='PROXY TCP4 192.0.2.7 198.51.100.8 40000 443\r\n'
line6='PROXY TCP6 2001:db8::7 2001:db8::8 40000 443\r\n'
addresses='\xc0\x00\x02\x07\xc6\x33\x64\x08\x9c\x40\x01\xbb'
binary=$signature'\x21\x11\0\x0c'$addresses
local=$signature'\x20\0\0\0'

# serve_proxies MODE KEY=VALUE...
serve_proxies() {
  local mode=$1
  shift
  serve "$mode" proxy_protocol=required proxy_from=all control=control log_connections=yes "$@"
}

# zeroes N: as many zero bytes as printf %b writes.
zeroes() {
  local text
  printf -v text '%*s' "$1" ''
  printf %s "${text// /\\0}"
}

# End the call `one`, which waits.
release_one() {
  let_go one
  end_call one
}
