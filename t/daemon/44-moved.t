#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# The PSA is not where the settings say. Events that wait for it go where it is once the settings
# are put right, without a restart.
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use HookWise::Test;
use Feed;

# As many tries as failures that open the breaker: one event may be the first five of them.
my ($t, $sim, $ep, $daemon) = psa(RETRY_BASE_MS => 1, MAX_RETRIES => 5, CW_URL => 'http://127.0.0.1:1');

my @ids = feed_many($t, map { event($ep, alert_body("waiting $_")) } 1 .. 10);
my $seen = $t->wait_for(sub {
    my $says = worker_says($t) or return 0;
    my $psa = $says->{destinations}{connectwise};
    return $psa->{status} eq 'down' && $psa;
}, 'the breaker');
like($seen->{detail}, qr/^GET http:\/\/127\.0\.0\.1:1\/.*: Failed to connect/, 'nobody is there');
is(pending($t), 10, 'events wait');

$t->conf(CW_URL => $sim->url);
kill 'HUP', $daemon->pid;
is(row($t, $_), 'processed create', "$_ has a ticket") for @ids;
is(scalar(tickets($sim)), 10, 'one each');
$t->done;
