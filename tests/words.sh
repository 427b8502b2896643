#!/usr/bin/env bash
# tests/words.sh: part of `make check`. Counts the comments, documents and messages that use words
# which the style of the project avoids: at most 1 % of the comments of each tree, and none of the documents
# and messages, may. `tests/words.sh -v` prints each of them as FILE:LINE: TEXT. Needs awk alone.

cd "${0%/*}/.." || exit

# What a count over the limit is: `warning` or `error`.
over=error

words='callers?|told|whom|whoever|nobody|somebody|newcomers?|likewise|owed|in hand'
list=${1-}

# comments FILE...: FILE:LINE: TEXT of each comment. A block is one, and so is a run of lines of // or #.
# With strings=1 the string literals of C, each with the ones that follow it, instead.
comments() {
  awk -v strings="${strings-0}" '
    function flush() {
      if (text != "")
        print name ":" first ": " text
      text = ""
    }
    function add(more, is_string) {
      if ((is_string ? 1 : 0) != strings)
        return
      gsub(/[ \t]+/, " ", more)
      if (text == "") {
        name = FILENAME
        first = FNR
        text = " "
      }
      text = text more " "
      last = FNR
    }
    # C: blocks, lines and literals, with what is between them.
    function c_line(line, rest, pos) {
      if (in_block) {
        pos = index(line, "*/")
        add(pos ? substr(line, 1, pos - 1) : line)
        if (!pos)
          return
        in_block = 0
        flush()
        line = substr(line, pos + 2)
      } else if (!strings && line !~ /^[ \t]*\/\//) {
        flush()
      }
      while (match(line, /\/\/|\/\*|"|\047(\\.[^\047]*|[^\047\\])\047/)) {
        rest = substr(line, RSTART + 2)
        if (strings && substr(line, 1, RSTART - 1) ~ /[^ \t]/)
          flush()
        if (substr(line, RSTART, 2) == "//") {
          add(rest)
          if (substr(line, 1, RSTART - 1) ~ /[^ \t]/)
            flush()
          return
        }
        if (substr(line, RSTART, 2) == "/*") {
          pos = index(rest, "*/")
          flush()
          add(pos ? substr(rest, 1, pos - 1) : rest)
          if (!pos) {
            in_block = 1
            return
          }
          flush()
          line = substr(rest, pos + 2)
        } else if (substr(line, RSTART, 1) == "\"") {
          line = substr(line, RSTART + 1)
          match(line, /^([^"\\]|\\.)*/)
          add(substr(line, 1, RLENGTH), 1)
          line = substr(line, RLENGTH + 2)
        } else {
          line = substr(line, RSTART + RLENGTH)
        }
      }
      if (strings && line ~ /[^ \t]/)
        flush()
    }
    # Shell and make: a line of its own, or behind code, after an even number of quotes.
    function shell_line(line, code) {
      if (line ~ /^[ \t]*# shellcheck / || FNR == 1 && line ~ /^#!/)
        return
      if (line ~ /^[ \t]*#/) {
        sub(/^[ \t]*#:?/, "", line)
        add(line)
        return
      }
      flush()
      if (match(line, /[ \t]# /)) {
        code = substr(line, 1, RSTART)
        if (gsub(/\047/, "", code) % 2 == 0 && gsub(/"/, "", code) % 2 == 0) {
          add(substr(line, RSTART + 3))
          flush()
        }
      }
    }
    FNR == 1 { flush(); in_block = 0 }
    FILENAME ~ /\.[ch]$/ { c_line($0); next }
    !strings { shell_line($0) }
    END { flush() }' "$@"
}

# paragraphs FILE...: FILE:LINE: TEXT of each paragraph of a document.
paragraphs() {
  awk '
    function flush() {
      if (text != "")
        print name ":" first ": " text
      text = ""
    }
    FNR == 1 || /^[#.]?[ \t]*$/ || /^\.(Pp|It|Sh)/ { flush() }
    /[^ \t]/ {
      if (text == "") {
        name = FILENAME
        first = FNR
      }
      text = text " " $0
    }
    END { flush() }' "$@"
}

# avoided: the lines that use one of the words. The user `nobody` is a name, as a value or quoted.
avoided() {
  awk -v words="$words" '{
    text = tolower($0)
    sub(/^[^ ]* /, "", text)
    gsub(/`[^`]*nobody[^`]*`|[:=] *nobody|user nobody|(ic|cm|sy) nobody|^ *nobody *$/, "", text)
    gsub(/[ \t]+/, " ", text)
    if (text ~ "(^|[^a-z0-9_])(" words ")([^a-z0-9_]|$)")
      print
  }'
}

show() {
  [[ $list != -v ]] || grep . "$1"
}

found=$(mktemp) all=$(mktemp) status=0
trap 'rm -f "$found" "$all"' EXIT

too_many() { # TEXT
  echo "$over: $1"
  [[ $over == warning ]] || status=1
}

# share TREE FILE...
share() {
  local tree=$1 count used hundredths
  shift
  comments "$@" >"$all"
  avoided <"$all" >"$found"
  count=$(wc -l <"$all") used=$(wc -l <"$found")
  hundredths=$((used * 10000 / (count > 0 ? count : 1)))
  printf 'words: %s: %d of %d comments, %d.%02d %%\n' "$tree" "$used" "$count" $((hundredths / 100)) $((hundredths % 100))
  show "$found"
  ((hundredths <= 100)) || too_many "comments of $tree with words of the list in tests/words.sh: over 1 %"
}

sources_of() { # TREE
  find "$1" -name '*.[ch]' -o -name '*.sh' -o -name '*.bats' -o -name '*.bash'
}

for tree in server common client tests; do
  mapfile -t files < <(sources_of $tree | sort)
  [[ $tree != tests ]] || files+=(Makefile tests/*.mk)
  share $tree "${files[@]}"
done

# none WHAT: those of the lines on standard input that use them, but for the article's own words.
none() {
  avoided | grep -vi article >"$found"
  printf 'words: %s: %d\n' "$1" "$(wc -l <"$found")"
  show "$found"
  [[ ! -s $found ]] || too_many "$1 with words of the list in tests/words.sh"
}

mapfile -t files < <(find conf -type f | sort)
mapfile -t -O "${#files[@]}" files < <(find server -name '*.[358]' | sort)
none documents < <(paragraphs DESIGN.md README.md client/*.1 "${files[@]}")
mapfile -t files < <(find server common client -name '*.c' | sort)
none messages < <(strings=1 comments "${files[@]}")

exit $status
