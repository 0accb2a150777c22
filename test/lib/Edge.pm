# The program as a SIP edge for tests: configuration, accounts, certificates in a folder of its own, any free ports, and what it
# tells: standard error, metrics, journal.
package Edge;
use strict;
use warnings;
use Digest::MD5 qw(md5_hex);
use Digest::SHA qw(sha256_hex);
use File::Temp qw(tempdir);
use IO::Select;
use IO::Socket::IP;
use Time::HiRes qw(time);
use Sip;

my $dialtone = $ENV{DIALTONE} or die "DIALTONE is not set\n";

sub write_file
{
    my ($path, $text) = @_;
    open my $out, ">", $path or die "$path: $!\n";
    chmod 0600, $path;
    print $out $text;
    close $out or die "$path: $!\n";
}

sub read_file
{
    my ($path) = @_;
    open my $in, "<", $path or return "";
    local $/;
    return <$in> // "";
}

# An authority, a server's certificates (P-256 and RSA) and a phone's; made once for all edges of a test.
my $pki;

sub pki
{
    return $pki if $pki;
    my $folder = tempdir(DIR => $ENV{TMPDIR}, CLEANUP => 1);
    system("$dialtone ca init $folder >/dev/null && $dialtone ca server $folder sip.example.com example.com localhost --ip 127.0.0.1 " .
           "--ip ::1 --rsa >/dev/null && $dialtone ca phone $folder 00:00:5e:00:53:01 >/dev/null && " .
           "$dialtone ca phone $folder 00:00:5e:00:53:02 >/dev/null") == 0 or die "dialtone ca: $?\n";
    return $pki = $folder;
}

# "user,password[,auth[,mac[,sha256]]]" as rows of the accounts' file.
sub accounts_text
{
    my ($realm, @accounts) = @_;
    my $text = "user,auth,mac,ha1,ha1_sha256,sha256\n";
    for my $account (@accounts) {
        my ($user, $password, $auth, $mac, $sha256) = split /,/, $account;
        my $a1 = ($auth || $user) . ":$realm:$password";
        $text .= join(",", $user, $auth // "", $mac // "", md5_hex($a1), $sha256 ? (sha256_hex($a1), "yes") : ("", "")) . "\n";
    }
    return $text;
}

# Options: accounts (rows), realm, config (more text), profile, listen (list without port), workers. undef and a text in $@ when it
# does not start.
sub start
{
    my ($class, %o) = @_;
    my $folder = tempdir(DIR => $ENV{TMPDIR}, CLEANUP => 1);
    my $pki = pki();
    my $realm = $o{realm} // "example.com";
    my $listen = join ", ", map {"\"$_:0\""} @{$o{listen} // [map {"$_:127.0.0.1"} qw(udp tcp tls)]};
    my $self = bless {folder => $folder, pki => $pki, port => {}, dialtone => $dialtone}, $class;
    write_file("$folder/accounts.csv", accounts_text($realm, @{$o{accounts} // ["1001,secret1"]}));
    write_file("$folder/dialtone.conf", join "\n",
        "realm = \"$realm\"", "domains = {\"example.com\", \"localhost\"}", "accounts = \"accounts.csv\"", "listen = {$listen}",
        "cert = {\"$pki/sip.example.com.crt\", \"$pki/sip.example.com-rsa.crt\"}",
        "key = {\"$pki/sip.example.com.key\", \"$pki/sip.example.com-rsa.key\"}",
        "profile = \"" . ($o{profile} // "standard") . "\"", "workers = " . ($o{workers} // 2), "admin = \"127.0.0.1:0\"",
        $o{config} // "", ($o{config} // "") =~ /^state /m ? "" : "state {\n    folder = \"state\"\n}", "");
    $self->run;
    return $self;
}

# Starts it (again) and waits until it says where it listens.
sub run
{
    my ($self) = @_;
    pipe my $in, my $out or die "pipe: $!\n";
    defined($self->{pid} = fork) or die "fork: $!\n";
    if ($self->{pid} == 0) {
        close $in;
        open STDIN, "<", "/dev/null";
        open STDOUT, ">&", $out;
        open STDERR, ">>", "$self->{folder}/stderr";
        exec $dialtone, "serve", "--edge-only", "--config", "$self->{folder}/dialtone.conf" or exit 127;
    }
    close $out;
    $self->{out} = $in;
    my ($text, $until) = ("", time + 30);
    while ($text !~ /^listening admin .*\n/m) {
        my $left = $until - time;
        my $ready = $left > 0 && IO::Select->new($in)->can_read($left);
        if (!$ready || !sysread $in, $text, 4096, length $text) {
            $self->stop("KILL");
            die "dialtone serve does not start: " . read_file("$self->{folder}/stderr") . "\n";
        }
    }
    while ($text =~ /^listening (\w+) (?:(.*):)?(\d+)$/mg) {
        my ($transport, $host, $port) = ($1, $2 // "", $3);
        $self->{port}{$host =~ /:/ ? "${transport}6" : $transport} = $port;
    }
}

sub line
{
    my ($self, $transport, %o) = @_;
    my $six = ($o{host} // "") =~ /:/ ? "6" : "";
    my $port = $self->{port}{"$transport$six"} or die "nobody listens by $transport$six\n";
    return Sip->open_line(
        transport => $transport, host => "127.0.0.1", port => $port,
        ($transport eq "tls" ? (ca => "$self->{pki}/ca.crt", name => "sip.example.com") : ()), %o);
}

# A counter or gauge of /metrics: the sum over all rows that begin so.
sub metric
{
    my ($self, $name) = @_;
    my $sum = 0;
    my $text = $self->get("/metrics");
    $sum += $1 while $text =~ /^\Q$name\E(?:\{[^}\n]*\})? ([0-9.e+]+)$/mg;
    return $sum;
}

sub get
{
    my ($self, $path) = @_;
    my $s = IO::Socket::IP->new(PeerHost => "127.0.0.1", PeerPort => $self->{port}{admin}, Proto => "tcp") or return "";
    print $s "GET $path HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    local $/;
    return <$s> // "";
}

# Waits, with a bound, until it is so; nothing tells of a counter's change.
sub until_true
{
    my ($self, $seconds, $what) = @_;
    my $until = time + $seconds;
    while (!$what->()) {
        return 0 if time > $until;
        select undef, undef, undef, 0.02;
    }
    return 1;
}

sub signal
{
    my ($self, $name) = @_;
    kill $name, $self->{pid} if $self->{pid};
}

# The exit status; undef when it had to be killed.
sub wait_end
{
    my ($self, $seconds) = @_;
    my $until = time + ($seconds // 30);
    while (waitpid($self->{pid}, 1) == 0) {
        if (time > $until) {
            kill "KILL", $self->{pid};
            waitpid $self->{pid}, 0;
            delete $self->{pid};
            return;
        }
        select undef, undef, undef, 0.02;
    }
    delete $self->{pid};
    return $?;
}

sub stop
{
    my ($self, $signal) = @_;
    return if !$self->{pid};
    kill $signal // "TERM", $self->{pid};
    return $self->wait_end;
}

sub DESTROY
{
    my ($self) = @_;
    local ($?, $!, $@);
    $self->stop("KILL");
}

1;
