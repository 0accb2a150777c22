# A program that is spoken to: lines in, what it prints out, waited for with a bound, ended by its number.
package Session;
use strict;
use warnings;
use IO::Select;
use Time::HiRes qw(time);

# Whether all of these programs are there.
sub has
{
    my (@programs) = @_;
    for my $program (@programs) {
        return 0 if !grep {-x "$_/$program"} split(/:/, $ENV{PATH}), "/usr/sbin";
    }
    return 1;
}

sub start
{
    my ($class, @words) = @_;
    my $self = bless {text => "", name => $words[0]}, $class;
    pipe my $there_in, my $here_out or die "pipe: $!\n";
    pipe my $here_in, my $there_out or die "pipe: $!\n";
    defined($self->{pid} = fork) or die "fork: $!\n";
    if ($self->{pid} == 0) {
        setpgrp 0, 0;
        close $here_in;
        close $here_out;
        open STDIN, "<&", $there_in;
        open STDOUT, ">&", $there_out;
        open STDERR, ">&", \*STDOUT;
        close $there_in;
        close $there_out;
        exec @words or exit 127;
    }
    close $there_in;
    close $there_out;
    $here_out->autoflush(1);
    @$self{qw(in out)} = ($here_out, $here_in);
    return $self;
}

sub type
{
    my ($self, $line) = @_;
    local $SIG{PIPE} = "IGNORE";
    my $in = $self->{in};
    print $in "$line\n";
}

# Waits until it has printed this, which is then taken; what was matched, or "" when it did not come.
sub expect
{
    my ($self, $pattern, $seconds) = @_;
    my $until = time + ($seconds // 15);
    while (1) {
        if ($self->{text} =~ /$pattern/) {
            $self->{text} = substr $self->{text}, $+[0];
            return $& || 1;
        }
        my $left = $until - time;
        return "" if $left <= 0 || !IO::Select->new($self->{out})->can_read($left);
        return "" if !sysread $self->{out}, $self->{text}, 65536, length $self->{text};
    }
}

# Waits for its end; the exit status, undef when it had to be killed. Reads on, or it would wait for us.
sub finish
{
    my ($self, $seconds) = @_;
    my $pid = delete $self->{pid} or return;
    my $until = time + ($seconds // 15);
    close delete $self->{in} if $self->{in};
    while (waitpid($pid, 1) == 0) {
        if (time > $until) {
            kill "KILL", -$pid;
            waitpid $pid, 0;
            return;
        }
        if (IO::Select->new($self->{out})->can_read(0.02)) {
            sysread($self->{out}, $self->{text}, 65536, length $self->{text}) or select undef, undef, undef, 0.02;
        }
    }
    return $?;
}

sub stop
{
    my ($self, $seconds) = @_;
    kill "TERM", $self->{pid} if $self->{pid};
    return $self->finish($seconds);
}

sub DESTROY
{
    my ($self) = @_;
    local ($?, $!, $@);
    $self->finish(0) if $self->{pid};
}

1;
