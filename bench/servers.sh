# Sourced by what measures the SIP edge: accounts, certificates, and both servers with one worker each, pinned to the first core; the
# load has the second one, where there is one. Wants $DIALTONE, $TOOLS, $TMPDIR, $SRC.
# shellcheck shell=bash
made=${TMPDIR:?}
export LC_ALL=C
cores=$(nproc)
server_core=(taskset -c 0)
load_core=(taskset -c $((cores > 1 ? 1 : 0)))
declare -A pid pids address

# Ends every server that was started, and waits for it.
servers_end() {
    local name
    for name in "${!pid[@]}"; do
        server_end "$name"
    done
}
server_end() {
    kill "${pid[$1]}" 2>/dev/null || :
    wait "${pid[$1]}" 2>/dev/null || :
    unset "pid[$1]"
}
trap servers_end EXIT

# accounts NAME N: $made/NAME.csv for dialtone and, where N is small, $made/NAME.db for Kamailio
accounts() {
    "$TOOLS/sipload" list users="$2" >"$made/$1.users"
    (
        umask 077
        awk 'BEGIN {print "user,ha1"} {print $1 "," $3}' "$made/$1.users" >"$made/$1.csv"
    )
    mkdir "$made/$1.db"
    printf 'table_name(string) table_version(int)\nha1:2\n' >"$made/$1.db/version"
    awk 'BEGIN {print "id(int,auto) key_name(string) key_type(int) value_type(int) key_value(string) expires(int)"}
        {print NR ":" $1 ":0:0:" $3 ":0"}' "$made/$1.users" >"$made/$1.db/ha1"
}

certificate() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=example.com \
        -keyout "$made/key.pem" -out "$made/cert.pem" 2>"$made/openssl.err"
}

# A port that nobody has, for UDP and TCP.
free_port() {
    local port
    while port=$((20000 + RANDOM % 10000)) && [ -n "$(ss -Hanut "sport = :$port")" ]; do :; done
    echo "$port"
}

# answers NAME VIA: whether one phone can register there, within ten seconds
answers() {
    local end=$((${EPOCHREALTIME/./} + 10000000))
    until "$TOOLS/sipload" to="${address[$1]}" via="$2" users=1 count=1 give_up=0.3 >"$made/probe.out" 2>&1 &&
        grep -q '"done":1,' "$made/probe.out"; do
        if [ "${EPOCHREALTIME/./}" -gt "$end" ] || ! kill -0 "${pid[$1]}" 2>/dev/null; then
            echo "$1 does not answer over $2:" >&2
            tail -n 5 "$made/$1.log" >&2
            exit 1
        fi
        read -rt 0.05 <> <(:) || :
    done
}

# family PID: it and all that it started, with commas
family() {
    local all=$1 last="" next
    while [ "$all" != "$last" ]; do
        last=$all
        next=$(pgrep -d, -P "$all" || :)
        all=$(printf '%s,%s' "$1" "$next" | sed 's/,$//')
    done
    echo "$all"
}

# kamailio_start NAME VIA ACCOUNTS: one that speaks only VIA, as good as it can be
kamailio_start() {
    local name=$1 via=$2 tls=no module="" no_tcp=no
    address[$name]=127.0.0.1:$(free_port)
    if [ "$via" = tls ]; then
        tls=yes
        module="loadmodule \"tls.so\"\\nmodparam(\"tls\", \"config\", \"$made/tls.cfg\")"
        printf '[server:default]\nmethod = TLSv1.2+\nprivate_key = %s\ncertificate = %s\nverify_certificate = no\nrequire_certificate = no\n' \
            "$made/key.pem" "$made/cert.pem" >"$made/tls.cfg"
    fi
    [ "$via" != udp ] || no_tcp=yes
    sed -e "s|@NO_TCP@|$no_tcp|; s|@TLS@|$tls|; s|@TLS_MODULE@|$module|; s|@LISTEN@|$via:${address[$name]}|" \
        -e "s|@MODULES@|$(dirname "$(find /usr/lib -name usrloc.so -path '*kamailio*' | head -n 1)")/|" \
        -e "s|@ACCOUNTS@|$made/$3.db|" bench/kamailio/edge.cfg >"$made/$name.cfg"
    "${server_core[@]}" kamailio -f "$made/$name.cfg" -DD -E -m 1024 -M 16 >"$made/$name.log" 2>&1 &
    pid[$name]=$!
    answers "$name" "$via"
    pids[$name]=$(family "${pid[$name]}")
}

# dialtone_start NAME VIA ACCOUNTS [OPTION...]: with its state (bindings and journal) in a folder of its own
dialtone_start() {
    local name=$1 via=$2 accounts=$3 option=()
    shift 3
    address[$name]=127.0.0.1:$(free_port)
    [ "$via" != tls ] || option+=(--cert "$made/cert.pem" --key "$made/key.pem")
    case " $* " in
    *" --no-state "*) ;;
    *) option+=(--state "$made/$name.state") ;;
    esac
    mkdir "$made/$name.state"
    # All phones of a load come from one address.
    printf 'edge {\n    arrivals = 0\n}\n' >"$made/edge.conf"
    "${server_core[@]}" "$DIALTONE" serve --config "$made/edge.conf" --edge-only --workers 1 --admin off --realm example.com --domain example.com \
        --accounts "$made/$accounts.csv" --listen "$via:${address[$name]}" "${option[@]}" "$@" >"$made/$name.log" 2>&1 &
    pid[$name]=$!
    answers "$name" "$via"
    pids[$name]=${pid[$name]}
}

# load NAME VIA OPTION=VALUE...: one line of JSON
load() {
    local name=$1 via=$2
    shift 2
    "${load_core[@]}" "$TOOLS/sipload" to="${address[$name]}" via="$via" watch="${pids[$name]}" "$@"
}
