# shellcheck shell=bash
# completion: what bash offers on TAB behind preforkd, preforkcall, preforkload and preforkctl.
#
# What a program can tell is not listed here again: its options, and preforkctl's commands, are those
# of its own -h, and the word behind an option there says what its argument is.

# The options in HELP, each as `-c FILE` or `--size N`, or alone where it takes nothing.
_preforkd_options() { # HELP
  sed -nE '/^ +-/ { s/^ +//; s/  .*//; p; }' <<<"$1"
}

# The commands in HELP: lines that begin with one, two blanks from the edge.
_preforkd_commands() { # HELP
  sed -nE 's/^  ([a-z]+)( .*)?$/\1/p' <<<"$1"
}

# What OPTION takes, such as FILE: empty where that is nothing, or there is no such option.
_preforkd_argument() { # HELP OPTION
  local line
  while IFS= read -r line; do
    [[ $line != "$2 "* ]] || echo "${line#* }"
  done < <(_preforkd_options "$1")
}

# The words before the one to complete: the FILE of -c, the COMMAND, and OPEN, the option whose
# argument is to follow.
_preforkd_look_back() { # HELP
  local word i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ $open ]]; then
      [[ $open != -c ]] || file=$word
      open=''
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

_preforkd_offer_operands() { # PROGRAM HELP
  local words
  if [[ ${COMP_WORDS[COMP_CWORD]} == : || ${COMP_WORDS[COMP_CWORD - 1]} == : || " ${COMP_WORDS[*]} " == *' --compare '* ]]; then
    _preforkd_offer_files # behind `unix:`
  elif [[ $1 == *preforkctl && $command == scale ]]; then
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
