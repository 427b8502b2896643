# shellcheck shell=bash
# article: the article's four programs, taken from its text, ARTICLE=path, at each run: the tree holds
# none of them.
# shellcheck disable=SC2034,SC2154 # common.bash knows them

enter_article() {
  enter_test
  [[ -f ${ARTICLE-} ]] || skip "the article is not at '${ARTICLE-}': make shown ARTICLE=path"
}

# extract HEADING PROGRAM: compile what follows HEADING in the article, from its first #include to
# its last brace, with the one header that it lacks.
extract() {
  awk -v heading="$1" 'index($0, heading) { on = 1 } on == 1 && /^#include/ { on = 2 }
    on == 2 { print } on == 2 && /^}/ { exit }' "$ARTICLE" >"$2.c"
  grep -q 'int main()' "$2.c" || fail "the article has no program behind '$1'" || return
  cc -w -include string.h -o "$2" "$2.c"
}

# The two of a pair are distinguished by their order: the article heads the second pair with words.
client1() { extract 'client1.c' client1; }
server1() { extract 'server1.c' server1; }
client2() { extract 'Network Client:' client2; }
server2() { extract 'Network Server:' server2; }

# start_server PROGRAM ENDPOINT: it has no ready line, so call until it answers.
start_server() {
  endpoint=$2
  "$bin/launch" "./$1" </dev/null >/dev/null 2>&1 3>&- &
  server=$!
  wait_for 10 ask 2>/dev/null
}

# It knows no end of its own.
end_server() {
  kill -KILL "$server"
  wait "$server" 2>/dev/null || true
}

# Whether no connection is left at PORT, not even in TIME_WAIT: server2 does not reuse addresses, so it
# can neither bind beside one nor does it leave one beside which another can.
port_is_free() { # PORT
  refute grep -qi "^ *[0-9]*: [0-9A-F]*:$(printf %04X "$1") " /proc/net/tcp 2>/dev/null
}
