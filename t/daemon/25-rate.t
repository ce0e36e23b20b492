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

# --- two hookwised: one limit ---------------------------------------------------------------------------------
my ($one) = @{ $t->{daemons} };
my $two = $t->hookwised;
sub says { my ($d, $re) = @_; return scalar(() = $d->text =~ /$re/g) }
my $both = qr/connectwise: 2 hookwised share 120 calls a minute/;
$t->wait_for(sub { says($one, $both) && says($two, $both) }, 'both to know of each other', 20);
sub shards_of { my ($d) = @_; return scalar grep { ($t->redis_cli('GET', "hw:lease:$_") // '') =~ /:@{[$d->pid]}:/ } 0 .. 15 }
$t->wait_for(sub { shards_of($one) == 8 && shards_of($two) == 8 }, 'an even share', 30);
my @many = map { $t->endpoint(name => "many $_", destination => 'connectwise', customer_id_default => 'ACME') } 1 .. 12;
my @served = grep { my $ep = $_; ($t->redis_cli('GET', 'hw:lease:' . shard_of($ep->{id})) // '') =~ /:@{[$two->pid]}:/ } @many;
cmp_ok(scalar @served, '>', 0, 'the second one has work') ;
cmp_ok(scalar @served, '<', 12, 'the first one too');
my $calls = $sim->requests;
$began = now();
feed_many($t, map { my $n = $_; map { event($_, alert_body("of many $n")) } @many } 1 .. 10);
$t->wait_for(sub { now() - $began > 12 }, 'twelve seconds of work', 20);
$took = now() - $began;
$calls = $sim->requests - $calls;
# What is kept (8), what flows in, and what was under way; each with a bucket of its own made twice that.
cmp_ok($calls, '<=', 120 * (1 / 15 + $took / 60 * 14 / 15) + 4, sprintf 'together they keep to it: %d calls in %.1f s', $calls, $took);
cmp_ok($calls, '>=', 120 * $took / 60 * 0.6, 'and make use of it');
$two->stop;
$t->wait_for(sub { $one->text =~ /connectwise: 1 hookwised share 120 calls a minute/ }, 'the one that is left to know', 20);
pass('who is left has all of it');

$t->done;
