#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Redis reaches its maxmemory: webhooks go to the spool, and hookwised, which alone can make room,
# goes on and may even be started.
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use HookWise::Test;
use Feed;

my $t = HookWise::Test->new;
$t->redis('maxmemory-policy' => 'noeviction');
$t->postgres;
my $sim = $t->connectwise;
$t->migrate;
$t->conf(WORKER_THREADS => 8, CW_RATE_PER_MINUTE => 60000);
my $daemon = $t->hookwised;
$t->httpd;
my $ep = $t->endpoint(name => 'psa', destination => 'connectwise', customer_id_default => 'ACME');
is(row($t, feed($t, $ep, alert_body('before'))), 'processed create', 'all is well');

my $lease = 'hw:lease:' . shard_of($ep->{id});
my $owner = $t->redis_cli('GET', $lease);
my ($worker) = @{ $t->redis_cli('KEYS', 'hw:w:*') };
$sim->post('/latency', { ms => 300 });
my @waiting = feed_many($t, map { event($ep, alert_body("waiting $_")) } 1 .. 20);
$t->redis_cli('CONFIG', 'SET', 'maxmemory', 500_000);
like(eval { $t->redis_cli('SET', 'more', 'x' x 100) } // $@, qr/OOM/, 'Redis takes nothing more');
$t->redis_cli('PEXPIRE', $_, 5000) for $lease, $worker;
my $res = $t->webhook($ep, alert_body('spooled'));
is($res->code . ' ' . ($res->headers->header('X-HookWise-Durability') // ''), '202 spool', 'a webhook is stored all the same');
is(recorded($t, $_, timeout => 40)->{status}, 'processed', "$_ was processed") for @waiting;
for my $key ($lease, $worker) {
    cmp_ok($t->wait_for(sub { my $ms = $t->redis_cli('PTTL', $key); $ms > 5000 && $ms }, "renewal of $key"), '>', 5000, "$key is renewed");
}
is($t->redis_cli('GET', $lease), $owner, 'by its owner');
$t->wait_for(sub { pending($t) == 0 }, 'empty streams');
unlike($daemon->text, qr/lease was lost|unexpected/, 'and nothing got out of step');

$sim->post('/latency', { ms => 0 });

# --- started while there is no room ---------------------------------------------------------------------
$daemon->stop;
$t->redis_cli('CONFIG', 'SET', 'maxmemory', 0);
my @stopped = feed_many($t, map { event($ep, alert_body("stopped $_")) } 1 .. 5);
$t->redis_cli('CONFIG', 'SET', 'maxmemory', 500_000);
$daemon->start;
is(recorded($t, $_)->{status}, 'processed', "$_ was processed") for @stopped;
like($daemon->text, qr/publishing the configuration: OOM/, 'endpoints cannot be published meanwhile');
$t->redis_cli('CONFIG', 'SET', 'maxmemory', 0);
is(recorded($t, $res->json->{request_id})->{status}, 'processed', 'what was spooled follows');
is($t->wait_for(sub { $daemon->text =~ /(configuration is read and published again)/ && $1 }, 'the configuration'),
    'configuration is read and published again', 'and the endpoints');
is_deeply([grep { $_ > 1 } values %{ $sim->state->{made}{xref} }], [], 'no key has two tickets');

$t->expect_log(qr/publishing the configuration: OOM/, optional => 1);
$t->expect_log(qr/OOM command not allowed/, optional => 1);
$t->done;
