# A whole service on loopback for an emulated phone: certificates, `dialtone serve` (hub, activation, provisioning, SIP edge over UDP, TCP
# and TLS), and dnsmasq with its names.
package PhoneLab;
use strict;
use warnings;
use File::Temp qw(tempdir);
use IO::Socket::IP;
use Hub;
use Session;

my $dialtone = $ENV{DIALTONE};

sub free_port
{
    # A port that is free for both transports right now.
    for (1 .. 50) {
        my $tcp = IO::Socket::IP->new(LocalHost => "127.0.0.1", LocalPort => 0, Proto => "tcp", Listen => 1) or next;
        my $port = $tcp->sockport;
        my $udp = IO::Socket::IP->new(LocalHost => "127.0.0.1", LocalPort => $port, Proto => "udp") or next;
        return $port;
    }
    die "no free port\n";
}

# Options: mac, number, model; names: more lines for dnsmasq; config: more for the hub; sip: transports that have SRV records.
sub start
{
    my ($class, %o) = @_;
    my $tmp = tempdir(DIR => $ENV{TMPDIR}, CLEANUP => 1);
    my $self = bless {tmp => $tmp, mac => $o{mac} // "00:00:5e:00:53:21", sip => $o{sip} // [qw(udp tcp tls)]}, $class;
    my $ca = $self->{ca} = "$tmp/ca";
    my @names = qw(prov.example.com activate.example.com edge.example.com example.com);
    $self->quiet($dialtone, "ca", "init", $ca);
    $self->quiet($dialtone, "ca", "server", $ca, @names);
    $self->quiet($dialtone, "ca", "phone", $ca, $self->{mac});
    (my $bare = uc $self->{mac}) =~ s/://g;
    $self->{cert} = "$ca/SEP$bare";
    my $server = "$ca/prov.example.com";
    my $https = free_port();
    my $hub = $self->{hub} = Hub->start(config => join("\n", "cert = {\"$server.crt\"}", "key = {\"$server.key\"}",
        "provisioning {", "    listen = {\"https:127.0.0.1:$https\", \"http:127.0.0.1:0\", \"tftp:127.0.0.1:0\"}",
        "    url = \"https://prov.example.com:$https\"", "    activation_hosts = {\"activate.example.com\"}", "    phone_ca = {\"$ca/ca.crt\"}", "}", $o{config} // ""),
        listen => "tls:127.0.0.1:0");
    $hub->set_up;
    my $ada = $hub->expect(201, "POST", "/people", {name => "Ada Example"})->{body};
    $self->{device} = $hub->expect(201, "POST", "/devices", {mac => $bare, model => $o{model} // "CP-8851-3PCC",
        owner => {kind => "person", id => $ada->{id}}, number => $o{number} // "2001"})->{body};
    $self->names($o{names} // "");
    return $self;
}

sub quiet
{
    my ($self, @words) = @_;
    open my $pipe, "-|", @words or die "$words[0]: $!\n";
    my @lines = <$pipe>;
    close $pipe or die "@words: exit code " . ($? >> 8) . "\n";
    return @lines;
}

# dnsmasq, answering for example.com.
sub names
{
    my ($self, $more) = @_;
    my %port = %{$self->{hub}{port}};
    my %name = (udp => "_sip._udp", tcp => "_sip._tcp", tls => "_sips._tcp");
    $self->{dns_port} = free_port();
    my $text = join "\n", "port=$self->{dns_port}", "no-resolv", "no-hosts", "bind-interfaces", "listen-address=127.0.0.1",
        "keep-in-foreground", "log-facility=-", "address=/example.com/127.0.0.1",
        (map {"srv-host=$name{$_}.example.com,edge.example.com,$port{$_},10,10"} @{$self->{sip}}), $more, "";
    open my $out, ">", "$self->{tmp}/dnsmasq.conf" or die "dnsmasq.conf: $!\n";
    print $out $text;
    close $out;
    $self->{dns} = Session->start("dnsmasq", "--conf-file=$self->{tmp}/dnsmasq.conf", "--user=root", "--pid-file=");
    $self->{dns}->expect(qr/started, version/) or die "dnsmasq: $self->{dns}{text}\n";
}

# The words of a call that make a phone here.
sub words
{
    my ($self) = @_;
    return ("--mac", $self->{mac}, "--ca", "$self->{ca}/ca.crt", "--cert", "$self->{cert}.crt", "--key", "$self->{cert}.key",
        "--address", "127.0.0.1", "--dns", "127.0.0.1:$self->{dns_port}", "--activation",
        "activate.example.com:$self->{hub}{phones}{https}");
}

# Runs a phone to its end: (exit code, what it said).
sub phone
{
    my ($self, @more) = @_;
    open my $pipe, "-|", $dialtone, "phone", $self->words, @more or die "dialtone phone: $!\n";
    my $text = do {local $/; <$pipe>} // "";
    close $pipe;
    return ($? >> 8, $text);
}

sub stop
{
    my ($self) = @_;
    $self->{dns}->stop if $self->{dns};
    $self->{dns} = undef;
    $self->{hub}->stop;
}

1;
