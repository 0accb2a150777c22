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
    printf 'edge {\n    arrivals = 0\n    %s\n}\n' "${edge_more:-}" >edge.conf # all phones of a load come from one address
    "$DIALTONE" serve --config edge.conf --edge-only --accounts accounts.csv --domain example.com --state state \
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

# -- a mixed load

soak_accounts=8000

# soak_load NAME VIA FIRST USERS OPTION...: phones that behave; $soak_least of them must be served.
declare -a soak_good=()
soak_load() {
    local name=$1 via=$2 first=$3 users=$4
    shift 4
    soak_good+=("$name")
    # shellcheck disable=SC2046 # words
    edge_load "$name" $(to "$via") first="$first" users="$users" time="$soak_seconds" "$@"
}

# soak_tool NAME OPTION...: one of test/tools in the background.
soak_tool() {
    local name=$1
    shift
    "$SRC/test/tools/$name" "$@" >"$name.out" 2>&1 &
    load[$name]=$!
}

soak_begin() {
    soak_good=()
    soak_load refreshes udp 0 2000 rate="$((soak_rate * 4))"
    soak_load leaves udp 0 2000 rate="$soak_rate" expires=0
    soak_load tcp tcp 2000 500 lines=100 rate="$soak_rate"
    soak_load tcp-each tcp 2500 500 each=1 lines=200 rate="$((soak_rate / 2))"
    soak_load tls tls 3000 500 lines=50 rate="$soak_rate"
    soak_load tls-each tls 3500 500 each=1 lines=100 rate="$((soak_rate / 4))" tls=1.3
    soak_load tls-resumed tls 4000 500 each=1 lines=100 rate="$((soak_rate / 4))" tls=1.2 resume=1
    # shellcheck disable=SC2046 # words
    edge_load wrong $(to udp) first=5000 users=500 rate="$soak_rate" time="$soak_seconds" wrong=30 broken=30 sources=3 give_up=3
    soak_tool sip-calls "${port[udp]}" "$soak_seconds" 10006000 secret-of-10006000 10006001 secret-of-10006001
    soak_tool sip-mischief "${port[udp]}" "${port[tcp]}" "${port[tls]}" "$soak_seconds" "$RANDOM"
}

# Looks at the server's memory (KiB) every two seconds and reads its accounts and certificates anew now and then.
soak_watch() {
    local end=$((SECONDS + soak_seconds)) turn=0
    : >rss
    while [ "$SECONDS" -lt "$end" ] && kill -0 "$edge" 2>/dev/null; do
        edge_rest 2
        awk '/^VmRSS/ {print $2}' "/proc/$edge/status" >>rss
        turn=$((turn + 1))
        [ $((turn % 10)) != 0 ] || kill -HUP "$edge"
    done
}

soak_end() {
    local name word
    for name in "${!load[@]}"; do
        wait "${load[$name]}" || [ "$name" != sip-calls ] || [ "$soak_least" = 0 ] ||
            fault "$name: $(tail -n 3 "$name.out")"
        unset "load[$name]"
    done
    for name in "${soak_good[@]}"; do
        word=$(jq -r --argjson least "$soak_least" 'if .done >= .begun * $least and .done > 0 then "" else "\(.done) of \(.begun) done: \(.)" end' "$name.json") ||
            word="no result: $(head -n 2 "$name.err")"
        [ -z "$word" ] || fault "$name: $word"
    done
    jq -rs 'map(.done) | add | "\(.) registrations and removals"' "${soak_good[@]/%/.json}"
    cat sip-calls.out sip-mischief.out
}

# What the sanitizers report.
soak_reports() {
    if grep -E 'ERROR: (Address|Leak)Sanitizer|runtime error:|WARNING: ThreadSanitizer' edge.err >reports; then
        fault "$(sort reports | uniq -c | head -n 5)"
        grep -m 1 -A 40 -E 'Sanitizer|runtime error:' edge.err >&2
    fi
}

# The memory of the last quarter is that of the third, within 5 % and 4 MiB.
soak_flat() {
    awk '{v[NR] = $1} END {
        for (i = int(NR / 2) + 1; i <= NR; i++) {
            q = i > NR * 3 / 4
            if (v[i] > most[q]) most[q] = v[i]
        }
        printf "memory at most: third quarter %d KiB, last %d KiB\n", most[0], most[1]
        exit NR < 8 || most[1] > most[0] * 1.05 + 4096
    }' rss || fault "memory grows"
}

# soak SECONDS RATE LEAST OPTION...: a server under the mixed load; it ends in order.
soak() {
    soak_seconds=$1 soak_rate=$2 soak_least=$3
    shift 3
    : >edge.err
    rm -rf state
    [ -s accounts.csv ] || edge_make "$soak_accounts"
    edge_start "$@"
    soak_begin
    soak_watch
    soak_end
    edge_stop TERM 0
    soak_reports
}
