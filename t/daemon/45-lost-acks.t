#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Redis forgets its last moments, as after a failover or a power cut: events are new to it that were
# acknowledged then. Whoever reads them knows them again, also a hookwised that was not there.
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use HookWise::Test;
use Feed;

my ($t, $sim, $ep, $daemon) = psa(CW_SEARCH_GRACE => 1);

my @events = map { event($ep, $_) } (map { alert_body("over $_"), alert_body("over $_"), recovery_body("over $_"), alert_body("open $_"), alert_body("open $_") } 1 .. 20);
feed_many($t, @events);
drained($t);
my $books = sub { join "\n", $t->psql('SELECT request_id, status, action, ticket_id FROM webhook_log ORDER BY id') };
my $tickets = sub { join "\n", map { join ' ', $_->{id}, $_->{status}{name}, scalar @{ $_->{notes} } } tickets($sim) };
my ($history, $psa) = ($books->(), $tickets->());
is(scalar(tickets($sim)), 40, 'forty problems, forty tickets');

for my $how ('the same hookwised', 'another hookwised', 'another hookwised, streams and all lost') {
    $daemon->restart if $how =~ /another/;
    $t->redis_cli('FLUSHALL') if $how =~ /lost/;
    feed_many($t, @events);
    drained($t);
    is($tickets->(), $psa, "$how: the tickets are as before");
    is($books->(), $history, 'and so is history');
}
$t->done;
