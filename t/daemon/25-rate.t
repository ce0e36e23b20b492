#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Few calls allowed: the limit holds, notes wait and become fewer, recoveries do not wait for notes.
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use HookWise::Test;
use HookWise::Test::Poll qw(now);
use Feed;

my $t = HookWise::Test->new;
$t->redis;
$t->postgres;
my $sim = $t->connectwise;
$t->migrate;
$t->conf(WORKER_THREADS => 8, CW_RATE_PER_MINUTE => 120);
$t->hookwised;
my $ep = $t->endpoint(name => 'psa', destination => 'connectwise', customer_id_default => 'ACME');

my $began = now();
my %ticket = map { $_ => recorded($t, feed($t, $ep, alert_body($_)))->{ticket_id} } qw(a b c);
my $up;
for my $round (1 .. 10) {
    feed_many($t, map { event($ep, alert_body($_, msg => "round $round")) } ('a') x 30, ('b') x 30, ('c') x 30);
    $up = feed($t, $ep, recovery_body('a')) if $round == 10;
}
my $before = now();
is(row($t, $up, timeout => 60), 'processed close', 'a recovery behind many notes');
diag sprintf 'recovered after %.1f s', now() - $before;
$t->wait_for(sub { pending($t) == 0 }, 'empty streams', 60);
my $took = now() - $began;
my @calls = $sim->requests;
cmp_ok(scalar @calls, '<=', 120 * (1 + $took / 60), sprintf '%d calls in %.1f s', scalar @calls, $took);
is(scalar $t->psql("SELECT count(*) FROM webhook_log WHERE action = 'update' AND status = 'processed'"), 900, 'every event was recorded');
for my $name (sort keys %ticket) {
    my @notes = grep { $_->{internalAnalysisFlag} } notes_of($sim, $ticket{$name});
    my $sum = 0;
    $sum += $_->{text} =~ /(\d+) events between/ ? $1 : 1 for @notes;
    is($sum, 300, "$name: the notes speak for all of them");
    cmp_ok(scalar @notes, '<=', 20, "$name: there are few: " . @notes);
}

$t->done;
