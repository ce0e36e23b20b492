#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# A ConnectWise that fails: what is tried again, what is not, and never a second ticket.
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use HookWise::Test;
use HookWise::Test::Poll qw(now);
use Feed;

# Its tries are counted, so none may be spent because this machine stands still for some seconds.
my ($t, $sim, $ep, $daemon) = psa({ sim => { lag => 300 } }, RETRY_BASE_MS => 50, MAX_RETRIES => 3, CW_SEARCH_GRACE => 1,
    CW_TIMEOUT => 60);

sub fault { my (%f) = @_; return $sim->fault(%f) }
sub heal { return $sim->ua->delete($sim->url . '/_sim/fault') }
sub made { my ($name) = @_; return $sim->state->{made}{summary}{"ACME|Alert: $name"} || 0 }
my %CREATE = (match => { method => 'POST', path => '/service/tickets' });
my %NOTE = (match => { method => 'POST', path => '/service/tickets/*/notes' });
my %PATCH = (match => { method => 'PATCH', path => '/service/tickets/*' });
my %SEARCH = (match => { method => 'GET', path => '/service/tickets' });

# --- creates whose outcome is unknown -----------------------------------------------------------------
for my $fault (qw(reset_after_commit 500_after_commit 502_after_commit truncated)) {
    fault(%CREATE, fault => $fault);
    my $r = recorded($t, feed($t, $ep, alert_body($fault)));
    is("$r->{status} $r->{action}", 'processed create', "$fault: the ticket is found again");
    is(made($fault), 1, 'and not made twice');
}
fault(%CREATE, fault => 'reset_before');
my $reset = recorded($t, feed($t, $ep, alert_body('reset')));
is("$reset->{status} $reset->{action}", 'processed create', 'a create that never arrived is made');
is(made('reset'), 1, 'once');

# --- temporary failures ----------------------------------------------------------------------------------
fault(%CREATE, fault => 429, retry_after => 2);
my $began = now();
my $limited = recorded($t, feed($t, $ep, alert_body('limited')));
is("$limited->{status} $limited->{action} $limited->{retry_count}", 'processed create 1', '429: tried again');
cmp_ok(now() - $began, '>=', 1.9, 'not before Retry-After');
fault(%SEARCH, fault => 503, times => 2);
my $busy = recorded($t, feed($t, $ep, alert_body('busy')));
is("$busy->{status} $busy->{action} $busy->{retry_count}", 'processed create 2', 'a search that failed is no "no ticket": tried again');
fault(%SEARCH, fault => '502html', times => 1);
is(row($t, feed($t, $ep, alert_body('html'))), 'processed create', 'an HTML page from a proxy is a temporary failure');
fault(%CREATE, fault => 503, times => -1);
my $dead = recorded($t, feed($t, $ep, alert_body('dead')));
is("$dead->{status} $dead->{action} $dead->{retry_count}", 'dlq create 3', 'after MAX_RETRIES: dead letters');
like($dead->{error_message}, qr/ConnectWise answered 503/, 'with the PSA\'s words');
is(made('dead'), 0, 'no ticket');
heal();

# --- permanent failures ----------------------------------------------------------------------------------------
my $board = psa_endpoint($t, 'no board', board => 'Nowhere');
my $refused = recorded($t, feed($t, $board, alert_body('refused')));
is("$refused->{status} $refused->{retry_count}", 'failed 0', 'what the PSA refuses fails at once');
like($refused->{error_message}, qr/^ConnectWise answered 400 InvalidObject: ticket object is invalid: .*board/i, 'with its own words');
my $nobody = psa_endpoint($t, 'nobody', customer_id_default => 'Nosuch');
like(recorded($t, feed($t, $nobody, alert_body('nobody')))->{error_message}, qr/ompany/, 'an unknown company: its words');
fault(%CREATE, fault => 401);
is(recorded($t, feed($t, $ep, alert_body('locked')))->{status}, 'failed', 'refused credentials fail at once');
# What health says of the PSA, status and words, once it is that: it is written every few seconds.
sub health {
    my ($like) = @_;
    return $t->wait_for(sub {
        my $s = (worker_says($t) || {})->{destinations}{connectwise} || {};
        my $said = join ': ', grep { defined } @$s{qw(status detail)};
        return $said =~ $like && $said;
    }, "health to say $like of ConnectWise");
}
ok(health(qr/^degraded: .*answered 401/), 'and health says so');

# --- notes ------------------------------------------------------------------------------------------------------
my $noted = recorded($t, feed($t, $ep, alert_body('noted')))->{ticket_id};
for my $fault (qw(reset_after_commit 500_after_commit)) {
    fault(%NOTE, fault => $fault);
    is(row($t, feed($t, $ep, alert_body('noted', msg => $fault))), 'processed update', "a note with $fault");
    is(scalar(grep { $_->{text} =~ /$fault/ } notes_of($sim, $noted)), 1, 'is written once');
}
fault(%NOTE, fault => 400);
is(row($t, feed($t, $ep, alert_body('noted'))), 'failed update', 'a note the PSA refuses fails');

# --- closing ---------------------------------------------------------------------------------------------------------
for my $fault (qw(false200 reset_after_commit 500 slow)) {
    my $id = recorded($t, feed($t, $ep, alert_body("close $fault")))->{ticket_id};
    fault(%PATCH, fault => $fault, ms => 100);
    is(row($t, feed($t, $ep, recovery_body("close $fault"))), 'processed close', "a close with $fault");
    my $ticket = ticket($sim, $id);
    is($ticket->{status}{name}, 'Closed', 'ends closed');
    is(scalar(grep { $_->{resolutionFlag} } @{ $ticket->{notes} }), 1, 'with one resolution note');
}
my $stubborn = recorded($t, feed($t, $ep, alert_body('stubborn')))->{ticket_id};
fault(%PATCH, fault => 'false200', times => -1);
my $never = recorded($t, feed($t, $ep, recovery_body('stubborn')));
is("$never->{status} $never->{action}", 'dlq close', 'a status that is never taken is not called closed');
like($never->{error_message}, qr/answered 200 but left ticket $stubborn in status "New" instead of "Closed"/, 'and why');
is(ticket($sim, $stubborn)->{status}{name}, 'New', 'which is true');
heal();
my $closing = psa_endpoint($t, 'no status', close_status => 'Nirvana');
recorded($t, feed($t, $closing, alert_body('status')));
like(recorded($t, feed($t, $closing, recovery_body('status')))->{error_message}, qr/has no status "Nirvana"; it has: .*Closed/,
    'a status the board does not have is named, with those it has');

# --- the destination is down --------------------------------------------------------------------------------------------
my $others = $t->endpoint(name => 'local', destination => 'local');
fault(match => {}, fault => 503, times => -1);
my @waiting = feed_many($t, map { event($ep, alert_body("down $_")) } 1 .. 40);
ok(health(qr/^down: .*503/), 'a destination that is down says why');
is(row($t, feed($t, $others, alert_body('meanwhile'))), 'processed create', 'other destinations go on');
ok($t->wait_for(sub { scalar $t->psql("SELECT count(*) FROM webhook_log WHERE status = 'retrying'") }, 'rows of what waits'), 'history shows what waits');
heal();
is(recorded($t, $_)->{status}, 'processed', "$_ was processed in the end") for $waiting[0], $waiting[-1];
drained($t);
is(scalar $t->psql("SELECT count(*) FROM webhook_log WHERE summary LIKE 'Alert: down %' AND status = 'processed'"), 40, 'all of them, without spending their retries');
is(made("down $_"), 1, "one ticket for down $_") for 1, 20, 40;
ok(health(qr/^up\b/), 'it is up again');

# --- no answer ----------------------------------------------------------------------------------------------------------
$t->conf(CW_TIMEOUT => 4, MAX_RETRIES => 20);
$daemon->restart;
fault(%CREATE, fault => 'hang_after_commit');
my $hung = recorded($t, feed($t, $ep, alert_body('hung')));
is("$hung->{status} $hung->{action}", 'processed create', 'a create without an answer: the ticket is found again');
cmp_ok($hung->{retry_count}, '>', 0, 'when it is looked for');
is(made('hung'), 1, 'and not made twice');

is_deeply([two_made($sim)], [], 'no key has two tickets');
$t->done;
