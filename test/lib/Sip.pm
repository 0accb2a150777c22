# A SIP client for tests, over UDP, TCP and TLS: messages as the test wants them, digest, answers. It shares nothing with the
# program that it is to test.
package Sip;
use strict;
use warnings;
use Digest::MD5 qw(md5_hex);
use Digest::SHA qw(sha256_hex);
use IO::Select;
use IO::Socket::IP;
use Socket qw(IPPROTO_TCP TCP_NODELAY AF_UNIX SOCK_STREAM PF_UNSPEC);
use Time::HiRes qw(time);

# A test that is ended ends what it started: by its objects' DESTROY.
$SIG{$_} = sub {exit 1} for qw(HUP INT PIPE TERM);

my $serial = 0;
my %wait = (answer => 10, none => 0.4);    # seconds

# A line to transport udp, tcp or tls at host and port; optional: ca, name and more words for openssl s_client, from (a local
# address). Dies when it does not come about.
sub open_line
{
    my ($class, %o) = @_;
    my $self = bless {%o, rest => "", eof => 0}, $class;
    if ($o{transport} eq "tls") {
        $self->open_tls;
    } else {
        $self->{socket} = IO::Socket::IP->new(
            PeerHost => $o{host}, PeerPort => $o{port}, Proto => $o{transport},
            ($o{from} ? (LocalHost => $o{from}) : ())) or die "$o{transport} $o{host} $o{port}: $@\n";
        setsockopt $self->{socket}, IPPROTO_TCP, TCP_NODELAY, 1 if $o{transport} eq "tcp";
    }
    $self->{local} = $o{transport} eq "tls" ? ($o{host} =~ /:/ ? "[::1]" : "127.0.0.1") . ":" . (20000 + ++$serial % 10000) : $self->local_text;
    return $self;
}

sub local_text
{
    my ($self) = @_;
    my $host = $self->{socket}->sockhost;
    $host = "[$host]" if $host =~ /:/;
    return $host . ":" . $self->{socket}->sockport;
}

sub open_tls
{
    my ($self) = @_;
    socketpair my $here, my $there, AF_UNIX, SOCK_STREAM, PF_UNSPEC or die "socketpair: $!\n";
    my $host = $self->{host} =~ /:/ ? "[$self->{host}]" : $self->{host};
    my @words = ("-quiet", "-connect", "$host:$self->{port}");
    push @words, "-CAfile", $self->{ca}, "-verify_return_error" if $self->{ca};
    push @words, "-servername", $self->{name}, "-verify_hostname", $self->{name} if $self->{name};
    push @words, @{$self->{more} // []};
    defined($self->{pid} = fork) or die "fork: $!\n";
    if ($self->{pid} == 0) {
        close $here;
        open STDIN, "<&", $there;
        open STDOUT, ">&", $there;
        open STDERR, ">", "$ENV{TMPDIR}/s_client.$$";
        close $there;
        exec "openssl", "s_client", @words or exit 127;
    }
    close $there;
    $self->{socket} = $here;
}

# Ends the line, as a phone that lost its power does not: the server hears of it.
sub close_line
{
    my ($self) = @_;
    close $self->{socket} if $self->{socket};
    delete $self->{socket};
    if ($self->{pid}) {
        kill "TERM", $self->{pid};
        waitpid $self->{pid}, 0;
        delete $self->{pid};
    }
}

sub DESTROY
{
    my ($self) = @_;
    local ($?, $!, $@);
    $self->close_line;
}

sub is_stream
{
    my ($self) = @_;
    return $self->{transport} ne "udp";
}

# All of the bytes, or as many as the other end takes.
sub send_bytes
{
    my ($self, $bytes) = @_;
    local $SIG{PIPE} = "IGNORE";
    while (length $bytes) {
        my $n = syswrite $self->{socket}, $bytes;
        last if !defined $n;
        substr($bytes, 0, $n) = "";
    }
}

# One message out of what has come; undef when it is not whole.
sub take
{
    my ($self) = @_;
    if ($self->{transport} eq "udp") {
        my $message = length $self->{rest} ? $self->{rest} : undef;
        $self->{rest} = "";
        return $message;
    }
    return if $self->{rest} !~ /\A(.*?\r\n\r\n)/s;
    my $head = $1;
    my ($length) = $head =~ /^(?:Content-Length|l)[ \t]*:[ \t]*(\d+)/im;
    my $all = length($head) + ($length // 0);
    return if length $self->{rest} < $all;
    return substr $self->{rest}, 0, $all, "";
}

# Waits until something comes; false at the end of the time or of the line.
sub fill
{
    my ($self, $until) = @_;
    my $left = $until - time;
    return 0 if $self->{eof} || !$self->{socket};
    return 0 if !IO::Select->new($self->{socket})->can_read($left > 0 ? $left : 0);
    my $n = sysread $self->{socket}, my $bytes, 65536;
    if (!defined $n && $self->{transport} eq "udp") {
        return 1;    # a port that was closed: an error of an earlier datagram
    }
    if (!$n && $self->{transport} ne "udp") {
        $self->{eof} = 1;
        return 0;
    }
    $self->{rest} .= $bytes;
    return 1;
}

# The next message; undef when none came in time, or the line was ended.
sub receive
{
    my ($self, $seconds) = @_;
    my $until = time + ($seconds // $wait{answer});
    while (1) {
        my $message = $self->take;
        return $message if defined $message;
        return undef if !$self->fill($until);
    }
}

# What comes as bytes: `length` of them, or fewer when the time is over.
sub receive_bytes
{
    my ($self, $length, $seconds) = @_;
    my $until = time + ($seconds // $wait{answer});
    while (length $self->{rest} < $length && $self->fill($until)) {
    }
    return substr $self->{rest}, 0, $length, "";
}

# That nothing comes cannot be waited for: a short while, then something that must be answered.
sub is_silent
{
    my ($self) = @_;
    return !defined $self->receive($wait{none});
}

# Whether the other end ends the line in time; what comes before is dropped.
sub is_ended
{
    my ($self, $seconds) = @_;
    my $until = time + ($seconds // $wait{answer});
    while ($self->fill($until)) {
        $self->{rest} = "";
    }
    return $self->{eof};
}

sub ask
{
    my ($self, $message, $seconds) = @_;
    $self->send_bytes($message);
    return $self->receive($seconds);
}

# -- Messages

sub status
{
    my ($message) = @_;
    return defined $message && $message =~ /\ASIP\/2\.0 (\d{3}) / ? $1 : 0;
}

# The values of a field, in order; the first in scalar context, "" without.
sub field
{
    my ($message, $name) = @_;
    my @values = ($message // "") =~ /^\Q$name\E[ \t]*:[ \t]*(.*?)[ \t]*\r$/img;
    return wantarray ? @values : $values[0] // "";
}

sub token
{
    return sprintf "%x%x%x", $$, ++$serial, int(time * 1000) & 0xffffff;
}

# What a phone has of one registration: account, domain, password, Call-ID, CSeq.
sub phone
{
    my ($self, $user, $password, %o) = @_;
    return Sip::Phone->new($self, $user, $password, %o);
}

# RFC 7616 3.4: the value of an Authorization field. What the test gives goes before what is right.
sub digest
{
    my (%o) = @_;
    my $algorithm = $o{algorithm} // "MD5";
    my $hash = $algorithm =~ /^SHA-256/ ? \&sha256_hex : \&md5_hex;
    my $cnonce = $o{cnonce} // token();
    my $nc = $o{nc} // "00000001";
    my $qop = exists $o{qop} ? $o{qop} : "auth";
    my $a1 = $hash->("$o{username}:$o{realm}:$o{password}");
    $a1 = $hash->("$a1:$o{nonce}:$cnonce") if $algorithm =~ /-sess$/i;
    my $a2 = $hash->("$o{method}:$o{uri}" . (($qop // "") eq "auth-int" ? ":" . $hash->($o{body} // "") : ""));
    my $response = $hash->(join ":", $a1, $o{nonce}, defined $qop ? ($nc, $cnonce, $qop) : (), $a2);
    my @parts = map {"$_=\"$o{$_}\""} qw(username realm nonce uri);
    push @parts, "response=\"$response\"", "algorithm=$algorithm";
    push @parts, "qop=$qop", "nc=$nc" if defined $qop;
    push @parts, "cnonce=\"$cnonce\"" if defined $qop || $algorithm =~ /-sess$/i;
    return "Digest " . join ", ", @parts;
}

# The parameters of the first challenge, or the first of that algorithm.
sub challenge
{
    my ($answer, $algorithm) = @_;
    for my $value (field($answer, "WWW-Authenticate"), field($answer, "Proxy-Authenticate")) {
        my %has;
        while ($value =~ /(\w+)\s*=\s*(?:"([^"]*)"|([^\s,]+))/g) {
            $has{lc $1} = $2 // $3;
        }
        return \%has if !defined $algorithm || ($has{algorithm} // "MD5") eq $algorithm;
    }
    return;
}

package Sip::Phone;
use strict;
use warnings;

sub new
{
    my ($class, $line, $user, $password, %o) = @_;
    return bless {
        line => $line, user => $user, password => $password, domain => "example.com", auth => $user,
        call_id => Sip::token() . "\@phone", tag => Sip::token(), cseq => 0, %o}, $class;
}

sub contact
{
    my ($self) = @_;
    my $line = $self->{line};
    my $transport = $line->{transport} eq "udp" ? "" : ";transport=$line->{transport}";
    return $self->{contact} // "<sip:$self->{user}\@$line->{local}$transport>";
}

# A request as text. Given: uri, to, from, via, branch, cseq, call_id, contact (undef: none), expires, fields (lines), body, length
# (undef: no Content-Length), forwards.
sub request
{
    my ($self, $method, %o) = @_;
    my $line = $self->{line};
    my $cseq = $o{cseq} // ++$self->{cseq};
    $self->{cseq} = $cseq;
    my $body = $o{body} // "";
    my $uri = $o{uri} // "sip:$self->{domain}";
    my $via = $o{via} // "SIP/2.0/\U$line->{transport}\E $line->{local};branch=" . ($o{branch} // "z9hG4bK" . Sip::token());
    my @lines = (
        "$method $uri " . ($o{version} // "SIP/2.0"), "Via: $via", "Max-Forwards: " . ($o{forwards} // 70),
        "From: " . ($o{from} // "<sip:$self->{user}\@$self->{domain}>;tag=$self->{tag}"),
        "To: " . ($o{to} // "<sip:$self->{user}\@$self->{domain}>"),
        "Call-ID: " . ($o{call_id} // $self->{call_id}), "CSeq: $cseq $method");
    my $contact = exists $o{contact} ? $o{contact} : $self->contact;
    push @lines, map {"Contact: $_"} ref $contact ? @$contact : defined $contact ? $contact : ();
    push @lines, "Expires: $o{expires}" if defined $o{expires};
    push @lines, @{$o{fields} // []};
    my $length = exists $o{length} ? $o{length} : length $body;
    push @lines, "Content-Length: $length" if defined $length;
    return join("\r\n", @lines, "", "") . $body;
}

# The Authorization line for an answer's challenge.
sub credentials
{
    my ($self, $answer, $method, %o) = @_;
    my $c = Sip::challenge($answer, $o{algorithm}) or return;
    my $name = Sip::status($answer) == 407 ? "Proxy-Authorization" : "Authorization";
    return "$name: " . Sip::digest(
        username => $self->{auth}, realm => $c->{realm}, password => $self->{password}, nonce => $c->{nonce}, method => $method,
        uri => $o{uri} // "sip:$self->{domain}", algorithm => $c->{algorithm} // "MD5",
        %{$o{digest} // {}});
}

# Both round trips; returns the last answer, and the first one beside it. A nonce that became too old on the way is answered anew, as
# phones do.
sub ask
{
    my ($self, $method, %o) = @_;
    my $line = $self->{line};
    my $first = $line->ask($self->request($method, %o));
    return wantarray ? ($first, $first) : $first if Sip::status($first) !~ /^40[17]$/;
    delete @o{qw(branch cseq)};
    my $last = $first;
    for (1 .. 3) {
        my @fields = (@{$o{fields} // []}, $self->credentials($last, $method, %o) // ());
        $self->{credentials} = $fields[-1];
        $last = $line->ask($self->request($method, %o, fields => \@fields));
        last if $o{digest} || ($last // "") !~ /stale=true/i;
    }
    return wantarray ? ($last, $first) : $last;
}

sub register
{
    my ($self, %o) = @_;
    return $self->ask("REGISTER", expires => 3600, %o);
}

1;
