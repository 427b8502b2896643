# shellcheck shell=bash
# completion: words and files that bash completes for preforkd, preforkcall, preforkload and preforkctl.
#
# Nothing that a program prints is repeated here: options, and the commands of preforkctl, are read from
# the output of -h, and the word behind an option there decides how its argument is completed. Keys are read from that
# of -T.

# Print the options in HELP, each as `-c FILE` or `--size N`, or alone if it takes no argument; `-V, --version` is
# two.
_preforkd_options() { # HELP
  sed -nE '/^ +-/ { s/^ +//; s/  .*//; s/, /\n/; p; }' <<<"$1"
}

# Print the commands in HELP: the first words of lines that are indented by two blanks.
_preforkd_commands() { # HELP
  sed -nE 's/^  ([a-z]+)( .*)?$/\1/p' <<<"$1"
}

# Print the argument of OPTION, such as FILE; nothing if it takes none, or there is no such option.
_preforkd_argument() { # HELP OPTION
  local line
  while IFS= read -r line; do
    [[ $line != "$2 "* ]] || echo "${line#* }"
  done < <(_preforkd_options "$1")
}

# Read the words before the one to complete: set file (of -c), command, and open, the option that the word
# to complete is the argument of. Bash cuts `-o KEY=VALUE` in four.
_preforkd_look_back() { # HELP
  local word i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ $open ]]; then
      [[ $open != -c ]] || file=$word
      open=''
    elif [[ $word == = ]]; then
      open=-o
    elif [[ $word != -* ]]; then
      [[ $command ]] || command=$word
    elif [[ $(_preforkd_argument "$1" "$word") ]]; then
      open=$word
    fi
  done
}

_preforkd_offer() { # WORD...
  local word
  for word; do
    [[ $word != "$current"* ]] || COMPREPLY+=("$word")
  done
}

_preforkd_offer_files() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen -f -- "$current")
}

_preforkd_offer_pools() { # FILE
  local pools
  mapfile -t pools < <(sed -nE 's/^[[:blank:]]*\[pool[[:blank:]]+([^] ]+).*/\1/p' "$1" 2>/dev/null)
  _preforkd_offer "${pools[@]}"
}

# Print every key, by -T of a pool that has it.
_preforkd_keys() { # PREFORKD
  local pool
  for pool in 'mode=unix path=/' 'mode=inet port=1 service=program command=/proc/self/exe' \
    'mode=unix path=/ service=program command=/proc/self/exe start=resident'; do
    tr ' ' '\n' <<<"$pool" | "$1" -T -c /dev/stdin 2>/dev/null
  done | sed -nE 's/^([a-z_]+) = .*/\1/p' | sort -u
}

# Offer `KEY=`, in front of which `POOL.` may stand.
_preforkd_offer_keys() { # PROGRAM
  local keys
  [[ $current != = && ${COMP_WORDS[COMP_CWORD - 1]} != = ]] || return
  compopt -o nospace 2>/dev/null
  mapfile -t keys < <(_preforkd_keys "${1/%preforkctl/preforkd}")
  keys=("${keys[@]/#/${current%"${current##*.}"}}")
  _preforkd_offer "${keys[@]/%/=}"
}

_preforkd_offer_operands() { # PROGRAM HELP
  local words
  if [[ ${COMP_WORDS[COMP_CWORD]} == : || ${COMP_WORDS[COMP_CWORD - 1]} == : || " ${COMP_WORDS[*]} " == *' --compare '* ]]; then
    _preforkd_offer_files # behind `unix:`
  elif [[ $1 == *preforkctl && $command == @(scale|sources) ]]; then
    _preforkd_offer_pools "$file"
  elif [[ $1 == *preforkctl && ! $command ]]; then
    mapfile -t words < <(_preforkd_commands "$2")
    _preforkd_offer "${words[@]}"
  elif [[ $1 != *preforkctl && $1 != *preforkd && ! $command && ! $file ]]; then
    compopt -o nospace 2>/dev/null
    _preforkd_offer unix: inet:
  fi
}

_preforkd() { # PROGRAM
  local current=${COMP_WORDS[COMP_CWORD]} open='' file='' command='' program=$1 help words
  [[ $program != \~/* ]] || program=$HOME/${program#\~/}
  help=$("$program" -h 2>/dev/null </dev/null)
  COMPREPLY=()
  [[ $current != : ]] || current=''
  _preforkd_look_back "$help"
  case ${open:+$(_preforkd_argument "$help" "$open")} in
  FILE* | SOCKET*) _preforkd_offer_files ;;
  KEY=*) _preforkd_offer_keys "$program" ;;
  POOL*) _preforkd_offer_pools "$file" ;;
  ?*) ;; # a number, or a word of one's own
  *)
    if [[ $current == -* ]]; then
      mapfile -t words < <(_preforkd_options "$help")
      _preforkd_offer "${words[@]%% *}"
    else
      _preforkd_offer_operands "$program" "$help"
    fi
    ;;
  esac
}

complete -F _preforkd preforkd preforkcall preforkload preforkctl
