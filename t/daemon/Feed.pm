# SPDX-License-Identifier: Apache-2.0
# A hookwised with its PSA, events straight into the streams, as the module would write them, and
# what became of them.
package Feed;
use strict;
use warnings;
use Exporter 'import';
use HookWise::Test;
use Mojo::JSON qw(encode_json decode_json);
use Time::HiRes ();
our @EXPORT = qw(psa psa_endpoint shard_of request_id event feed feed_many alert_body recovery_body recorded
    row tickets ticket about notes_of two_made worker_says pending drained);

# Redis, PostgreSQL, a simulated ConnectWise and a hookwised with these settings, and an endpoint
# "psa" of theirs: (test, simulator, endpoint, daemon). A hash reference first: redis and sim, hashes
# of options of the two; endpoint, more of its document.
sub psa {
    my $o = ref $_[0] eq 'HASH' ? shift : {};
    my (%set) = @_;
    my $t = HookWise::Test->new;
    $t->redis(%{ $o->{redis} || {} });
    $t->postgres;
    my $sim = $t->connectwise(%{ $o->{sim} || {} });
    $t->migrate;
    $t->conf(WORKER_THREADS => 8, CW_RATE_PER_MINUTE => 60000, %set);
    my $daemon = $t->hookwised;
    return ($t, $sim, psa_endpoint($t, 'psa', %{ $o->{endpoint} || {} }), $daemon);
}

# An endpoint whose tickets are ACME's.
sub psa_endpoint {
    my ($t, $name, %doc) = @_;
    return $t->endpoint(name => $name, destination => 'connectwise', customer_id_default => 'ACME', %doc);
}

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

# Many of them, in order and at one moment: who reads the streams finds none of them or all.
sub feed_many {
    my ($t, @events) = @_;
    my ($done) = (reverse $t->{redis}->commands(['MULTI'],
        map({ ['XADD', 'hw:s:' . shard_of($_->{ep}), '*', %$_] } @events), ['EXEC']));
    die "redis did not take the events\n" unless ref $done && @$done == @events;
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
    }, "history of $id", $o{timeout})->@*;
    return $parts > 1 ? @rows : $rows[0];
}

# "status action" of a request, for short assertions.
sub row {
    my ($t, $id, %o) = @_;
    my $r = recorded($t, $id, %o);
    return "$r->{status} $r->{action}";
}

# Of the simulator: all tickets, one by its id, those whose monitor has that name, a ticket's notes.
sub tickets { my ($sim) = @_; return @{ $sim->state->{tickets} } }
sub ticket { my ($sim, $id) = @_; my ($found) = grep { $_->{id} == $id } tickets($sim); return $found }
sub about { my ($sim, $name) = @_; return grep { $_->{summary} eq "Alert: $name" } tickets($sim) }
sub notes_of { my ($sim, $id) = @_; return @{ ticket($sim, $id)->{notes} } }

# Keys that more than one ticket was made for.
sub two_made { my ($sim) = @_; my $made = $sim->state->{made}{xref}; return grep { $made->{$_} > 1 } sort keys %$made }

# What a hookwised says of itself, as health shows it: undef while none does.
sub worker_says {
    my ($t) = @_;
    my ($key) = @{ $t->redis_cli('KEYS', 'hw:w:*') };
    my $json = defined $key ? $t->redis_cli('HGET', $key, 'json') : undef;
    return defined $json ? decode_json($json) : undef;
}

# Waits until all events were acknowledged: that comes after their rows.
sub drained { my ($t) = @_; return $t->wait_for(sub { pending($t) == 0 }, 'empty streams') }

# Entries in all streams.
sub pending {
    my ($t) = @_;
    my $n = 0;
    $n += $t->redis_cli('XLEN', "hw:s:$_") for 0 .. 15;
    return $n;
}

1;
