# The program as a hub for tests: started with a folder of its own on free ports, asked over its API. Every answer is held against
# the document that it serves itself.
package Hub;
use strict;
use warnings;
use File::Temp qw(tempdir);
use HTTP::Tiny;
use IO::Select;
use IO::Socket::IP;
use JSON::PP;
use Time::HiRes qw(time);
use Schema;

my $dialtone = $ENV{DIALTONE} or die "DIALTONE is not set\n";
my $json = JSON::PP->new->utf8->canonical;

sub read_file
{
    my ($path) = @_;
    open my $in, "<", $path or return "";
    local $/;
    return <$in> // "";
}

# Options: config (more text), provisioning (text of that section beside the ports), listen (one more address of SIP), workers.
sub start
{
    my ($class, %o) = @_;
    my $folder = tempdir(DIR => $ENV{TMPDIR}, CLEANUP => 1);
    my $self = bless {folder => $folder, faults => []}, $class;
    open my $out, ">", "$folder/dialtone.conf" or die "dialtone.conf: $!\n";
    print $out join "\n", "domains = {\"example.com\"}", "listen = {" . join(", ", map {"\"$_\""} "udp:127.0.0.1:0", "tcp:127.0.0.1:0", $o{listen} // ()) . "}",
        "workers = " . ($o{workers} // 2), "admin = \"127.0.0.1:0\"", "state {\n    folder = \"state\"\n}",
        "hub {\n    listen = {\"http:127.0.0.1:0\"}\n}", ($o{config} // "") =~ /^provisioning \{/m ? () :
        "provisioning {\n    listen = {" . join(", ", map {"\"$_:127.0.0.1:0\""} qw(https http tftp)) . "}\n    " .
        ($o{provisioning} // "") . "\n}", $o{config} // "", "";
    close $out or die "dialtone.conf: $!\n";
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
        exec $dialtone, "serve", "--config", "$self->{folder}/dialtone.conf" or exit 127;
    }
    close $out;
    $self->{out} = $in;
    my ($text, $until) = ("", time + 60);
    while ($text !~ /^listening admin .*\n/m) {
        my $left = $until - time;
        my $ready = $left > 0 && IO::Select->new($in)->can_read($left);
        if (!$ready || !sysread $in, $text, 4096, length $text) {
            $self->stop("KILL");
            die "dialtone serve does not start: " . $self->stderr . "\n";
        }
    }
    $self->{said} = $text;
    $self->{port}{$1} = $2 while $text =~ /^listening (\w+) .*?:(\d+)$/mg;
    $self->{phones}{$1} = $2 while $text =~ m{^listening phones (\w+)://.*?:(\d+)$}mg;
    ($self->{base}) = $text =~ /^listening hub (\S+)$/m;
    $self->{http} = HTTP::Tiny->new(timeout => 60, max_redirect => 0);
    $self->{schema} //= Schema->new($self->{http}->get("$self->{base}/api/v1/openapi.json")->{content});
}

sub stderr
{
    my ($self) = @_;
    return read_file("$self->{folder}/stderr");
}

sub stop
{
    my ($self, $signal) = @_;
    return 0 if !$self->{pid};
    kill $signal // "TERM", $self->{pid};
    waitpid $self->{pid}, 0;
    my $code = $?;
    $self->{pid} = 0;
    close $self->{out} if $self->{out};
    return $code;
}

sub fault
{
    my ($self, $text) = @_;
    push @{$self->{faults}}, $text;
    my ($package, $file, $line) = caller;
    for (my $i = 1; $package eq "Hub" && $i < 8; $i++) {
        ($package, $file, $line) = caller $i;
    }
    print "line $line: $text\n";
}

# Options: as (a token; undef: none), headers, type, raw (the body as it is). Returns {status, headers, body (decoded JSON, or text)}.
sub ask
{
    my ($self, $method, $path, $body, %o) = @_;
    my %headers = %{$o{headers} // {}};
    my $token = exists $o{as} ? $o{as} : $self->{token};
    $headers{Authorization} = "Bearer $token" if defined $token;
    my %request = (headers => \%headers);
    if (defined $body) {
        $request{content} = $o{raw} ? $body : $json->encode($body);
        $headers{"Content-Type"} = $o{type} // "application/json";
    }
    my $r = $self->{http}->request($method, "$self->{base}/api/v1$path", \%request);
    my $type = $r->{headers}{"content-type"} // "";
    my $answer = {status => $r->{status}, headers => $r->{headers}, text => $r->{content}};
    if ($type =~ m{json} && length $r->{content}) {
        $answer->{body} = eval {$json->decode($r->{content})};
        $self->fault("$method $path: no JSON: $r->{content}") if !defined $answer->{body};
    }
    $self->fault($_) for $self->{schema}->answer_faults($method, $path, $r->{status}, $type, $answer->{body});
    if (defined $body && !$o{raw} && $r->{status} < 300) {
        $self->fault($_) for $self->{schema}->request_faults($method, $path, $json->decode($json->encode($body)));
    }
    return $answer;
}

# The same, and what is to come of it: a status, with the problem's code behind a blank: "409 mac-used".
sub expect
{
    my ($self, $want, $method, $path, $body, %o) = @_;
    my $r = $self->ask($method, $path, $body, %o);
    my ($status, $code) = split / /, $want;
    my $said = ref $r->{body} eq "HASH" ? ($r->{body}{type} // "") : "";
    if ($r->{status} != $status || (defined $code && $said ne "urn:dialtone:problem:$code")) {
        $self->fault("$method $path: $r->{status} $said, not $want: " . substr $r->{text}, 0, 300);
    }
    return $r;
}

sub is
{
    my ($self, $what, $have, $want) = @_;
    $self->fault("$what: '" . ($have // "undef") . "', not '" . ($want // "undef") . "'")
        if (defined $have ? 1 : 0) != (defined $want ? 1 : 0) || (defined $have && $have ne $want);
}

# The first administrator, by the link that the start printed; further requests carry a token of his.
sub set_up
{
    my ($self) = @_;
    my ($link) = $self->stderr =~ m{/setup#(\S+)} or die "no set-up link: " . $self->stderr . "\n";
    my $r = $self->expect(201, "POST", "/setup", {token => $link, user => "ops", password => "correct horse"}, as => undef);
    ($self->{cookie}) = ($r->{headers}{"set-cookie"} // "") =~ /^(dialtone_session=[^;]+)/;
    $self->{csrf} = $r->{body}{csrf};
    $self->{setup} = $link;
    my %mine = (Cookie => $self->{cookie}, "X-CSRF-Token" => $self->{csrf}, Origin => $self->{base});
    my $made = $self->expect(201, "POST", "/tokens", {name => "test", role => "admin"}, as => undef, headers => \%mine);
    $self->{token} = $made->{body}{token};
    return $r;
}

# A reader of events: next_event returns [name, decoded data], or undef after `seconds`.
sub events
{
    my ($self, %o) = @_;
    my ($host, $port) = $self->{base} =~ m{//(.*):(\d+)};
    my $s = IO::Socket::IP->new(PeerHost => $host, PeerPort => $port, Proto => "tcp") or die "events: $!\n";
    my $last = defined $o{last} ? "Last-Event-ID: $o{last}\r\n" : "";
    print $s "GET /api/v1/events HTTP/1.1\r\nHost: $host:$port\r\nAuthorization: Bearer $self->{token}\r\n$last\r\n";
    return {socket => $s, text => "", id => undef};
}

# Whether such text has come.
sub until_text
{
    my ($self, $reader, $like, $seconds) = @_;
    my $until = time + $seconds;
    while ($reader->{text} !~ $like) {
        my $left = $until - time;
        return 0 if $left <= 0 || !IO::Select->new($reader->{socket})->can_read($left);
        return 0 if !sysread $reader->{socket}, $reader->{text}, 65536, length $reader->{text};
    }
    return 1;
}

sub next_event
{
    my ($self, $reader, $seconds) = @_;
    my $until = time + $seconds;
    for (;;) {
        while ($reader->{text} =~ s/\A(.*?)\r?\n\r?\n//s) {
            my $block = $1;
            $reader->{id} = $1 if $block =~ /^id: (\S+)/m;
            my ($name) = $block =~ /^event: (\S+)/m or next;
            my ($data) = $block =~ /^data: (.*?)\r?$/m;
            return [$name, $json->decode($data)];
        }
        my $left = $until - time;
        return undef if $left <= 0 || !IO::Select->new($reader->{socket})->can_read($left);
        return undef if !sysread $reader->{socket}, $reader->{text}, 65536, length $reader->{text};
    }
}

sub DESTROY
{
    my ($self) = @_;
    local ($?, $!);
    $self->stop("KILL");
}

1;
