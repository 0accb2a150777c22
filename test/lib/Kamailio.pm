# Kamailio with a configuration of the test's, waited for and ended.
package Kamailio;
use strict;
use warnings;
use IO::Socket::IP;
use Time::HiRes qw(time);
use Sip;

sub program
{
    for my $folder (split(/:/, $ENV{PATH}), "/usr/sbin") {
        return "$folder/kamailio" if -x "$folder/kamailio";
    }
    return;
}

# A port that is free for UDP and TCP, as far as one can know.
sub free_port
{
    for (1 .. 100) {
        my $udp = IO::Socket::IP->new(LocalHost => "127.0.0.1", LocalPort => 0, Proto => "udp") or next;
        my $tcp = IO::Socket::IP->new(LocalHost => "127.0.0.1", LocalPort => $udp->sockport, Proto => "tcp", Listen => 1) or next;
        return $udp->sockport;
    }
    die "no free port\n";
}

# Started from that file; answers OPTIONS at that port of UDP. Dies with its log when it does not.
sub start
{
    my ($class, $config, $port) = @_;
    my $self = bless {log => "$ENV{TMPDIR}/kamailio.$port.log"}, $class;
    mkdir "$ENV{TMPDIR}/kamailio.$port";
    defined($self->{pid} = fork) or die "fork: $!\n";
    if ($self->{pid} == 0) {
        setpgrp 0, 0;
        open STDIN, "<", "/dev/null";
        open STDOUT, ">", $self->{log};
        open STDERR, ">&", \*STDOUT;
        exec program(), "-DD", "-E", "-f", $config, "-Y", "$ENV{TMPDIR}/kamailio.$port", "-m", "64", "-M", "8" or exit 127;
    }
    my $until = time + 30;
    while (time < $until && waitpid($self->{pid}, 1) == 0) {
        my $line = Sip->open_line(transport => "udp", host => "127.0.0.1", port => $port);
        my $answer = $line->ask($line->phone("nobody", "")->request("OPTIONS", uri => "sip:127.0.0.1:$port"), 0.3);
        return $self if Sip::status($answer);
    }
    $self->stop;
    open my $in, "<", $self->{log};
    die "kamailio does not start: ", $in ? <$in> : "", "\n";
}

# The whole group: its children are no longer anyone's when it is killed.
sub stop
{
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;
    my $until = time + 10;
    kill "TERM", $pid;
    while (waitpid($pid, 1) == 0) {
        if (time > $until) {
            kill "KILL", -$pid;
            waitpid $pid, 0;
            return;
        }
        select undef, undef, undef, 0.02;
    }
}

sub DESTROY
{
    my ($self) = @_;
    local ($?, $!, $@);
    $self->stop;
}

1;
