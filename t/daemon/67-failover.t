#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# PostgreSQL's standby takes over: hookwised finds it by itself, nothing is lost and nothing done twice.
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use HookWise::Test;
use Feed;

my $t = HookWise::Test->new;
$t->redis;
my @set = ('wal_level=replica', 'max_wal_senders=4', 'wal_keep_size=64MB', 'hot_standby=on');
$t->postgres(set => \@set);
my $first = $t->{postgres};
my $second = $t->standby(set => \@set);
$first->psql(q{ALTER SYSTEM SET synchronous_standby_names = '*'; SELECT pg_reload_conf()}, user => 'postgres');
$t->wait_for(sub { $first->psql(q{SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'}, user => 'postgres') }, 'a standby that is in step');
my $sim = $t->connectwise;
my $dir = $t->dir;
$t->conf(DATABASE_URL => "postgresql://hookwise\@/hookwise?host=$dir/pg,$dir/standby/pg&target_session_attrs=read-write&connect_timeout=60",
    WORKER_THREADS => 8, RETRY_BASE_MS => 50, CW_SEARCH_GRACE => 1, CW_TIMEOUT => 5, CW_RATE_PER_MINUTE => 60000);
$t->migrate;
my $daemon = $t->hookwised;
my $pid = $daemon->pid;
my $psa = $t->endpoint(name => 'psa', destination => 'connectwise', customer_id_default => 'ACME');
my $local = $t->endpoint(name => 'local', destination => 'local');
is(row($t, feed($t, $_, alert_body('before'))), 'processed create', 'all is well') for $psa, $local;

sub database { my $says = worker_says($t); return $says ? $says->{database}{status} : 'unknown' }
sub burst { my ($name, $n) = @_; return feed_many($t, map { my $i = $_; map { event($_, alert_body("$name $i")) } $psa, $local } 1 .. $n) }

# --- the first one takes no changes any more, and lives on: connections stay, writing fails ------------
$sim->post('/latency', { ms => 20 });
my @all = burst(demoted => 20);
$t->wait_for(sub { pending($t) < 38 }, 'some of it to be done');
$first->psql(q{ALTER SYSTEM SET default_transaction_read_only = on; SELECT pg_reload_conf()}, user => 'postgres');
# Sessions hear of it before a new one can begin with it.
$t->wait_for(sub { $first->psql('SHOW default_transaction_read_only') eq 'on' }, 'PostgreSQL to read its settings');
push @all, burst('read-only' => 20);
$t->wait_for(sub { database() eq 'down' }, 'hookwised to notice');
cmp_ok(pending($t), '>=', 40, 'what came since waits in Redis');

# --- the standby is promoted ---------------------------------------------------------------------------------
$second->promote;
$t->{postgres} = $second; # for psql and history
push @all, burst(promoted => 10);
is(recorded($t, $_)->{status}, 'processed', "$_ is processed") for @all[0, -1];
drained($t);
$t->{postgres} = $first;
$first->crash;
$t->{postgres} = $second;

# --- and the first one is gone for good -------------------------------------------------------------------------
is(row($t, feed($t, $psa, alert_body('gone'))), 'processed create', 'without the first one it goes on');
my $saved = $t->endpoint(name => 'saved later', destination => 'local');
is(row($t, feed($t, $saved, alert_body('saved later'))), 'processed create', 'and hears of changes');
is($t->wait_for(sub { database() eq 'up' && 'up' }, 'its word'), 'up', 'all is well again');
is($daemon->pid, $pid, 'hookwised was not restarted');

# --- the books -----------------------------------------------------------------------------------------------------
my ($rows, $ids) = split /\t/, $second->psql(q{SELECT count(*), count(DISTINCT request_id) FROM webhook_log WHERE status = 'processed' AND summary ~ 'demoted|read-only|promoted'});
is("$rows $ids", @all . ' ' . @all, 'every event is recorded, once');
is_deeply([two_made($sim)], [], 'no key has two tickets');
is(scalar keys %{ $sim->state->{made}{xref} }, 52, 'each problem has one');
is(scalar $second->psql('SELECT count(*) FROM (SELECT xref FROM incident GROUP BY xref HAVING count(*) > 1) d'), 0, 'no incident twice');
$t->{postgres} = $first;
$t->expect_log(qr/read-only transaction|terminating walreceiver|could not connect to the primary|could not receive data from WAL|terminating connection|the database system is|replication terminated|WAL record|streaming|invalid record|canceling/, optional => 1);
$t->done;
