#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# The PSA is not where the settings say. Events that wait for it go where it is once the settings
# are put right, without a restart.
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use HookWise::Test;
use Feed;

my $t = HookWise::Test->new;
$t->redis;
$t->postgres;
my $sim = $t->connectwise;
$t->migrate;
$t->conf(WORKER_THREADS => 8, RETRY_BASE_MS => 1, MAX_RETRIES => 2, CW_RATE_PER_MINUTE => 60000, CW_URL => 'http://127.0.0.1:1');
my $daemon = $t->hookwised;
my $ep = $t->endpoint(name => 'psa', destination => 'connectwise', customer_id_default => 'ACME');

my @ids = feed_many($t, map { event($ep, alert_body("waiting $_")) } 1 .. 10);
my $seen = $t->wait_for(sub {
    my ($w) = @{ $t->redis_cli('KEYS', 'hw:w:*') };
    my $s = Mojo::JSON::decode_json($t->redis_cli('HGET', $w, 'json'))->{destinations}{connectwise};
    return $s->{status} eq 'down' && $s;
}, 'the breaker', 20);
like($seen->{detail}, qr/^GET http:\/\/127\.0\.0\.1:1\/.*: Failed to connect/, 'nobody is there');
is(pending($t), 10, 'events wait');

$t->conf(CW_URL => $sim->url);
kill 'HUP', $daemon->pid;
is(row($t, $_, timeout => 40), 'processed create', "$_ has a ticket") for @ids;
is(scalar(tickets($sim)), 10, 'one each');
$t->done;
