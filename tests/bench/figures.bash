# shellcheck shell=bash
# figures: the benchmark's arithmetic, and its results as lines of tab-separated values in $results:
#
#   ratios   TABLE WHAT A B MEDIAN MIN Q1 Q3 MAX PAIRS TARGET VERDICT
#   values   WHAT VALUE TARGET VERDICT
#   sizes    WHO WORKERS REQUESTS_PER_SECOND MEMORY_KB
#   notes    what was skipped, and how memory was measured
#   errors   what went wrong
#
# A TARGET is `>= 0.97` or `<= 300`, or `-` for none; a VERDICT met, missed or `-`.
# shellcheck disable=SC2154 # common.bash sets $results

# percentile P: of the numbers on standard input, one a line; between two of them in proportion.
percentile() {
  sort -g | awk -v p="$1" '
    { v[NR] = $1 }
    END {
      if (!NR) exit 1
      at = 1 + (NR - 1) * p / 100
      low = int(at)
      high = low < NR ? low + 1 : low
      printf "%.6g\n", v[low] + (at - low) * (v[high] - v[low])
    }'
}

# ratios: A/B of each line `A B` on standard input.
ratios() {
  awk '$2 > 0 { printf "%.6g\n", $1 / $2 }'
}

# column N: of the lines on standard input.
column() {
  awk -v n="$1" '{ print $n }'
}

# verdict VALUE TARGET
verdict() {
  local limit=${2#* }
  case $2 in
  '>= '*) awk -v value="$1" -v limit="$limit" 'BEGIN { print (value >= limit ? "met" : "missed") }' ;;
  '<= '*) awk -v value="$1" -v limit="$limit" 'BEGIN { print (value <= limit ? "met" : "missed") }' ;;
  *) echo - ;;
  esac
}

# in_unit UNIT NUMBER: requests a second, nanoseconds or microseconds, as people read them.
in_unit() {
  awk -v unit="$1" -v number="$2" 'BEGIN {
    if (unit == "/s") printf "%.1fk/s\n", number / 1000
    else if (unit == "ns") printf "%.2f ms\n", number / 1e6
    else printf "%.1f %s\n", number, unit
  }'
}

# record RESULT FIELD...: a line of $results/RESULT.
record() {
  local result=$1 IFS=$'\t'
  shift
  echo "$*" >>"$results/$result"
}

# record_ratio TABLE WHAT TARGET UNIT FILE: what the pairs `A B` of FILE amount to. It is said as well.
record_ratio() {
  local table=$1 what=$2 target=$3 unit=$4 file=$5 a b spread=() p
  a=$(in_unit "$unit" "$(column 1 <"$file" | percentile 50)")
  b=$(in_unit "$unit" "$(column 2 <"$file" | percentile 50)")
  for p in 50 0 25 75 100; do
    spread+=("$(ratios <"$file" | percentile $p)")
  done
  record ratios "$table" "$what" "$a" "$b" "${spread[@]}" "$(wc -l <"$file")" \
    "$target" "$(verdict "${spread[0]}" "$target")"
  printf '%-44s %10s %10s  %.3f  (%.3f; %.3f %.3f; %.3f)  %s  %s\n' "$what" "$a" "$b" \
    "${spread[@]}" "$target" "$(verdict "${spread[0]}" "$target")"
}

# record_value WHAT VALUE TARGET: VALUE may be empty, which is `not measured`.
record_value() {
  local judged=-
  [[ ! $2 ]] || judged=$(verdict "$2" "$3")
  record values "$1" "${2:-not measured}" "$3" "$judged"
  printf '%-44s %10s  %s  %s\n' "$1" "${2:-not measured}" "$3" "$judged"
}

note() {
  echo "note: $*"
  record notes "$*"
}

error() {
  echo "bench: $*" >&2
  record errors "$*"
}

# all_is_well: no target missed, no error.
all_is_well() {
  [[ ! -s $results/errors ]] && ! cat "$results/ratios" "$results/values" | grep -q $'\tmissed$'
}
