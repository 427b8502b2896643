#!/usr/bin/env bats
# The unit tests: a program for each pure module, in unit/.

run_unit() {
  run timeout 50 "$BUILD/tests/unit/$1"
  echo "$output" | grep -v '^ok ' >&2 # the plan, and what failed
  [[ $status == 0 ]]
  [[ ${lines[-1]} == 1..* ]]
}

@test "number: integers, modes, durations and sizes are read exactly or refused" {
  run_unit number
}

@test "as_pool: a child that its user stops or kills is an error, and holds nothing up" {
  run_unit as_pool
}

@test "source_board: whose a connection is, and entries that no worker can have written" {
  run_unit source_board
}

@test "source_seat: workers that take places at the same moment never give a source more than its limit, nor a rate" {
  run_unit source_seat
}

@test "source_limit: a connection counts until its answer leaves, or until it is closed" {
  run_unit source_limit
}

@test "source_list: each piece of a long list has the name of its pool, also where a reload changes the pools meanwhile" {
  run_unit source_list
}

@test "connection: what a service does with it is answered and counted, and a deadline cuts it as the service says" {
  run_unit connection
}

@test "event_loop: each event goes to the handler of its descriptor, and to no later one" {
  run_unit event_loop
}

@test "endpoint: paths, abstract names and addresses are taken whole or refused" {
  run_unit endpoint
}

@test "endpoint_socket: bound addresses can be reached, the longest path is read to its end, and a full queue is waited for no longer than asked" {
  run_unit endpoint_socket
}

@test "config: defaults, inheritance, overrides, and a dump that reads back to itself" {
  run_unit config
}

@test "config: each error is reported at its place, all of them at once" {
  run_unit config_errors
}

@test "config: errors of sections, overrides and unreadable files, in the order of the text" {
  run_unit config_section_errors
}

@test "config: habits of other programs and encodings get a hint, and one mistake is one error" {
  run_unit config_hints
}

@test "completion: an end is reported once, and a failure never as a success" {
  run_unit completion
}

@test "config: what is surely not meant as a path is refused with what was meant" {
  run_unit config_paths
}

@test "config: words and quotes, the program that a command names, and the variables of an environment" {
  run_unit config_words
}

@test "root_path: links lead where the kernel follows them below a root directory" {
  run_unit root_path
}

@test "config: what one process has read is the same configuration in another" {
  run_unit config_pack
}

@test "histogram: percentiles, merging and the ends of the range" {
  run_unit histogram
}

@test "json_read: what is JSON and what is not, and figures by path" {
  run_unit json_read
}

@test "check: rules are read exactly or refused, and judged at and beside their limit" {
  run_unit check
}

@test "verdict: what the generator was the limit of, the gravest first" {
  run_unit verdict
}

@test "progress: a line of progress fits any terminal, and a histogram's rows add up" {
  run_unit progress
}

@test "rates: clients of the last seconds, of the living and the ended" {
  run_unit rates
}

@test "reading: what no worker can have done is not taken from its page" {
  run_unit reading
}

@test "why: each situation of a pool is explained, the gravest first" {
  run_unit why
}

@test "top_view: the view fits any terminal, and a peer's name is shown without control characters" {
  run_unit top_view
}

@test "terminal: a live view on a terminal, which is given back however it ends" {
  run_unit terminal
}

@test "log_channel: what a worker writes is attributed to it or to the master, and a flood is limited" {
  run_unit log_channel
}

@test "log_text: what is escaped, shown as ?, and cut in a line of the log" {
  run_unit log_text
}

@test "durations: buckets without gaps, percentiles, and a table with every figure" {
  run_unit durations
}

@test "snapshot: a reply of the master, whole, cut or mangled" {
  run_unit snapshot
}

@test "handover and tally: each word passes once, whole, and nothing else does" {
  run_unit handover
}

@test "every unit test program is run here" {
  for source in "$BATS_TEST_DIRNAME"/unit/*.c; do
    name=${source##*/}
    grep -q "run_unit ${name%.c}$" "$BATS_TEST_FILENAME"
  done
}

@test "json_writer: commas, nesting, numbers, and what is escaped" {
  run_unit json_writer
}

@test "text: what of a peer's string reaches a line of output" {
  run_unit text
}

@test "scoreboard: which workers' letters are shown on how many rows" {
  run_unit scoreboard
}

@test "launcher: a successor goes on when it may, and the master waits for neither" {
  run_unit launcher
}

@test "config_reader: a child that does not end holds up no change" {
  run_unit config_reader
}

@test "access_table: a binary search finds the rule that a scan of all rules finds, and deny wins at a tie" {
  run_unit access_table
}

@test "source: what a list of sources says, how it is printed, and which addresses and processes are meant" {
  run_unit source
}

@test "sandbox_filter: each filter answers each system call as a scan of its rules does, and as the design says" {
  run_unit sandbox_filter
}

@test "sandbox_filter_limits: a filter finds each answer however far it is, and one that is too long is refused" {
  run_unit sandbox_filter_limits
}

@test "sandbox: what a process in it does is done, refused or its end, and where it is only logged all is done" {
  run_unit sandbox
}

@test "standing: which situations a probe is to restart a master for, or to send clients elsewhere" {
  run_unit standing
}

@test "request: what HTTP requests are, whole, in pieces and malformed, and which format a client wants" {
  run_unit request
}

@test "host: what a Host header names, and which names a master is shown under" {
  run_unit host
}

@test "proxy_header: a table of headers of both versions, whole, in pieces and wrong" {
  run_unit proxy_header
}

@test "landlock: level by level a domain refuses what it is to, and leaves the rest; without Landlock nothing changes" {
  run_unit landlock
}
