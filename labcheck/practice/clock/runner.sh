# Runs jobs on a host as cron would, and says how each ended. Fed line by line by labcheck, over one connection.
# When that goes away, every job that still runs is ended and the host is as it was before.
set -u
folder=$(mktemp -d /run/labcheck-clock.XXXXXX)
sharing=/etc/ssh/ssh_config.d/00-labcheck-clock.conf
cron=/etc/s6/cron
cron_was_up=$(s6-svstat -o up "$cron")
chmod 755 "$folder"
has_run=                # a job, since what was written was given its times
declare -A backups=()   # the manifest of each backup that was there then

forget_clocks() { # what each program with a turned clock leaves behind, in a small place
    find /dev/shm -name '*faketime_*' -delete
}

finish() {
    kill $(jobs -p) 2> /dev/null
    for file in "$folder"/*.pid; do
        [ ! -e "$file" ] || kill -TERM -- "-$(< "$file")" 2> /dev/null
    done
    forget_clocks
    rm -f "$sharing"
    for socket in "$folder"/ssh/*; do
        [ ! -S "$socket" ] || ssh -o ControlPath="$socket" -O exit - 2> /dev/null
    done
    rm -rf "$folder"
    if [ "$cron_was_up" = true ]; then s6-svc -u "$cron"; fi
}
trap finish EXIT
trap 'exit 1' HUP INT TERM PIPE

take_over() { # cron itself must not start anything meanwhile
    s6-svc -wd -T 5000 -d "$cron"
}

share_connections() { # one connection a user and target, instead of a new sign-in for each file that is sent
    mkdir -m 1777 "$folder/ssh"
    printf 'Host *\n    ControlMaster auto\n    ControlPath %s/ssh/%%C\n    ControlPersist 60\n' "$folder" > "$sharing"
}

start() { # ID INPUT-in-base64 WORDS…
    local id=$1 input=$2
    shift 2
    has_run=yes
    if [ "$input" ]; then base64 -d <<< "$input" > "$folder/$id.in"; else : > "$folder/$id.in"; fi
    {
        began=$EPOCHREALTIME
        setsid "$@" < "$folder/$id.in" > "$folder/$id.out" 2>&1 &
        echo $! > "$folder/$id.pid"
        wait $!
        status=$?
        ended=$EPOCHREALTIME
        size=0
        if [ -s "$folder/$id.out" ]; then
            size=$(stat -c %s "$folder/$id.out")
            head -c "$OUTPUT_LIMIT" "$folder/$id.out" | base64 -w 3000 | sed -u "s/^/output $id /"
        fi
        rm -f "$folder/$id".*
        echo "ended $id $status $began $ended $size"
    } &
}

list() { # SINCE FOLDERS…: what was written since then, and the manifest of each backup that is there
    local since=$1
    shift
    find "$@" -xdev \( -newerct "@$since" -printf '%T@ %C@ %y %s %p\0' \) , \
        \( -name 'duplicity-*.manifest*' -printf '- - - - %p\0' \) 2> /dev/null
}

settle() { # SINCE OFFSET FOLDERS…: what was written since then gets the time that it was by the simulated clock
    local since=$1 offset=$2 written changed kind size path
    local -A now=()
    while IFS=' ' read -r -d '' written changed kind size path; do
        if [ "$kind" = - ]; then
            now[$path]=yes
            continue
        fi
        if [ "${written%.*}" -ge "${since%.*}" ]; then # else it was given a time of its own, as rsync -t does
            touch --no-dereference --date="@$((${written%.*} + offset)).${written#*.}" -- "$path"
        fi
        [ "$kind" = d ] ||
            printf 'changed %s %s %s\n' "$((${changed%.*} + offset)).${changed#*.}" "$size" "${path//[[:cntrl:]]/?}"
    done < <(list "$since" "${@:3}")
    for path in "${!backups[@]}"; do
        [ "${now[$path]-}" ] || printf 'gone %s 0 %s\n' "$((EPOCHSECONDS + offset))" "${path//[[:cntrl:]]/?}"
    done
    backups=()
    for path in "${!now[@]}"; do backups[$path]=yes; done
    [ -z "$has_run" ] || forget_clocks
    has_run=
    echo settled
}

age() { # SECONDS FOLDERS…: what lies there becomes so much older
    local seconds=$1 stamp path
    shift
    while IFS=' ' read -r -d '' stamp path; do
        touch --no-dereference --date="@$((${stamp%.*} - seconds)).${stamp#*.}" -- "$path"
        [[ $path != */duplicity-*.manifest* ]] || backups[$path]=yes
    done < <(find "$@" -xdev -depth -printf '%T@ %p\0' 2> /dev/null)
    echo settled
}

while IFS= read -r line; do eval "$line"; done
