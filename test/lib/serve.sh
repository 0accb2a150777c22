# `dialtone serve` as all of a phone's service in the network of netlab.sh, and the names that lead to it. Sourced.
# shellcheck disable=SC2154 # lab is set by netlab.sh

# Names by dnsmasq at $resolver (192.0.2.53): zone_names SERVICE DOMAIN PORT
zone_names() {
    start names site "started, version" dnsmasq --keep-in-foreground --conf-file=/dev/null --log-facility=- --pid-file= --user=root \
        --listen-address="${resolver:-192.0.2.53}" --bind-interfaces --no-resolv --no-hosts --local-ttl=300 --address=/activate.example.com/198.51.100.10 \
        --address=/config.example.net/198.51.100.20 --address=/edge01.example.net/198.51.100.31 --address=/sip.example.net/198.51.100.31 \
        --srv-host="$1.$2,edge01.example.net,$3,10,10"
}

# The whole service is this program: hub, activation, provisioning, edge over TLS.
serve() {
    "$DIALTONE" ca init "$lab/ca" >"$lab/ca.out" &&
        "$DIALTONE" ca server "$lab/ca" activate.example.com config.example.net edge01.example.net example.com >>"$lab/ca.out" &&
        "$DIALTONE" ca phone "$lab/ca" 00:00:5e:00:53:21 >>"$lab/ca.out" || return
    cat >"$lab/serve.pl" <<'END'
use strict;
use warnings;
use POSIX ();
use lib "$ENV{SRC}/test/lib";
use Hub;
my $ca = shift;
my $cert = "$ca/activate.example.com";
my $hub = Hub->start(listen => "tls:198.51.100.31:5061", config => join "\n", "cert = {\"$cert.crt\"}", "key = {\"$cert.key\"}", "provisioning {",
    "    listen = {\"https:198.51.100.10:443\", \"https:198.51.100.20:443\"}", "    url = \"https://config.example.net\"",
    "    activation_hosts = {\"activate.example.com\"}", "    phone_ca = {\"$ca/ca.crt\"}", "}", "");
$hub->set_up;
my $ada = $hub->expect(201, "POST", "/people", {name => "Ada Example"})->{body};
$hub->expect(201, "POST", "/devices", {mac => "00005E005321", model => "CP-8865-3PCC", owner => {kind => "person", id => $ada->{id}},
    number => "2001"});
$| = 1;
print "the service is up\n";
$SIG{TERM} = sub {$hub->stop; exit 0};
POSIX::pause() while 1;
END
    start serve service "the service is up" perl "$lab/serve.pl" "$lab/ca"
}
