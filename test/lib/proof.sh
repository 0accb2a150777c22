# A condition in the network of netlab.sh, proved: made with real servers, gone through by a phone of stock tools, seen by
# tshark in what was captured, and named by dialtone. Sourced.
#
# SRC, TMPDIR and DIALTONE are those of the tests.
. "$SRC/test/lib/netlab.sh"
. "$SRC/test/lib/site.sh"
. "$SRC/test/lib/phone.sh"
faults=0

fault() {
    echo "$*"
    faults=$((faults + 1))
}

proof_begin() {
    netlab_need nft dnsmasq unbound nginx tcpdump tshark dig curl openssl udhcpc socat jq
    netlab_up || exit
    site_certificates || exit
    (umask 077 && echo "15550100 secret-of-15550100" >"$lab/secrets")
}

# prove CONDITION REACHED FILTER FINDING STAGE [LEVEL]: a phone comes as far as the stage REACHED, and tshark finds a frame
# that FILTER (a display filter) describes. dialtone names FINDING at STAGE from the capture of the phone, live from the
# phone's place, and from the capture of that. FINDING is "none" where all is well.
# With open=yes the secrets of the phone's sessions open the capture; ask=no: nothing is asked live; look=no: what is asked
# live is not what a phone does next, so its capture shows less; patience=SECONDS that a probe waits for one answer (1), for
# where its capture is to show that nothing came.
# The captures are $lab/CONDITION.pcap and $lab/CONDITION.probe.pcap.
prove() {
    local condition=$1 pcap=$lab/$1.pcap secrets=()
    site_up "$condition" && capture "$condition" || {
        fault "$condition: not made"
        netlab_reset
        return
    }
    journey
    capture_end
    [ "$reached" = "$2" ] || fault "$condition: the phone came to $reached, not to $2: $(tail -n 2 "$lab/phone.log")"
    [ -n "$(shown "$pcap" "$3")" ] || fault "$condition: tshark finds no frame $3"
    [ "${open:-}" != yes ] || secrets=(--keylog "$lab/keys")
    diagnosed "$pcap" "${secrets[@]}"
    names alone "$condition, capture" "${@:4}"
    [ "${ask:-}" = no ] || probed "$condition" "${@:4}"
    netlab_reset
}

diagnosed() { # diagnosed FILE [OPTION...]
    timeout 60 "$DIALTONE" diagnose -o json "${@:2}" "$1" >"$lab/report" 2>"$lab/err"
}

probed() { # probed CONDITION FINDING STAGE [LEVEL]: asked live, from the phone's place
    capture "$1.probe"
    on phone timeout 60 "$DIALTONE" probe all -o json --service "$lab/service.conf" --timeout "${patience:-1}" --as CP-8865-3PCC \
        --mac 00:00:5e:00:53:21 --interface eth0 --ca "$lab/known.pem" --user 15550100 --secret-file "$lab/secrets" \
        >"$lab/report" 2>"$lab/err"
    capture_end
    names first "$1, probe" "${@:2}"
    [ "${look:-}" != no ] || return 0
    diagnosed "$lab/$1.probe.pcap"
    names somehow "$1, capture of the probe" "${@:2}"
}

# What $lab/report names: names alone|first|somehow WHAT FINDING STAGE [LEVEL]. A phone goes no further, so there is no other
# error. A probe asks the rest as well: what it names first is at the stage where a phone would stop. Its capture looks like
# a phone that got past the fault.
names() {
    # shellcheck disable=SC2016 # jq's own variables
    jq -e --arg finding "$3" --arg stage "$4" --arg level "${5:-error}" --arg how "$1" '[.phones[].findings[]] as $all |
        ([$all[] | select(.level == "error") | "\(.id) \(.stage)"]) as $errors |
        [$all[] | select(.id == $finding and .stage == $stage)] as $named |
        if (.phones | length) != 1 then false
        elif $finding == "none" then $errors == []
        elif $how == "somehow" then $named | any(.level != "info")
        elif $level != "error" then $errors == [] and ($named | any(.level == $level))
        elif $how == "first" then $errors[0] == "\($finding) \($stage)"
        else ($errors | unique) == ["\($finding) \($stage)"] end' "$lab/report" >/dev/null 2>&1 && return
    fault "$2: not $3 at $4 (${5:-error}) but $(jq -r '[.phones[].findings[] | "\(.level) \(.id) \(.stage)"] | join(", ")' \
        "$lab/report" 2>&1) $(head -n 2 "$lab/err")"
}

# The numbers of the frames of a capture that a display filter describes, also within TLS.
shown() { # shown FILE FILTER
    touch "$lab/keys"
    tshark -n -r "$1" -Y "$2" -o "tls.keylog_file:$lab/keys" -d tls.port==8934,sip -T fields -e frame.number 2>"$lab/err"
}
