# A real browser for tests and pictures: Chromium without a window, spoken to over two pipes in the
# DevTools protocol (messages of JSON, each ended by a NUL). Nothing listens on a port.
package Browser;
use strict;
use warnings;
use File::Temp qw(tempdir);
use JSON::PP;
use MIME::Base64;
use POSIX ();

# The program, or undef when there is none.
sub program
{
    for my $name (qw(chromium chromium-browser google-chrome)) {
        for my $folder (split /:/, $ENV{PATH}) {
            return "$folder/$name" if -x "$folder/$name";
        }
    }
    return;
}

sub new
{
    my ($class) = @_;
    my $self = bless {id => 0, events => [], rest => "", json => JSON::PP->new->utf8}, $class;
    pipe(my $there_in, my $here_out) && pipe(my $here_in, my $there_out) or die "pipe: $!\n";
    my $profile = tempdir(CLEANUP => 1);
    my @flags = qw(--headless --disable-gpu --disable-quic --no-first-run --disable-sync --hide-scrollbars
        --disable-background-networking --disable-component-update --disable-dev-shm-usage --remote-debugging-pipe);
    push @flags, "--no-sandbox" if $> == 0;    # as root it would not start
    defined($self->{pid} = fork) or die "fork: $!\n";
    if ($self->{pid} == 0) {
        open STDIN, "<", "/dev/null";
        open STDOUT, ">", "/dev/null";
        open STDERR, ">", "/dev/null";
        # Moved out of the way first: they may be 3 and 4 already, the wrong way round.
        my @ends = map {POSIX::fcntl($_, POSIX::F_DUPFD(), 10)} $there_in, $there_out;
        POSIX::dup2($ends[$_], 3 + $_) // POSIX::_exit(127) for 0, 1;
        exec program(), @flags, "--user-data-dir=$profile", "about:blank" or POSIX::_exit(127);
    }
    close $there_in;
    close $there_out;
    $here_out->autoflush(1);
    @$self{qw(out in profile)} = ($here_out, $here_in, $profile);
    my $target = $self->call("Target.createTarget", {url => "about:blank"})->{targetId};
    $self->{session} = $self->call("Target.attachToTarget", {targetId => $target, flatten => JSON::PP::true})->{sessionId};
    $self->call("$_.enable") for qw(Page Runtime Log Network);
    return $self;
}

sub message
{
    my ($self) = @_;
    local $SIG{ALRM} = sub {die "the browser does not answer\n"};
    alarm 60;
    my $end;
    while (($end = index $self->{rest}, "\0") < 0) {
        sysread($self->{in}, $self->{rest}, 1 << 20, length $self->{rest}) or die "the browser has ended\n";
    }
    alarm 0;
    my $text = substr $self->{rest}, 0, $end + 1, "";
    chop $text;
    return $self->{json}->decode($text);
}

# A command of the protocol; returns its result.
sub call
{
    my ($self, $method, $params) = @_;
    my $id = ++$self->{id};
    my %command = (id => $id, method => $method, params => $params // {});
    $command{sessionId} = $self->{session} if $self->{session};
    print {$self->{out}} $self->{json}->encode(\%command), "\0" or die "the browser has ended\n";
    while (1) {
        my $m = $self->message;
        if (defined $m->{id} && $m->{id} == $id) {
            die "$method: $m->{error}{message}\n" if $m->{error};
            return $m->{result};
        }
        push @{$self->{events}}, $m if $m->{method};
    }
}

sub wait_for
{
    my ($self, $method) = @_;
    while (1) {
        for my $i (0 .. $#{$self->{events}}) {
            return splice(@{$self->{events}}, $i, 1)->{params} if $self->{events}[$i]{method} eq $method;
        }
        push @{$self->{events}}, $self->message;
    }
}

# How wide the window is; `mobile`: as a telephone would show it. `scheme`: light or dark.
sub window
{
    my ($self, $width, $height, %with) = @_;
    $self->call("Emulation.setDeviceMetricsOverride", {width => 0 + $width, height => 0 + $height,
        deviceScaleFactor => $with{scale} // 1, mobile => $with{mobile} ? JSON::PP::true : JSON::PP::false});
    $self->call("Emulation.setEmulatedMedia",
        {features => [{name => "prefers-color-scheme", value => $with{scheme} // "light"}]});
}

sub open_file
{
    my ($self, $file) = @_;
    $self->{events} = [];
    $self->call("Page.navigate", {url => "file://$file"});
    $self->wait_for("Page.loadEventFired");
}

# The value of an expression (or of the promise that it makes).
sub value
{
    my ($self, $expression) = @_;
    my $r = $self->call("Runtime.evaluate", {expression => $expression, returnByValue => JSON::PP::true,
        awaitPromise => JSON::PP::true});
    die "$expression: $r->{exceptionDetails}{exception}{description}\n" if $r->{exceptionDetails};
    return $r->{result}{value};
}

sub press
{
    my ($self, $key, $modifiers) = @_;
    my %k = (key => $key, code => $key, modifiers => $modifiers // 0, windowsVirtualKeyCode => {Enter => 13, Tab => 9,
        Escape => 27}->{$key} // 0);
    $self->call("Input.dispatchKeyEvent", {%k, type => "keyDown", $key eq "Enter" ? (text => "\r") : ()});
    $self->call("Input.dispatchKeyEvent", {%k, type => "keyUp"});
}

sub type
{
    my ($self, $text) = @_;
    $self->call("Input.insertText", {text => $text});
}

# What the page complained of: exceptions, blocked content, console messages.
sub complaints
{
    my ($self) = @_;
    $self->value("1");    # whatever was under way has arrived
    return map {$_->{params}{entry}{text} // $_->{params}{exceptionDetails}{exception}{description} // $_->{method}}
        grep {$_->{method} =~ /^(Log\.entryAdded|Runtime\.exceptionThrown|Runtime\.consoleAPICalled)$/}
        @{$self->{events}};
}

# The addresses that were asked for.
sub requests
{
    my ($self) = @_;
    $self->value("1");
    return map {$_->{params}{request}{url}} grep {$_->{method} eq "Network.requestWillBeSent"} @{$self->{events}};
}

# PNG of the window, or of part of the page: x, y, width, height.
sub picture
{
    my ($self, $file, @clip) = @_;
    my %with = (format => "png");
    if (@clip) {
        my %clip = (scale => 1);
        @clip{qw(x y width height)} = map {0 + $_} @clip;
        @with{qw(clip captureBeyondViewport)} = (\%clip, JSON::PP::true);
    }
    save($file, $self->call("Page.captureScreenshot", \%with)->{data});
}

sub paper
{
    my ($self, $file) = @_;
    save($file, $self->call("Page.printToPDF", {printBackground => JSON::PP::true, preferCSSPageSize => JSON::PP::true,
        paperWidth => 8.27, paperHeight => 11.69})->{data});
}

sub save
{
    my ($file, $data) = @_;
    open my $out, ">:raw", $file or die "$file: $!\n";
    print $out decode_base64($data);
    close $out or die "$file: $!\n";
}

sub DESTROY
{
    my ($self) = @_;
    local ($?, $@, $!);
    kill "KILL", $self->{pid};
    waitpid $self->{pid}, 0;
}

1;
