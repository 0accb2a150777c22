# A network of hosts for tests, sourced by bash: phone -- site -- service, each a network namespace. All of it
# lives in mount, process and network namespaces of the test's own, so it touches nothing of the machine, needs no
# names of its own, and is gone with its last process, however the test ends.
#
#     phone    192.0.2.100 by DHCP, MAC 00:00:5e:00:53:21, on eth0
#     site     192.0.2.1 router; 192.0.2.53 and .54 resolvers; 198.51.100.1 toward the service
#     rival    192.0.2.254, in the phone's network
#     service  198.51.100.10 activation, .20 provisioning, .31 and .32 SIP edges; 203.0.113.20 somebody else's server

# Runs the test again, in namespaces of its own: netlab_enter "$@"; exit code 77 where that is not possible.
netlab_enter() {
    [ "${NETLAB:-}" != inside ] || return 0
    local inside=(unshare --net --mount --propagation private --pid --fork --kill-child --mount-proc)
    PATH=$PATH:/usr/sbin:/sbin
    netlab_need unshare ip
    if [ "$(id -u)" != 0 ]; then
        netlab_skip "network namespaces need root"
    fi
    "${inside[@]}" true 2>/dev/null || netlab_skip "no namespaces can be made here"
    NETLAB=inside exec timeout --foreground -k 5 "${NETLAB_SECONDS:-240}" "${inside[@]}" "$0" "$@"
}

netlab_skip() {
    echo "skipped: $*"
    exit 77
}

netlab_need() { # netlab_need TOOL...
    local tool
    for tool in "$@"; do
        command -v "$tool" >/dev/null || netlab_skip "no $tool here"
    done
}

# The hosts and what connects them; files of the lab are in $lab.
netlab_up() {
    lab=${TMPDIR:?}/lab
    declare -gA server=()
    declare -ga captures=()
    mkdir -p "$lab"
    # What programs leave in /run stays with us.
    mount -t tmpfs tmpfs /run && mkdir -p /run/netns || return
    local host
    for host in phone site rival service; do
        ip netns add "$host" &&
            on "$host" sh -c 'echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
                echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6' &&
            on "$host" ip link set lo up || return
    done
    ip link add eth0 netns phone address 00:00:5e:00:53:21 type veth peer name port1 netns site &&
        ip link add eth0 netns rival type veth peer name port2 netns site &&
        ip link add wan netns site type veth peer name eth0 netns service || return
    on site ip -batch - <<END || return
link add lan address 00:00:5e:00:53:01 type bridge
link set port1 master lan up
link set port2 master lan up
link set lan up
link set wan up
address add 192.0.2.1/24 dev lan
address add 192.0.2.53/24 dev lan
address add 192.0.2.54/24 dev lan
address add 198.51.100.1/24 dev wan
route add 203.0.113.0/24 via 198.51.100.20
END
    on site sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward' || return
    on service ip -batch - <<END || return
link set eth0 up
address add 198.51.100.10/24 dev eth0
address add 198.51.100.20/24 dev eth0
address add 198.51.100.31/24 dev eth0
address add 198.51.100.32/24 dev eth0
address add 203.0.113.20/32 dev eth0
route add default via 198.51.100.1
END
    on phone ip link set eth0 up && on rival ip link set eth0 up && on rival ip address add 192.0.2.254/24 dev eth0 || return
    # The phone's resolvers are those of its lease.
    : >"$lab/resolv.conf"
    mount --bind "$lab/resolv.conf" /etc/resolv.conf
}

on() { # on HOST COMMAND...: there, in the place of the shell when it is started in the background
    ip netns exec "$@"
}

# Runs COMMAND until it succeeds, SECONDS at most.
eventually() {
    local end=$((${EPOCHREALTIME/./} + $1 * 1000000))
    shift
    until "$@" 2>/dev/null; do
        [ "${EPOCHREALTIME/./}" -lt "$end" ] || return 1
        read -rt 0.02 <> <(:) || :
    done
}

# Starts a server and waits until it says that it is ready: start NAME HOST TEXT COMMAND...; its words are in $lab/NAME.log.
start() {
    local name=$1 host=$2 text=$3
    shift 3
    ip netns exec "$host" "$@" </dev/null >"$lab/$name.log" 2>&1 &
    server[$name]=$!
    eventually 10 grep -qF -- "$text" "$lab/$name.log" && return
    echo "$name did not start: $(tail -n 3 "$lab/$name.log")"
    return 1
}

stop() { # stop NAME...
    local name
    for name in "$@"; do
        [ -n "${server[$name]:-}" ] || continue
        kill "${server[$name]}" 2>/dev/null
        wait "${server[$name]}" 2>/dev/null
        unset "server[$name]"
    done
}

# All servers and all filters go; the hosts stay.
netlab_reset() {
    stop "${!server[@]}"
    on site nft flush ruleset
    on phone ip address flush dev eth0
}

# What passes the phone's port, from now until capture_end, goes into $lab/NAME.pcap: capture NAME [OPTION OF TCPDUMP...]
capture() {
    start "$1.pcap" phone "listening on" tcpdump -i eth0 -n -U --immediate-mode -Z root -w "$lab/$1.pcap" "${@:2}" &&
        captures+=("$1.pcap")
}

# All that was sent is in the captures once a datagram to everybody, sent after it, is.
capture_end() {
    local name mark="the capture ends here"
    on phone bash -c "echo '$mark' >/dev/udp/224.0.0.1/9"
    for name in "${captures[@]}"; do
        eventually 5 grep -qaF "$mark" "$lab/$name"
        kill -INT "${server[$name]}" && wait "${server[$name]}"
        unset "server[$name]"
    done
    captures=()
}

filter() { # filter RULE: one rule more for what the site passes on or takes itself, in the words of nft
    on site nft -f - <<END
add table ip site
add chain ip site forward { type filter hook forward priority 0; }
add chain ip site input { type filter hook input priority 0; }
add rule ip site $1
END
}
