# SPDX-License-Identifier: Apache-2.0
# Which request of a simulator meets which fault.
package HookWise::Sim::Faults;
use strict;
use warnings;

sub new { my ($class) = @_; return bless { rows => [], last => 0 }, $class }

# { match => { method, path (a "*" stands for anything), body (part of it) }, fault, skip => how
# many matching requests pass before (0), times => how many meet it (1, -1 = all), … }.
sub add {
    my ($self, $fault) = @_;
    die "a fault needs a name in \"fault\"\n" unless defined $fault->{fault} && !ref $fault->{fault};
    my %known = map { $_ => 1 } qw(match fault skip times ms retry_after value status body text headers);
    my ($unknown) = sort grep { !$known{$_} } keys %$fault;
    die "a fault has no \"$unknown\"\n" if defined $unknown;
    my $match = $fault->{match} || {};
    my $glob = defined $match->{path} ? join '.*', map { quotemeta } split /\*/, $match->{path}, -1 : '.*';
    push @{ $self->{rows} }, { %$fault, id => ++$self->{last}, hits => 0, times => $fault->{times} // 1,
        skip => $fault->{skip} // 0, path_re => qr/\A$glob\z/ };
    return { id => $self->{last} };
}

# The first fault for this request, counted; undef when there is none.
sub take {
    my ($self, $req) = @_;
    for my $row (@{ $self->{rows} }) {
        my $match = $row->{match} || {};
        next if $row->{times} >= 0 && $row->{hits} >= $row->{times};
        next if defined $match->{method} && $match->{method} ne $req->{method};
        next unless $req->{path} =~ $row->{path_re};
        next if defined $match->{body} && index($req->{tx}->req->body, $match->{body}) < 0;
        next if $row->{skip} > 0 && $row->{skip}--;
        $row->{hits}++;
        return $row;
    }
    return undef;
}

sub list {
    my ($self) = @_;
    return [map { my %row = %$_; delete $row{path_re}; \%row } @{ $self->{rows} }];
}

sub clear { my ($self) = @_; $self->{rows} = []; return }

1;
