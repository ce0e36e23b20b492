#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Redis reaches its maxmemory: webhooks go to the spool, and hookwised, which alone can make room,
# goes on and may even be started.
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use HookWise::Test;
use Feed;

my ($t, $sim, $ep, $daemon) = psa({ redis => { 'maxmemory-policy' => 'noeviction' } });
$t->httpd;
is(row($t, feed($t, $ep, alert_body('before'))), 'processed create', 'all is well');

my $lease = 'hw:lease:' . shard_of($ep->{id});
my $owner = $t->wait_for(sub { $t->redis_cli('GET', $lease) }, 'who has the lease');
my $worker = $t->wait_for(sub { $t->redis_cli('KEYS', 'hw:w:*')->[0] }, 'its heartbeat');
$sim->post('/latency', { ms => 300 });
my @waiting = feed_many($t, map { event($ep, alert_body("waiting $_")) } 1 .. 20);
$t->redis_cli('CONFIG', 'SET', 'maxmemory', 500_000);
like(eval { $t->redis_cli('SET', 'more', 'x' x 100) } // $@, qr/OOM/, 'Redis takes nothing more');
my $res = $t->webhook($ep, alert_body('spooled'));
is($res->code . ' ' . ($res->headers->header('X-HookWise-Durability') // ''), '202 spool', 'a webhook is stored all the same');
is(recorded($t, $_)->{status}, 'processed', "$_ was processed") for @waiting;
for my $key ($lease, $worker) { # time is left, and later there is more
    my $left = $t->redis_cli('PTTL', $key);
    $t->wait_for(sub { my $before = $left; ($left = $t->redis_cli('PTTL', $key)) > $before }, "renewal of $key");
    pass("$key is renewed");
}
is($t->wait_for(sub { $t->redis_cli('GET', $lease) }, 'who has the lease'), $owner, 'by its owner');
drained($t);
# Of a hookwised that stood still for so long a lease runs out, rightly.
unlike($daemon->text, qr/the lease was lost: it was renewed \d seconds ago|unexpected/, 'and nothing got out of step');

$sim->post('/latency', { ms => 0 });

# --- started while there is no room ---------------------------------------------------------------------
$daemon->stop;
$t->redis_cli('CONFIG', 'SET', 'maxmemory', 0);
my @stopped = feed_many($t, map { event($ep, alert_body("stopped $_")) } 1 .. 5);
$t->redis_cli('CONFIG', 'SET', 'maxmemory', 500_000);
$daemon->start;
is(recorded($t, $_)->{status}, 'processed', "$_ was processed") for @stopped;
$t->wait_for(sub { $daemon->text =~ /publishing the configuration: OOM/ }, 'its word');
pass('endpoints cannot be published meanwhile');
$t->redis_cli('CONFIG', 'SET', 'maxmemory', 0);
is(recorded($t, $res->json->{request_id})->{status}, 'processed', 'what was spooled follows');
is($t->wait_for(sub { $daemon->text =~ /(configuration is read and published again)/ && $1 }, 'the configuration'),
    'configuration is read and published again', 'and the endpoints');
is_deeply([two_made($sim)], [], 'no key has two tickets');

$t->expect_log(qr/publishing the configuration: OOM/, optional => 1);
$t->expect_log(qr/OOM command not allowed/, optional => 1);
$t->done;
