#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# A PSA that is down for longer than there is room: other destinations go on, and order is kept.
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use HookWise::Test;
use Feed;

my $t = HookWise::Test->new;
$t->redis;
$t->postgres;
my $sim = $t->connectwise(quiet_log => undef);
$t->migrate;
$t->conf(RETRY_BASE_MS => 50, CW_RATE_PER_MINUTE => 100000);
my $daemon = $t->hookwised;
my $psa = $t->endpoint(name => 'psa', destination => 'connectwise', customer_id_default => 'ACME');
my $local = $t->endpoint(name => 'local', destination => 'local');

is(row($t, feed($t, $psa, alert_body('host 0'))), 'processed create', 'all is well');
$sim->fault(match => {}, fault => 503, times => -1);
feed_many($t, map { event($psa, alert_body("host $_")) } 1 .. 20);
$t->wait_for(sub { $t->log('hookwised') =~ /destination connectwise is down/ }, 'the breaker');

# More than there is room for: each host down, up, down … so that order shows.
my @ids = feed_many($t, map { event($psa, int($_ / 100) % 2 ? recovery_body('host ' . $_ % 100) : alert_body('host ' . $_ % 100, msg => "event $_")) } 0 .. 9899);
is(row($t, feed($t, $local, alert_body('meanwhile')), timeout => 300), 'processed create', 'other destinations go on');
sub in_flight {
    my $says = worker_says($t);
    return $says ? $says->{in_flight} : 0;
}

# Until the sub gives what is wanted. A slow machine may take long for it, as long as it gets on.
sub gets_to {
    my ($what, $now, $wanted) = @_;
    for (my $at = $now->(); !$wanted->($at);) {
        my $before = $at;
        $t->wait_for(sub { ($at = $now->()) != $before }, "$what: it stands at $before");
    }
    return;
}

gets_to('half of the room is taken', \&in_flight, sub { $_[0] >= 4000 });
is(row($t, feed($t, $local, alert_body('still')), timeout => 300), 'processed create', 'when half of the room is taken as well');

$sim->ua->delete($sim->url . '/_sim/fault');
gets_to('empty streams', sub { pending($t) }, sub { $_[0] == 0 });
is(scalar $t->psql("SELECT count(*) FROM webhook_log WHERE config_name = 'psa' AND status IN ('processed', 'skipped')"), 9921, 'every event was recorded');
is(scalar $t->psql("SELECT count(*) FROM webhook_log WHERE config_name = 'psa' AND status NOT IN ('processed', 'skipped')"), 0, 'none failed');
my @open = grep { !$_->{closedFlag} && $_->{summary} =~ /host/ } tickets($sim);
is(scalar @open, 100, 'the last event of every host was an alert: all are open in the end');
my ($kind) = $t->psql("SELECT string_agg(action, ' ' ORDER BY w.id) FROM (SELECT id, action FROM webhook_log WHERE summary = 'Alert: host 50' AND action IN ('create', 'close') ORDER BY created_at, request_id) w");
like($kind, qr/^create(?: close create)*$/, 'tickets were opened and closed in turn');
cmp_ok(scalar(grep { $_->{summary} eq 'Alert: host 50' } tickets($sim)), '>', 40, 'in the order of the events');

$t->done;
