# A phone made of stock tools (udhcpc, dig, curl, openssl) in the network of netlab.sh: it shares nothing with the program
# that is to be tested. Sourced.
# shellcheck disable=SC2154 # lab is set by netlab.sh, phone_options and transport by site.sh

# Everything that a phone does from its plug to its dial tone, in that order, as far as it comes. The last stage that was
# tried is left in $reached, "registered" when all went well. What the tools say is in $lab/phone.log, the
# secrets of its TLS sessions in $lab/keys.
journey() {
    reached=dhcp
    rm -f "$lab/keys"
    {
        phone_dhcp || return
        if [ -n "$foreign" ]; then
            phone_tftp "$foreign"
            return
        fi
        reached=activation-dns
        phone_resolve A activate.example.com || return
        reached=activation
        phone_fetch activate.example.com "${found[-1]}" \
            "/software/edos/callhome/rc?id=00005e005321:FCH27010ABC:CP-8865-3PCC&sw=sip8845_65.12-0-3MPP0001&orig=orig_mpp&authstatus=none" || return
        reached=provisioning-dns
        phone_resolve A config.example.net || return
        reached=provisioning
        phone_fetch config.example.net "${found[-1]}" / || return
        reached=srv
        phone_targets || return
        reached=connect
        phone_connect
    } >"$lab/phone.log" 2>&1
}

# A lease, as the phone asks for one; what it takes from it is set: resolvers, foreign (where its configuration is to be
# fetched from). udhcpc starts a program that gets the lease in its environment.
phone_dhcp() {
    cat >"$lab/on-lease" <<'END'
#!/bin/sh
[ "$1" = bound ] || exit 0
ip address replace "$ip/$mask" dev "$interface"
ip route replace default via "$router"
env >"$LEASE"
END
    chmod +x "$lab/on-lease"
    rm -f "$lab/lease"
    LEASE=$lab/lease on phone udhcpc -i eth0 -f -q -n -t 3 -T 1 -s "$lab/on-lease" -V CP-8865-3PCC -x hostname:SEP00005E005321 \
        -O 66 -O 150 -O 159 -O 160 -O 125 -O 43 -O 42 || return
    local value
    resolvers=()
    for value in $(lease_value dns); do
        resolvers+=("$value")
    done
    printf 'nameserver %s\n' "${resolvers[@]}" >"$lab/resolv.conf"
    foreign=$(lease_value tftp)
    # udhcpc gives an option that it does not know in hexadecimal digits.
    value=$(lease_value opt150)
    [ -z "$value" ] || foreign=$(printf '%d.%d.%d.%d' "0x${value:0:2}" "0x${value:2:2}" "0x${value:4:2}" "0x${value:6:2}")
    value=$(lease_value opt160)
    # shellcheck disable=SC2001 # a pattern of two digits
    [ -z "$value" ] || foreign=$(printf '%b' "$(sed 's/../\\x&/g' <<<"$value")")
    return 0
}

lease_value() {
    sed -n "s/^$1=//p" "$lab/lease"
}

phone_tftp() { # phone_tftp ADDRESS-OR-URL
    local url=$1
    [[ $url == *://* ]] || url=tftp://$url/8865-3PCC.xml
    on phone curl -sS --max-time 4 "$url"
}

# Asks the resolvers of the lease in turn, each twice; the addresses or records of the first that answers are in $found. It is
# the first to be asked from then on.
phone_resolve() { # phone_resolve TYPE NAME
    local resolver
    # shellcheck disable=SC2068 # an empty word is none
    for resolver in ${resolvers[@]}; do
        on phone dig +tries=2 +time=1 "@$resolver" "$2" "$1" >"$lab/answer"
        grep -q 'status: ' "$lab/answer" || continue
        cat "$lab/answer"
        # Another resolver may know what this one refuses to tell.
        grep -q 'status: \(REFUSED\|SERVFAIL\)' "$lab/answer" && continue
        mapfile -t found < <(awk -v type="$1" '/^;/ {next} $4 == type {$1 = $2 = $3 = $4 = ""; print substr($0, 5)}' "$lab/answer")
        resolvers=("$resolver" "${resolvers[@]/$resolver/}")
        [ ${#found[@]} -gt 0 ]
        return
    done
    return 1
}

phone_fetch() { # phone_fetch HOST ADDRESS PATH
    SSLKEYLOGFILE=$lab/keys on phone curl -sS --fail --http1.1 --max-time 5 --tls-max 1.2 --cacert "$lab/known.pem" --resolve "$1:443:$2" \
        -A "Cisco-CP-8865-3PCC/12.0.3 (00005e005321)" "https://$1:443$3"
}

# The outbound proxy: SRV, then A of each target; AAAA is asked and not used. $targets: "HOST ADDRESS PORT" in order.
phone_targets() {
    local record records
    targets=()
    local service=_sips
    [ "$transport" = tls ] || service=_sip
    phone_resolve SRV "$service._tcp.sip.example.net" || return
    mapfile -t records < <(printf '%s\n' "${found[@]}" | sort -n)
    for record in "${records[@]}"; do
        read -r _ _ port host <<<"$record"
        phone_resolve AAAA "${host%.}"
        phone_resolve A "${host%.}" && targets+=("${host%.} ${found[0]} $port")
    done
    [ ${#targets[@]} -gt 0 ]
}

phone_connect() {
    local target
    for target in "${targets[@]}"; do
        # shellcheck disable=SC2086 # three words
        phone_register $target && return
        # Another edge would say the same of the account.
        [ "$reached" = connect ] || return
    done
    return 1
}

# One connection to an edge: REGISTER, 401, REGISTER with the digest, 200.
phone_register() { # phone_register HOST ADDRESS PORT
    local in out realm nonce response
    local client=(openssl s_client -quiet -no_ign_eof -nocommands -tls1_2 -connect "$2:$3" -servername "$1" -verify_hostname "$1" -CAfile "$lab/known.pem"
        -verify_return_error -keylogfile "$lab/keys" "${phone_options[@]}")
    [ "$transport" = tls ] || client=(socat - "TCP:$2:$3")
    coproc EDGE {
        exec ip netns exec phone timeout 2.3 "${client[@]}" 2>&1
    }
    local pid=$EDGE_PID
    exec {in}<&"${EDGE[0]}"- {out}>&"${EDGE[1]}"-
    phone_send_register 1 >&"$out"
    phone_answer
    if [ "$status" = 401 ]; then
        reached=register
        realm=$(sed -n 's/^WWW-Authenticate:.*realm="\([^"]*\)".*/\1/p' <<<"$answer")
        nonce=$(sed -n 's/^WWW-Authenticate:.*nonce="\([^"]*\)".*/\1/p' <<<"$answer")
        response=$(md5 "$(md5 "15550100:$realm:secret-of-15550100"):$nonce:00000001:1a2b3c4d:auth:$(md5 REGISTER:sip:sip.example.net)")
        phone_send_register 2 "Authorization: Digest username=\"15550100\",realm=\"$realm\",nonce=\"$nonce\",uri=\"sip:sip.example.net\",\
algorithm=MD5,response=\"$response\",qop=auth,cnonce=\"1a2b3c4d\",nc=00000001" >&"$out"
        phone_answer
    fi
    [ "$status" != 200 ] || reached=registered
    exec {out}>&-
    wait "$pid"
    exec {in}<&-
    [ "$reached" = registered ]
}

md5() {
    printf %s "$1" | md5sum | cut -d ' ' -f 1
}

phone_send_register() { # phone_send_register NUMBER [HEADER]
    printf '%s\r\n' "REGISTER sip:sip.example.net SIP/2.0" \
        "Via: SIP/2.0/${transport^^} 192.0.2.100:5072;branch=z9hG4bK-1a2b3c4d-$1" \
        'From: "15550100" <sip:15550100@sip.example.net>;tag=61b07ae29f4430d1o0' \
        'To: "15550100" <sip:15550100@sip.example.net>' \
        "Call-ID: 5f3c2a1b-9d8e7f60@192.0.2.100" "CSeq: $((4710 + $1)) REGISTER" "Max-Forwards: 70" ${2:+"$2"} \
        'Contact: "15550100" <sip:15550100@192.0.2.100:5072;transport='"$transport"'>;expires=3600' \
        "User-Agent: Cisco-CP-8865-3PCC/12.0.3_00005e005321" "Content-Length: 0" ""
}

# Reads from $in to the end of a head: $answer, and its $status, empty when something else or nothing came.
phone_answer() {
    local line
    answer="" status=""
    while read -rt 3 -u "$in" line; do
        line=${line%$'\r'}
        [[ -n $line || -z $status ]] || break
        [[ -n $status || ! $line =~ ^SIP/2.0\ ([0-9]{3}) ]] || status=${BASH_REMATCH[1]}
        answer+=$line$'\n'
    done
    printf '%s\n' "$answer"
}
