#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# A problem that comes and goes, and a hookwised that is killed between two of its steps: what it
# had done is not done again, although history does not know of it yet.
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use HookWise::Test;
use Feed;

my ($t, $sim, $ep, $daemon) = psa({ redis => { appendonly => 'yes', appendfsync => 'always' } },
    RETRY_BASE_MS => 50, CW_SEARCH_GRACE => 1, CW_TIMEOUT => 30);

# "status action" of each, with the first, second … ticket.
sub fates {
    my ($name, @ids) = @_;
    my @rows = map { recorded($t, $_, timeout => 180) } @ids; # a create that may be under way is waited for
    my ($n, %nth) = (0);
    $nth{ $_->{id} } = ++$n for about($sim, $name);
    return [map { "$_->{status} $_->{action} $nth{ $_->{ticket_id} }" } @rows];
}

sub said { my ($ticket) = @_; return [map { (split /\n/, $_->{text})[-1] } grep { !$_->{detailDescriptionFlag} } @{ $ticket->{notes} }] }

# --- killed while the second ticket is being made ---------------------------------------------------
$sim->fault(match => { method => 'POST', path => '/service/tickets' }, fault => 'slow_after_commit', ms => 60_000, skip => 1);
my @ids = feed_many($t, map { event($ep, $_) } alert_body('flaps'), alert_body('flaps'), recovery_body('flaps'),
    alert_body('flaps'), recovery_body('flaps'), alert_body('flaps'));
$t->wait_for(sub { about($sim, 'flaps') == 2 }, 'the second ticket');
$daemon->kill9;
$sim->ua->delete($sim->url . '/_sim/fault');
$daemon->start;
is_deeply(fates(flaps => @ids), ['processed create 1', 'processed update 1', 'processed close 1', 'processed create 2',
    'processed close 2', 'processed create 3'], 'each event is done once, for the ticket it was about');
my @flaps = about($sim, 'flaps');
is(scalar @flaps, 3, 'down three times: three tickets');
is_deeply([map { $_->{status}{name} } @flaps], [qw(Closed Closed New)], 'of which the last is open');
is_deeply([map { said($_) } @flaps], [["[$ids[1]/0]", "[$ids[2]/0]"], ["[$ids[4]/0]"], []], 'no note was written twice, or on another one');

# --- killed when the ticket is closed, and history does not take the row ------------------------------------
sub lock_history {
    my $pg = $t->{postgres};
    my $pid = open my $psql, '|-', "$pg->{bin}/psql", '-XAtq', '-h', "$pg->{dir}/pg", '-U', 'hookwise', '-d', 'hookwise'
        or die "psql: $!\n";
    print {$psql} "SET application_name = 'locker'; BEGIN; LOCK TABLE webhook_log IN EXCLUSIVE MODE;\n";
    $psql->flush;
    $t->wait_for(sub { $t->psql("SELECT count(*) FROM pg_locks l JOIN pg_stat_activity USING (pid)"
        . " WHERE application_name = 'locker' AND mode = 'ExclusiveLock' AND granted AND relation = 'webhook_log'::regclass") },
        'the lock');
    return $psql;
}
my $down = feed($t, $ep, alert_body('closed'));
is(row($t, $down), 'processed create', 'a ticket');
my $lock = lock_history();
my $up = feed($t, $ep, recovery_body('closed'));
$t->wait_for(sub { $t->psql("SELECT count(*) FROM alert WHERE dedup_key LIKE '%closed%' AND NOT open") }, 'the recovery');
$daemon->kill9;
close $lock;
$daemon->start;
is_deeply(fates(closed => $up), ['processed close 1'], 'closed before the kill: said so after it');
is_deeply(said((about($sim, 'closed'))[0]), ["[$up/0]"], 'with one note');
is(scalar about($sim, 'closed'), 1, 'and one ticket');

# --- nothing opens or closes before history knows what was before it ---------------------------------------------
$lock = lock_history();
my @held = feed_many($t, map { event($ep, $_) } alert_body('held'), recovery_body('held'));
$t->wait_for(sub { about($sim, 'held') == 1 }, 'the ticket');
my $marker = feed($t, $ep, alert_body('marker'));
$t->wait_for(sub { about($sim, 'marker') == 1 }, 'another alert to go on');
is((about($sim, 'held'))[0]{status}{name}, 'New', 'while history is locked the recovery waits');
close $lock;
is_deeply(fates(held => @held), ['processed create 1', 'processed close 1'], 'then it closes the ticket');
is(row($t, $marker), 'processed create', 'the other one is recorded, too');

drained($t);
is_deeply([grep { $_ > 3 } values %{ $sim->state->{made}{xref} }], [], 'no key has more tickets than episodes');
$t->done;
