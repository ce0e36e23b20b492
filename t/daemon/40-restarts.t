#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Servers that go away and come back, and a hookwised that is killed: nothing lost, nothing twice.
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use HookWise::Test;
use Feed;

my ($t, $sim, $ep, $daemon) = psa({ redis => { appendonly => 'yes', appendfsync => 'always' } },
    RETRY_BASE_MS => 50, CW_SEARCH_GRACE => 1);
my $local = $t->endpoint(name => 'local', destination => 'local');

# --- Redis is flushed -----------------------------------------------------------------------------------
is(row($t, feed($t, $ep, alert_body('first'))), 'processed create', 'all is well');
$t->redis_cli('FLUSHALL');
is($t->wait_for(sub { $t->redis_cli('EXISTS', 'hw:cfg') }, 'the configuration in Redis'), 1, 'after FLUSHALL the configuration is published again');
is($t->redis_cli('HEXISTS', 'hw:epv', $ep->{id}), 1, 'with its endpoints');
is(row($t, feed($t, $ep, alert_body('flushed'))), 'processed create', 'and events are handled');

# --- Redis restarts --------------------------------------------------------------------------------------------
$t->{redis}->restart;
is(row($t, feed($t, $ep, alert_body('redis'))), 'processed create', 'after a restart of Redis events are handled');

# --- an answer that is lost: Redis has delivered an event, which hookwised never got ---------------------------------
drained($t);
my $unheard = event($ep, alert_body('unheard'));
my ($stream, $lease) = map { $_ . shard_of($ep->{id}) } 'hw:s:', 'hw:lease:';
my $owner = $t->wait_for(sub { $t->redis_cli('GET', $lease) }, 'who has the lease');
$t->redis_cli('EVAL', "redis.call('XADD', KEYS[1], '*', unpack(ARGV, 2)) "
    . "return #redis.call('XREADGROUP', 'GROUP', 'hookwised', ARGV[1], 'STREAMS', KEYS[1], '>')",
    1, $stream, $owner, %$unheard);
is($t->redis_cli('XPENDING', $stream, 'hookwised')->[0], 1, 'an event counts as delivered to a hookwised that lives');
$t->redis_cli('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
is(row($t, $unheard->{id}), 'processed create', 'when the connection is back it asks for what it was given');
drained($t);
is($t->redis_cli('XPENDING', $stream, 'hookwised')->[0], 0, 'and acknowledges it');
is($t->wait_for(sub { $t->redis_cli('GET', $lease) }, 'who has the lease'), $owner, 'which is its own all the time');

# --- PostgreSQL restarts, with events coming in meanwhile ----------------------------------------------------------
$t->{postgres}->crash;
my @during = feed_many($t, map { event($ep, alert_body("pg $_")) } 1 .. 30);
push @during, feed_many($t, map { event($local, alert_body("pg $_")) } 1 .. 30);
is($t->wait_for(sub { my $says = worker_says($t); $says && $says->{database}{status} eq 'down' && 'down' }, 'status'),
    'down', 'a database that is away is reported');
is(pending($t), 60, 'nothing is acknowledged meanwhile');
$t->{postgres}->start;
is(recorded($t, $_)->{status}, 'processed', "$_ was processed") for @during[0, 29, 30, 59];
drained($t);
is(scalar $t->psql("SELECT count(*) FROM webhook_log WHERE summary LIKE 'Alert: pg %' AND status = 'processed' AND action = 'create'"), 60, 'all of them');

# --- TERM while calls are under way -------------------------------------------------------------------------------------
$sim->post('/latency', { ms => 300 });
my @begun = feed_many($t, map { event($ep, alert_body("term $_")) } 1 .. 8);
$t->wait_for(sub { $sim->get('/stats')->{in_flight} > 0 }, 'calls under way');
is($daemon->stop, 0, 'TERM ends it, and it says all is well');
is(scalar $t->psql("SELECT count(*) FROM webhook_log WHERE summary LIKE 'Alert: term %' AND status = 'processed'") + pending($t), 8,
    'what it had begun is recorded, what not is pending');
is($t->redis_cli('EXISTS', map { "hw:lease:$_" } 0 .. 15), 0, 'its leases are given back');
is(scalar @{ $t->redis_cli('KEYS', 'hw:w:*') }, 0, 'and its heartbeat is gone');
$sim->post('/latency', { ms => 0 });
$daemon->start;
is(recorded($t, $_)->{status}, 'processed', "$_ was processed") for @begun;
drained($t);

# --- killed, again and again ---------------------------------------------------------------------------------------------------
$sim->post('/latency', { ms => 20 });
my @all;
for my $round (1 .. 4) {
    push @all, feed_many($t, map { event($_ % 3 ? $ep : $local, alert_body('kill ' . ($_ % 40), msg => "event $round/$_")) } 1 .. 150);
    $t->wait_for(sub { pending($t) < 100 * $round }, 'some of it to be done');
    $daemon->kill9;
    $daemon->start;
}
$sim->post('/latency', { ms => 0 });
drained($t);
my ($rows, $ids) = split /\t/, $t->psql("SELECT count(*), count(DISTINCT request_id) FROM webhook_log WHERE summary LIKE 'Alert: kill %' AND status = 'processed'");
is("$rows $ids", @all . ' ' . @all, 'every event was recorded, once');
is_deeply([two_made($sim)], [], 'no key has two tickets');
my %noted;
for my $ticket (grep { $_->{summary} =~ /^Alert: kill / } tickets($sim)) {
    for my $note (grep { $_->{internalAnalysisFlag} } @{ $ticket->{notes} }) {
        my ($ref) = $note->{text} =~ /(\[[-0-9a-f]+\/\d+\])/;
        $noted{$ref}++;
    }
}
is_deeply([grep { $noted{$_} > 1 } keys %noted], [], 'no note was written twice');
is(scalar $t->psql("SELECT count(*) FROM (SELECT xref FROM incident GROUP BY xref HAVING count(*) > 1) d"), 0, 'no incident twice');
is(scalar $t->psql('SELECT count(*) FROM alert WHERE NOT open AND intent_request IS NOT NULL'), 0, 'no create is left in doubt');

$t->expect_log(qr/terminated by signal|terminating connection|server process|ERROR/, optional => 1);
$t->done;
