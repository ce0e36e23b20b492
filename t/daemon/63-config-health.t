#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# The names endpoints use are checked against the PSA: after a save, and by and by.
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use HookWise::Test;
use Feed;
use Mojo::JSON qw(encode_json);

my $t = HookWise::Test->new;
$t->redis;
$t->postgres;
my $sim = $t->connectwise;
$t->migrate;
$t->conf(WORKER_THREADS => 4, CW_RATE_PER_MINUTE => 60000, PRIORITY_MAP => 'critical=Priority 1 - Critical, low=Priority 9 - Never');
my %cw = (destination => 'connectwise');
my $good = $t->endpoint(name => 'good', %cw, board => 'alerts', priority => 'Priority 2 - High');
my $health = $t->ctl_json('endpoint', 'show', $good->{id})->{config_health};
is_deeply($health, { status => 'unknown', problems => [], checked_at => undef }, 'before hookwised looked nothing is known');
my @workers = map { $t->hookwised } 1, 2;

sub change { my ($ep, $patch) = @_; $t->ctl_json('endpoint', 'update', $ep->{id}, $t->file('patch.json', encode_json($patch))) }
sub health {
    my ($ep, $want) = @_;
    my $found;
    $t->wait_for(sub {
        $found = $t->ctl_json('endpoint', 'show', $ep->{id})->{config_health};
        return $found->{checked_at} && (!$want || $found->{status} eq $want);
    }, "health of $ep->{name}");
    return join "\n", $found->{status}, map { ($_->{field} // '-') . ": $_->{message}" } @{ $found->{problems} };
}

is(health($good), 'ok', 'an endpoint whose names are all there, in any case');
my $local = $t->endpoint(name => 'local', destination => 'local', board => 'anything');
is(health($local), 'ok', 'local incidents take any name');
my $graded = $t->endpoint(name => 'graded', %cw, preset => 'alertmanager');
like(health($graded), qr/^attention\nPRIORITY_MAP: the PSA has no "Priority 9 - Never" among its priorities; it has: Priority 1 - /,
    'priorities that severities would give');
my $bad = $t->endpoint(name => 'bad', %cw, status => 'Closed', close_status => 'Waiting', ticket_type => 'Nonsense', priority => 'P9');
my $said = health($bad);
like($said, qr/^attention\nstatus: this status closes tickets: new ones would be closed at once\nclose_status: this status does not close tickets\n/, 'statuses that do the wrong thing');
like($said, qr/^ticket_type: board "Alerts" has no "Nonsense" among its types; it has: \w/m, 'a type that is not there, on the board of the settings');
like($said, qr/^priority: the PSA has no "P9" among its priorities; it has: Priority 1 - /m, 'nor a priority');
change($bad, { board => 'Nowhere', priority => undef });
like(health($bad), qr/^attention\nboard: the PSA has no "Nowhere" among its boards; it has: .*Alerts.*\z/, 'without the board there is nothing else to check');
change($bad, { board => undef, status => undef, close_status => undef, ticket_type => undef });
is(health($bad), 'ok', 'a save is checked at once');
my ($listed) = grep { $_->{name} eq 'bad' } @{ $t->ctl_json('endpoint', 'list')->{items} };
is($listed->{config_health}{status}, 'ok', 'the list shows it as well');
is(health($t->endpoint(name => 'told', preset => 'freshservice', destination => 'mirror')), 'ok', 'one that mirrors tickets names nothing there');
my $boards = grep { $_->{path} eq '/service/boards' } $sim->requests;
cmp_ok($boards, '<=', 4, 'lists are remembered');

# --- a PSA that does not tell --------------------------------------------------------------------------
$sim->stop;
$_->restart for @workers; # what they remember is forgotten
change($bad, { priority => 'Priority 0' });
like(health($bad), qr/^unknown\ndestination: the names cannot be checked now: .*connect/i, 'a PSA that is away leaves it unknown');
is(recorded($t, feed($t, $local, alert_body('web')))->{action}, 'create', 'nothing else waits for it');
$sim->start;
$t->psql("UPDATE endpoint_health SET checked_at = checked_at - interval '11 minutes' WHERE status <> 'ok'");
like(health($bad, 'attention'), qr/^attention\npriority: the PSA has no "Priority 0"/, 'later it is asked again');
$t->psql("UPDATE endpoint_health SET checked_at = now() - interval '2 hours', problems = jsonb_build_array(jsonb_build_object('field', 'x', 'message', 'old')) WHERE endpoint_id = '$good->{id}'");
$t->wait_for(sub { health($good) eq 'ok' }, 'the hourly check');
pass('what was fine is checked every hour');

$t->done;
