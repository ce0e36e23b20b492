# SPDX-License-Identifier: Apache-2.0
# Events straight into the streams, as the module would write them, and what became of them.
package Feed;
use strict;
use warnings;
use Exporter 'import';
use IO::Socket::UNIX;
use Mojo::JSON qw(encode_json decode_json);
use Time::HiRes ();
our @EXPORT = qw(shard_of request_id event feed feed_many alert_body recovery_body recorded row tickets
    notes_of pending);

sub shard_of {
    my ($id) = @_;
    my $h = 2166136261;
    for my $byte (unpack 'C*', $id) {
        $h = (($h ^ $byte) * 16777619) & 0xffffffff;
    }
    return $h % 16;
}

my $count = 0;

sub request_id {
    return sprintf '%08x-0000-4000-8000-%012x', $$ & 0xffffffff, ++$count;
}

# The fields of one entry. %o replaces fields by their stream names.
sub event {
    my ($endpoint, $body, %o) = @_;
    $body = encode_json($body) if ref $body;
    return { v => 1, id => request_id(), ep => $endpoint->{id}, k => 'webhook',
        t => int(Time::HiRes::time() * 1e6), ip => '192.0.2.7', m => 'POST', q => '',
        h => '{"content-type":"application/json"}', b => $body, a => 'bearer', av => '', f => '',
        rj => '', of => '', by => '', %o };
}

# One event into its stream; gives its request id.
sub feed {
    my ($t, $endpoint, $body, %o) = @_;
    my $ev = event($endpoint, $body, %o);
    $t->redis_cli('XADD', 'hw:s:' . shard_of($endpoint->{id}), '*', %$ev);
    return $ev->{id};
}

# Many of them on one connection, in order.
sub feed_many {
    my ($t, @events) = @_;
    my $sock = IO::Socket::UNIX->new(Peer => $t->{redis}{socket}) or die "redis: $!\n";
    my $text = '';
    for my $ev (@events) {
        my @words = ('XADD', 'hw:s:' . shard_of($ev->{ep}), '*', %$ev);
        $text .= '*' . @words . "\r\n" . join '', map { '$' . length($_) . "\r\n$_\r\n" } @words;
    }
    print {$sock} $text, "PING\r\n";
    $sock->flush;
    local $/ = "\r\n";
    for (@events) { # each answers with its id: a length and a text
        my $line = <$sock>;
        die "redis: $line" unless defined $line && $line =~ /^\$/;
        <$sock>;
    }
    return map { $_->{id} } @events;
}

# For endpoints with the generic preset: what opens and what closes.
sub alert_body { my ($name, %o) = @_; return { monitor => { name => $name }, heartbeat => { status => 0 }, msg => "$name is down", %o } }
sub recovery_body { my ($name, %o) = @_; return { monitor => { name => $name }, heartbeat => { status => 1 }, msg => "$name is up", %o } }

my @COLUMNS = qw(status action ticket_id destination company summary error_message retry_count part);

# The rows of a request, once all its parts have a final status.
sub recorded {
    my ($t, $id, %o) = @_;
    my $parts = $o{parts} || 1;
    my @rows = $t->wait_for(sub {
        my @found = $t->history("request_id = '$id' AND status <> 'retrying'", @COLUMNS);
        return @found == $parts && \@found;
    }, "history of $id", $o{timeout} || 20)->@*;
    return $parts > 1 ? @rows : $rows[0];
}

# "status action" of a request, for short assertions.
sub row {
    my ($t, $id, %o) = @_;
    my $r = recorded($t, $id, %o);
    return "$r->{status} $r->{action}";
}

sub tickets { my ($sim) = @_; return @{ $sim->state->{tickets} } }
sub notes_of { my ($sim, $id) = @_; my ($found) = grep { $_->{id} == $id } tickets($sim); return @{ $found->{notes} } }

# Entries in all streams.
sub pending {
    my ($t) = @_;
    my $n = 0;
    $n += $t->redis_cli('XLEN', "hw:s:$_") for 0 .. 15;
    return $n;
}

1;
