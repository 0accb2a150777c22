# What an OpenAPI 3.1 document says, held against what came: the words of JSON Schema that share/api/openapi.json uses.
package Schema;
use strict;
use warnings;
use JSON::PP;

sub new
{
    my ($class, $text) = @_;
    my $doc = JSON::PP->new->utf8->decode($text);
    my $self = bless {doc => $doc, seen => {}}, $class;
    for my $path (sort keys %{$doc->{paths}}) {
        (my $like = quotemeta $path) =~ s/\\\{id\\\}/[1-9][0-9]*/g;
        $like =~ s/\\\{\w+\\\}/[^\/]+/g;
        push @{$self->{paths}}, {path => $path, like => qr/^$like$/};
    }
    return $self;
}

sub resolve
{
    my ($self, $part) = @_;
    while (ref $part eq "HASH" && exists $part->{'$ref'}) {
        my $to = $self->{doc};
        $to = $to->{$_} // die "no $part->{'$ref'}\n" for grep {$_ ne "#"} split m{/}, $part->{'$ref'};
        $part = $to;
    }
    return $part;
}

# The operation of a request: its path as the document names it, and what it says; none: ().
sub operation
{
    my ($self, $method, $path) = @_;
    $path =~ s/\?.*//;
    # A path without holes first: "/devices/validate-macs" is no device.
    for my $row (sort {($a->{path} =~ tr/{//) <=> ($b->{path} =~ tr/{//)} @{$self->{paths}}) {
        next if $path !~ $row->{like};
        my $operation = $self->{doc}{paths}{$row->{path}}{lc $method} or next;
        return ($row->{path}, $operation);
    }
    return ();
}

my $decoder = JSON::PP->new->allow_nonref;

sub kind
{
    my ($v) = @_;
    return "null" if !defined $v;
    return JSON::PP::is_bool($v) ? "boolean" : ref $v eq "HASH" ? "object" : ref $v eq "ARRAY" ? "array" : do {
        my $text = $decoder->encode($v);
        $text =~ /^"/ ? "string" : $text =~ /^-?\d+$/ ? "integer" : "number";
    };
}

# Whether there is such a type among those.
sub is_type
{
    my ($kind, $types) = @_;
    for my $type (ref $types ? @$types : $types) {
        return 1 if $kind eq $type || ($type eq "number" && $kind eq "integer");
    }
    return 0;
}

sub check_text
{
    my ($s, $v, $at, $faults) = @_;
    push @$faults, "$at: '$v' is not like $s->{pattern}" if exists $s->{pattern} && $v !~ /$s->{pattern}/;
    push @$faults, "$at: shorter than $s->{minLength}" if length $v < ($s->{minLength} // 0);
    push @$faults, "$at: longer than $s->{maxLength}" if exists $s->{maxLength} && length $v > $s->{maxLength};
    if (($s->{format} // "") eq "date-time" && $v !~ /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/) {
        push @$faults, "$at: '$v' is no time";
    }
}

sub check_object
{
    my ($self, $s, $v, $at, $faults) = @_;
    for my $name (@{$s->{required} // []}) {
        push @$faults, "$at.$name is missing" if !exists $v->{$name};
    }
    for my $name (sort keys %$v) {
        my $of = ($s->{properties} // {})->{$name};
        if ($of) {
            $self->check($of, $v->{$name}, "$at.$name", $faults);
        } elsif (ref $s->{additionalProperties} eq "HASH") {
            $self->check($s->{additionalProperties}, $v->{$name}, "$at.$name", $faults);
        } elsif (exists $s->{additionalProperties} && !$s->{additionalProperties}) {
            push @$faults, "$at.$name is not in the document";
        }
    }
}

sub check
{
    my ($self, $schema, $v, $at, $faults) = @_;
    my $s = $self->resolve($schema);
    if ($s->{oneOf}) {
        my @fits = grep {my @f; $self->check($_, $v, $at, \@f); !@f} @{$s->{oneOf}};
        if (@fits != 1) {
            my @why;
            $self->check($s->{oneOf}[0], $v, $at, \@why);
            push @$faults, @why ? @why : "$at: fits " . scalar @fits . " of its forms";
        }
        return;
    }
    my $kind = kind($v);
    if ($s->{type} && !is_type($kind, $s->{type})) {
        push @$faults, "$at: is $kind";
        return;
    }
    if ($s->{enum} && !grep {defined $_ ? defined $v && $_ eq $v : !defined $v} @{$s->{enum}}) {
        push @$faults, "$at: '" . ($v // "null") . "' is none of its words";
    }
    if ($kind eq "string") {
        check_text($s, $v, $at, $faults);
    } elsif ($kind eq "integer" || $kind eq "number") {
        push @$faults, "$at: $v is below $s->{minimum}" if exists $s->{minimum} && $v < $s->{minimum};
        push @$faults, "$at: $v is above $s->{maximum}" if exists $s->{maximum} && $v > $s->{maximum};
    } elsif ($kind eq "array") {
        push @$faults, "$at: too many" if exists $s->{maxItems} && @$v > $s->{maxItems};
        $self->check($s->{items}, $v->[$_], "$at\[$_]", $faults) for $s->{items} ? 0 .. $#$v : ();
    } elsif ($kind eq "object") {
        $self->check_object($s, $v, $at, $faults);
    }
}

# What is wrong with an answer, as a list of texts. `body` is decoded where it is JSON.
sub answer_faults
{
    my ($self, $method, $path, $status, $type, $body) = @_;
    my ($name, $operation) = $self->operation($method eq "HEAD" ? "GET" : $method, $path);
    return () if !$operation;
    $self->{seen}{"$method $name $status"}++;
    my $response = $self->resolve($operation->{responses}{$status} // return "$method $name: $status is not in the document");
    return () if !$response->{content} || $method eq "HEAD";
    (my $plain = $type // "") =~ s/;.*//;
    my $content = $response->{content}{$plain} or return "$method $name $status: '$plain' is not in the document";
    return () if $plain !~ /json$/;
    my @faults;
    $self->check($content->{schema}, $body, "$method $name $status", \@faults);
    return @faults;
}

# Of a request that was taken: its body fits what the document says of it.
sub request_faults
{
    my ($self, $method, $path, $body) = @_;
    my ($name, $operation) = $self->operation($method, $path);
    my $content = $operation && $operation->{requestBody} && $operation->{requestBody}{content}{"application/json"} or return ();
    my @faults;
    $self->check($content->{schema}, $body, "$method $name request", \@faults);
    return @faults;
}

# Operations of the document that never were answered with less than 400.
sub unused
{
    my ($self) = @_;
    my @unused;
    for my $path (sort keys %{$self->{doc}{paths}}) {
        for my $method (sort keys %{$self->{doc}{paths}{$path}}) {
            my $name = uc($method) . " $path";
            push @unused, $name if !grep {/^\Q$name\E [23]/} keys %{$self->{seen}};
        }
    }
    return @unused;
}

1;
