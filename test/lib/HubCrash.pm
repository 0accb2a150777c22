# The hub killed (SIGKILL) while it takes imports, edits and publications, and asked after the next start for what it had
# confirmed. What was under way at the end is there whole or not at all.
package HubCrash;
use strict;
use warnings;
use Hub;

my $rows = 200;

# Device $k of import $i.
sub mac
{
    my ($i, $k) = @_;
    return sprintf "02:00:%02x:%02x:%02x:%02x", $i >> 8, $i & 255, $k >> 8, $k & 255;
}

sub csv
{
    my ($i) = @_;
    my $text = "mac,model,kind,owner,number\n";
    $text .= sprintf "%s,CP-8851-3PCC,person,Person %d,%d\n", mac($i, $_), $i, 100_000 + $i * $rows + $_ for 0 .. $rows - 1;
    return $text;
}

# Asks one thing after the other until the hub is gone; each is told before and after.
sub work
{
    my ($hub, $at, $told) = @_;
    $told->autoflush;
    for (my $n = $at;; $n++) {
        my @steps = (
            ["value $n", "PUT", "/configuration/organisation", {values => {GPP_A => "$n"}}],
            ["publish $n", "POST", "/publish", {scope => "all"}],
            ["import $n", "POST", "/imports", csv($n), raw => 1, type => "text/csv"],
            ["device $n", "POST", "/devices", {owner => {kind => "person", id => $hub->{person}}, mac => sprintf("06:00:00:00:%02x:%02x", $n >> 8,
                $n & 255), model => "8851"}],
        );
        for (@steps) {
            my ($what, $method, $path, $body, %o) = @$_;
            print $told "begun $what\n";
            my $r = eval {$hub->ask($method, $path, $body, %o)};
            return if !$r || $r->{status} == 599;
            print $told $r->{status} < 300 ? "done $what\n" : "refused $what: $r->{status} $r->{text}\n";
        }
    }
}

# One round from import $at on: kills after some of what was told; returns what was confirmed and what was under way.
sub kill_at_work
{
    my ($hub, $at, $lines) = @_;
    pipe my $in, my $out or die "pipe: $!\n";
    defined(my $pid = fork) or die "fork: $!\n";
    if ($pid == 0) {
        close $in;
        work($hub, $at, $out);
        require POSIX;
        POSIX::_exit(0);
    }
    close $out;
    my (%done, $open, $n);
    while (my $line = <$in>) {
        $hub->fault("refused: $line") if $line =~ /^refused/;
        $done{$1}{$2} = 1 if $line =~ /^done (\w+) (\d+)/;
        $open = $1 if $line =~ /^begun (.*)/;
        $open = undef if $line =~ /^done/;
        if (++$n == $lines) {
            select undef, undef, undef, rand 0.02; # somewhere within what comes next
            kill "KILL", $hub->{pid};
        }
    }
    waitpid $pid, 0;
    $hub->stop("KILL");
    return (\%done, $open);
}

# What the export holds, by import and by device.
sub inventory
{
    my ($hub) = @_;
    my (%import, %device);
    for (split /\n/, $hub->expect(200, "GET", "/export.csv")->{text}) {
        $import{hex($1 . $2)}++ if /\b02:?00:?([0-9a-f]{2}):?([0-9a-f]{2}):?[0-9a-f]{2}:?[0-9a-f]{2}\b/i;
        $device{hex($1 . $2)}++ if /\b06:?00:?00:?00:?([0-9a-f]{2}):?([0-9a-f]{2})\b/i;
    }
    return (\%import, \%device);
}

# `rounds` rounds; returns how many things were confirmed.
sub rounds
{
    my ($hub, $rounds_n) = @_;
    my ($at, $told, $value, $published) = (1, 0, undef, undef);
    my (%imports, %devices);
    $hub->{person} = $hub->expect(201, "POST", "/people", {name => "Ada Example"})->{body}{id};
    my $one = $hub->expect(201, "POST", "/devices",
        {owner => {kind => "person", id => $hub->{person}}, mac => "00:00:5e:00:53:21", model => "8851", number => "2001"})->{body}{id};
    for my $round (1 .. $rounds_n) {
        my ($done, $open) = kill_at_work($hub, $at, 1 + int rand 30);
        $told += keys %$_ for values %$done;
        $imports{$_} = 1 for keys %{$done->{import}};
        $devices{$_} = 1 for keys %{$done->{device}};
        ($value) = sort {$b <=> $a} keys %{$done->{value}} if $done->{value};
        ($published) = sort {$b <=> $a} keys %{$done->{publish}} if $done->{publish};
        $hub->run;
        my ($import, $device) = inventory($hub);
        for my $i (keys %$import) {
            $hub->fault("round $round: $import->{$i} of $rows rows of import $i") if $import->{$i} != $rows;
            $hub->fault("round $round: import $i is there, but was never asked for") if !$imports{$i} && ($open // "") ne "import $i";
            $imports{$i} = 1;
        }
        $hub->fault("round $round: import $_ is lost") for grep {!$import->{$_}} keys %imports;
        $hub->fault("round $round: device $_ is lost") for grep {!$device->{$_}} keys %devices;
        $devices{$_} = 1 for keys %$device;
        my $draft = $hub->expect(200, "GET", "/configuration/organisation")->{body}{values}{GPP_A};
        my ($begun) = ($open // "") =~ /^value (\d+)/;
        $hub->fault("round $round: the value is " . ($draft // "none") . ", not " . ($value // "none"))
            if ($draft // "none") ne ($value // "none") && ($draft // "") ne ($begun // "-");
        $value = $draft;
        my ($waits) = grep {$_->{name} eq "GPP_A"} @{$hub->expect(200, "GET", "/devices/$one/configuration/diff")->{body}{draft}};
        my $live = $waits ? $waits->{before} : $draft;
        ($begun) = ($open // "") =~ /^publish (\d+)/;
        $hub->fault("round $round: published is " . ($live // "none") . ", not " . ($published // "none") . ", draft " .
            ($draft // "none") . ", under way " . ($open // "nothing") . ", from $at on")
            if ($live // "none") ne ($published // "none") && ($live // "") ne ($begun // "-");
        $published = $live;
        my ($last) = sort {$b <=> $a} 0, keys %imports, keys %devices, $value // 0;
        $at = $last + 1;
        last if @{$hub->{faults}};
    }
    return $told;
}

1;
