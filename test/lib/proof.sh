# A condition in the network of netlab.sh, proved: made with real servers, gone through by a phone of stock tools, and seen
# by tshark in what was captured. Sourced.
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
}

# prove CONDITION REACHED FILTER: a phone comes as far as the stage REACHED, and tshark finds a frame that FILTER (a display
# filter) describes. The capture is $made/CONDITION.pcap.
prove() {
    local condition=$1 pcap=$lab/$1.pcap
    site_up "$condition" && capture "$condition" || {
        fault "$condition: not made"
        netlab_reset
        return
    }
    journey
    capture_end
    [ "$reached" = "$2" ] || fault "$condition: the phone came to $reached, not to $2: $(tail -n 2 "$lab/phone.log")"
    [ -n "$(shown "$pcap" "$3")" ] || fault "$condition: tshark finds no frame $3"
    netlab_reset
}

# The numbers of the frames of a capture that a display filter describes.
shown() { # shown FILE FILTER [OPTION...]
    tshark -n -r "$1" -Y "$2" "${@:3}" -T fields -e frame.number 2>"$lab/err"
}
