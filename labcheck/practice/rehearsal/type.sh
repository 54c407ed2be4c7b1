# Types one command of a document as one of its users would: in the directory, and with the variables, that the
# commands before it have left. Its SESSION tells one shell from another.
labcheck_folder=/run/labcheck-rehearsal
labcheck_state=$labcheck_folder/state.$1
labcheck_before=$(compgen -v | sort)
labcheck_keep() {
    {
        printf 'cd -- %q 2> /dev/null\n' "$PWD"
        for labcheck_name in $(comm -13 <(printf '%s\n' "$labcheck_before") <(compgen -v | sort)); do
            case $labcheck_name in
                labcheck_* | BASH* | FUNCNAME | PIPESTATUS | _) ;;
                *) declare -p "$labcheck_name" ;;
            esac
        done
    } > "$labcheck_state" 2> /dev/null
}
. "$labcheck_state"
trap labcheck_keep EXIT
eval "$(< $labcheck_folder/command)" < $labcheck_folder/given
