# A SIP edge under a load of phones, for tests and proofs. Sourced.
#
# DIALTONE, TOOLS and TMPDIR are those of the tests; everything is made below the present folder.
#   edge_make N          certificates, and accounts for N phones of sipload (the first is number 0)
#   edge_start OPTION... a server; its ports are in ${port[udp]}, tcp, tls and admin, its process in $edge
#   edge_stop SIGNAL CODE
#   edge_load NAME OPTION...   sipload in the background; what it says is in NAME.json, its process in ${load[NAME]}
#   edge_rest SECONDS    a while in which nothing is awaited: the moment of a crash is nobody's choice
faults=0
edge=0
declare -A port=() load=()

fault() {
    echo "$*"
    faults=$((faults + 1))
}

edge_end() {
    local pid
    for pid in "$edge" "${load[@]}"; do
        [ "$pid" = 0 ] || kill -KILL "$pid" 2>/dev/null
    done
}

edge_rest() {
    [ -p rest ] || mkfifo rest
    read -r -t "$1" <>rest
    return 0
}

edge_make() {
    "$DIALTONE" ca init lab >/dev/null || fault "no authority"
    "$DIALTONE" ca server lab sip.example.com example.com --ip 127.0.0.1 >/dev/null || fault "no certificate"
    (
        umask 077
        "$TOOLS/sipload" list users="$1" realm=example.com |
            awk 'BEGIN {print "user,ha1"} {print $1 "," $3}' >accounts.csv
    )
}

edge_start() {
    local word kind at
    rm -f ports
    mkfifo ports
    "$DIALTONE" serve --edge-only --accounts accounts.csv --domain example.com --state state \
        --cert lab/sip.example.com.crt --key lab/sip.example.com.key --admin 127.0.0.1:0 \
        --listen udp:127.0.0.1:0 --listen tcp:127.0.0.1:0 --listen tls:127.0.0.1:0 "$@" >ports 2>>edge.err &
    edge=$!
    exec 3<ports
    while read -r -t 120 word kind at <&3; do
        [ "$word" = listening ] || fault "an unknown line: $word"
        port[$kind]=${at##*:}
        [ "$kind" != admin ] || return 0
    done
    fault "the server does not start: $(tail -n 5 edge.err)"
    exit 1
}

edge_stop() {
    local code
    kill "-$1" "$edge"
    { wait "$edge"; } 2>/dev/null
    code=$?
    edge=0
    exec 3<&-
    [ "$code" = "$2" ] || fault "after SIG$1 the exit code is $code, not $2: $(tail -n 5 edge.err)"
}

# to VIA: where phones find the server.
to() {
    echo "to=127.0.0.1:${port[$1]} via=$1"
}

edge_load() {
    local name=$1
    shift
    "$TOOLS/sipload" "$@" >"$name.json" 2>"$name.err" &
    load[$name]=$!
}

# edge_load_stop NAME
edge_load_stop() {
    kill "${load[$1]}" 2>/dev/null
    { wait "${load[$1]}"; } 2>/dev/null
    unset "load[$1]"
}

# -- crashes

# Phones of each load: the first, and how many. There are more than register before the crash, so that each that is
# confirmed is a binding of its own. In odd rounds nothing is there at first. In even rounds others register, and
# those of `both` unregister.
declare -A crash_first=([udp]=0 [tcp]=40000 [tls]=50000 [both]=54000) crash_users=([udp]=20000 [tcp]=5000 [tls]=2000 [both]=6000)
crash_accounts=60000
crash_told=0

# crash_load NAME VIA EXPIRES LINES
crash_load() {
    local first=${crash_first[$1]}
    [ "$1" = both ] || first=$((first + (round % 2 ? 0 : ${crash_users[$1]})))
    : >"$1.round"
    # shellcheck disable=SC2046 # words
    edge_load "$1" $(to "$2") first="$first" users="${crash_users[$1]}" lines="$4" flight=20 time=60 expires="$3" \
        acked="$1.round"
}

# What was confirmed in this round is held, and what was in the one before, unless it was removed since.
crash_note() {
    crash_told=$((crash_told + $(wc -l <"$1.round")))
    touch "$1.held"
    if [ "$1" = both ] || [ $((round % 2)) = 1 ]; then
        : >"$1.held"
    fi
    awk 'NF == 3 && length($3) == 10' "$1.held" "$1.round" >held.new
    mv held.new "$1.held"
}

# crash_fetch NAME VIA LINES
crash_fetch() {
    [ -s "$1.held" ] || return 0
    # shellcheck disable=SC2046 # words
    "$TOOLS/sipload" $(to "$2") first="${crash_first[$1]}" users=$((2 * ${crash_users[$1]})) lines="$3" give_up=20 \
        fetch="$1.held" >fetch.json 2>fetch.err || fault "round $round, $1: $(head -n 3 fetch.err) $(cat fetch.json)"
}

# A round: phones register, the server is killed at any moment, and started again with another number of threads;
# everything that it had confirmed is there.
crash_round() {
    local name end=$((SECONDS + 60))
    crash_load udp udp 3600 4
    crash_load tcp tcp 3600 50
    crash_load tls tls 3600 10
    crash_load both udp $((round % 2 ? 3600 : 0)) 4
    until [ -s udp.round ] && [ -s tcp.round ] && [ -s tls.round ] && [ -s both.round ]; do
        [ "$SECONDS" -lt "$end" ] || {
            fault "round $round: nothing is confirmed: $(cat ./*.err)"
            break
        }
        edge_rest 0.02
    done
    edge_rest "0.$((RANDOM % 10))$((RANDOM % 10))"
    edge_stop KILL 137
    edge_rest 0.05
    for name in udp tcp tls both; do
        edge_load_stop "$name"
        crash_note "$name"
    done
    edge_start --workers $((1 + RANDOM % 3))
    crash_fetch udp udp 4
    crash_fetch tcp tcp 50
    crash_fetch tls tls 10
    crash_fetch both udp 4
}

# crash_rounds N
crash_rounds() {
    round=0
    edge_make "$crash_accounts"
    edge_start --workers 2
    while [ "$round" -lt "$1" ] && [ "$faults" = 0 ]; do
        round=$((round + 1))
        if [ $((round % 2)) = 1 ]; then
            edge_stop INT 130
            rm -rf state
            edge_start --workers $((1 + RANDOM % 3))
        fi
        crash_round
    done
    edge_stop INT 130
}
