#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Alerts that share a ticket: the last one that recovers closes it, also when two recover at once.
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use HookWise::Test;
use Feed;

my ($t, $sim) = psa(RETRY_BASE_MS => 50, CW_SEARCH_GRACE => 1);
$t->hookwised;

sub internal { my ($id) = @_; return map { $_->{text} } grep { $_->{internalAnalysisFlag} } notes_of($sim, $id) }
sub resolutions { my ($id) = @_; return scalar grep { $_->{resolutionFlag} } notes_of($sim, $id) }

# --- one after the other ------------------------------------------------------------------------------
my ($east, $west, $north) = map { psa_endpoint($t, $_) } qw(east west north);
my $made = recorded($t, feed($t, $east, alert_body('door')));
my $joined = recorded($t, feed($t, $west, alert_body('door')));
is("$joined->{action} $joined->{ticket_id}", "update $made->{ticket_id}", 'two endpoints, one ticket');
my $first = recorded($t, feed($t, $east, recovery_body('door')));
is("$first->{status} $first->{action} $first->{ticket_id}", "processed update $made->{ticket_id}", 'the first recovery is noted');
ok(!ticket($sim, $made->{ticket_id})->{closedFlag}, 'and leaves the ticket open');
like((internal($made->{ticket_id}))[-1], qr/This problem is over\. The ticket stays open for "Alert: door" of the endpoint "west"\.\n\n\[/, 'and says for whom');
is(row($t, feed($t, $east, recovery_body('door'))), 'skipped ', 'it is over for its endpoint');
my $again = recorded($t, feed($t, $east, alert_body('door')));
is("$again->{action} $again->{ticket_id}", "update $made->{ticket_id}", 'when it comes again it takes part again');
is(row($t, feed($t, $east, recovery_body('door'))), 'processed update', 'and recovers again');
my $last = recorded($t, feed($t, $west, recovery_body('door')));
is("$last->{status} $last->{action} $last->{ticket_id}", "processed close $made->{ticket_id}", 'the last recovery closes the ticket');
ok(ticket($sim, $made->{ticket_id})->{closedFlag}, 'which is closed');
is(resolutions($made->{ticket_id}), 1, 'with one resolution note');

# --- another tenant's takes part, and stays unnamed ------------------------------------------------------
my $foreign = psa_endpoint($t, 'their secret name', tenant => 'globex');
my $theirs = recorded($t, feed($t, $foreign, alert_body('lift')))->{ticket_id};
is(recorded($t, feed($t, $east, alert_body('lift')))->{ticket_id}, $theirs, 'the company is the same, so the ticket is');
recorded($t, feed($t, $east, recovery_body('lift')));
like((internal($theirs))[-1], qr/ The ticket stays open for an endpoint of another tenant\.\n\n\[/, 'it says no more of an endpoint that others may not see');
unlike(join(' ', $t->psql("SELECT trace::text || coalesce(error_message, '') FROM webhook_log WHERE tenant = 'default'")), qr/their secret name/, 'nor does the story');
is(row($t, feed($t, $foreign, recovery_body('lift'))), 'processed close', 'its recovery closes the ticket');

# --- an endpoint that is deleted holds nothing open ------------------------------------------------------
my $kept = recorded($t, feed($t, $east, alert_body('deleted')))->{ticket_id};
recorded($t, feed($t, $north, alert_body('deleted')));
$t->ctl('endpoint', 'delete', $north->{id});
is(row($t, feed($t, $east, recovery_body('deleted'))), 'processed close', 'the alert of a deleted endpoint keeps no ticket open');
ok(ticket($sim, $kept)->{closedFlag}, 'it is closed');

# --- local incidents -------------------------------------------------------------------------------------
my ($one, $two) = map { $t->endpoint(name => "local $_", destination => 'local') } 1, 2;
my $incident = recorded($t, feed($t, $one, alert_body('gate')))->{ticket_id};
recorded($t, feed($t, $two, alert_body('gate')));
is(join(', ', map { row($t, feed($t, $_, recovery_body('gate'))) } $one, $two), 'processed update, processed close', 'incidents are shared in the same way');
is(scalar $t->psql("SELECT status FROM incident WHERE id = $incident"), 'closed', 'and closed in the end');

# --- two at once -------------------------------------------------------------------------------------------
$sim->post('/latency', { ms => 20 });
my @pairs = map { "race $_" } 1 .. 20;
for my $ep ($east, $west) {
    recorded($t, $_) for feed_many($t, map { event($ep, alert_body($_)) } @pairs);
}
is(scalar(grep { $_->{summary} =~ /race/ } tickets($sim)), 20, '20 tickets for 40 alerts');
my @recovered = feed_many($t, map { my $name = $_; map { event($_, recovery_body($name)) } $east, $west } @pairs);
my %how;
$how{ recorded($t, $_)->{action} }++ for @recovered;
is_deeply(\%how, { update => 20, close => 20 }, 'of two recoveries at once one leaves, and one closes');
is(scalar(grep { $_->{summary} =~ /race/ && !$_->{closedFlag} } tickets($sim)), 0, 'every ticket is closed');
is_deeply([grep { $_ != 1 } map { resolutions($_->{id}) } grep { $_->{summary} =~ /race/ } tickets($sim)], [], 'with one resolution note each');

# --- one recovers while the other one begins ---------------------------------------------------------------------
recorded($t, $_) for feed_many($t, map { event($east, alert_body("turn $_")) } 1 .. 20);
my @turn = feed_many($t, map { my $n = "turn $_"; (event($east, recovery_body($n)), event($west, alert_body($n))) } 1 .. 20);
recorded($t, $_) for @turn;
is(scalar $t->psql("SELECT count(*) FROM alert WHERE endpoint_id = '$west->{id}' AND open AND summary_full LIKE '%turn%'"), 20, 'what began is open');
my %open = map { $_->{id} => !$_->{closedFlag} } tickets($sim);
is_deeply([grep { !$open{$_} } $t->psql("SELECT ticket_id FROM alert WHERE endpoint_id = '$west->{id}' AND open")], [], 'with a ticket that is open');
$t->done;
