#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Few calls allowed: the limit holds, notes wait and become fewer, recoveries do not wait for notes.
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use HookWise::Test;
use HookWise::Test::Poll qw(now);
use Feed;

my ($t, $sim, $ep, $one) = psa(CW_RATE_PER_MINUTE => 120);

my $began = now();
my %ticket = map { $_ => recorded($t, feed($t, $ep, alert_body($_)))->{ticket_id} } qw(a b c);
my @burst = map { my $round = $_; map { event($ep, alert_body($_, msg => "round $round")) } ('a') x 30, ('b') x 30, ('c') x 30 } 1 .. 10;
my $up = (feed_many($t, @burst, event($ep, recovery_body('a'))))[-1];
is(row($t, $up), 'processed close', 'a recovery behind many notes');
drained($t);
my @calls = $sim->requests;
my $took = now() - $began;
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
my $two = $t->hookwised;
sub says { my ($d, $re) = @_; return scalar(() = $d->text =~ /$re/g) }
my $both = qr/connectwise: 2 hookwised share 120 calls a minute/;
$t->wait_for(sub { says($one, $both) && says($two, $both) }, 'both to know of each other');
sub shards_of { my ($d) = @_; my $pid = $d->pid; return grep { ($t->redis_cli('GET', "hw:lease:$_") // '') =~ /:$pid:/ } 0 .. 15 }
my %of;
$t->wait_for(sub {
    %of = ((map { $_ => 'one' } shards_of($one)), map { $_ => 'two' } shards_of($two));
    return 8 == grep({ $_ eq 'one' } values %of) && 8 == grep { $_ eq 'two' } values %of;
}, 'an even share');
# Endpoints get their shards by chance: made until each of the two has six.
my %many = (one => [], two => []);
for (my $n = 1; @{ $many{one} } < 6 || @{ $many{two} } < 6; $n++) {
    my $made = psa_endpoint($t, "many $n");
    push @{ $many{ $of{ shard_of($made->{id}) } } }, $made;
}
my @many = map { @$_[0 .. 5] } values %many;
my $calls = $sim->requests;
$began = now();
feed_many($t, map { my $n = $_; map { event($_, alert_body("of many $n")) } @many } 1 .. 10);

# Calls in a second, of the next seconds.
sub busy {
    my ($seconds) = @_;
    my ($from, $before) = (now(), scalar $sim->requests);
    $t->wait_for(sub { now() - $from > $seconds }, 'some seconds of work');
    $seconds = now() - $from;
    return ($sim->requests - $before) / $seconds;
}
# All they may together is two in a second; one alone, or each with half of its half, makes one. A
# stretch in which the machine had other things to do says nothing: then the next one is looked at.
busy(4); # what is kept
my $pace;
$t->wait_for(sub { ($pace = busy(8)) >= 2 * 0.6 }, 'a stretch of work at full pace');
cmp_ok($pace, '>=', 2 * 0.6, sprintf 'they make use of it: %.2f calls in a second', $pace);
$calls = $sim->requests - $calls;
$took = now() - $began;
# What is kept (8), what flows in, and what was under way; each with a bucket of its own made twice that.
cmp_ok($calls, '<=', 120 * (1 / 15 + $took / 60 * 14 / 15) + 4, sprintf 'and together they keep to it: %d calls in %.1f s', $calls, $took);
$two->stop;
$t->wait_for(sub { $one->text =~ /connectwise: 1 hookwised share 120 calls a minute/ }, 'the one that is left to know');
pass('who is left has all of it');

$t->done;
