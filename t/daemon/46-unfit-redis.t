#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# A Redis that is too old, or a cluster: hookwised is not ready, and says why in one line.
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use HookWise::Test;
use Feed;

subtest 'without a command that is needed, as before 6.2' => sub {
    my $t = HookWise::Test->new;
    $t->redis('rename-command' => 'XAUTOCLAIM ""');
    $t->postgres;
    $t->migrate;
    my $d = $t->hookwised(wait => 0);
    my $said = qr/^\S+ hookwised\[\d+\] warn: reading events waits: Redis at unix:\S+ is older than 6\.2, or some of its commands were taken away: ERR unknown command '?XAUTOCLAIM/m;
    ok($t->wait_for(sub { $d->text =~ $said }, 'a line about it', 60), 'is named');
    is(scalar(() = $d->text =~ /$said/g), 1, 'once');
    unlike($d->text, qr/info: ready/, 'it is not ready');
    my $ep = $t->endpoint(name => 'waits', destination => 'local');
    feed($t, $ep, alert_body('waits'));
    is(pending($t), 1, 'events wait');
    is(scalar $t->psql('SELECT count(*) FROM webhook_log'), '0', 'and are not handled');
    $t->stop_all;
};

subtest 'a cluster' => sub {
    my $t = HookWise::Test->new;
    $t->redis('cluster-enabled' => 'yes');
    $t->postgres;
    $t->migrate;
    $t->redis_cli('CLUSTER', 'ADDSLOTS', 0 .. 16383);
    $t->wait_for(sub { $t->redis_cli('CLUSTER', 'INFO') =~ /cluster_state:ok/ }, 'the cluster', 60);
    my $d = $t->hookwised(wait => 0);
    ok($t->wait_for(sub { $d->text =~ /warn: \S[^\n]*: Redis at unix:\S+ is a cluster, and must be a single server: (?:CROSSSLOT|MOVED) / }, 'a line about it', 60), 'is named');
    $t->stop_all;
};

done_testing();
