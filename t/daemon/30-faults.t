#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# A ConnectWise that fails: what is tried again, what is not, and never a second ticket.
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use HookWise::Test;
use HookWise::Test::Poll qw(now);
use Feed;

my $t = HookWise::Test->new;
$t->redis;
$t->postgres;
my $sim = $t->connectwise(lag => 300);
$t->migrate;
$t->conf(WORKER_THREADS => 8, RETRY_BASE_MS => 50, MAX_RETRIES => 3, CW_SEARCH_GRACE => 1, CW_TIMEOUT => 2,
    CW_RATE_PER_MINUTE => 60000);
$t->hookwised;
my $ep = $t->endpoint(name => 'psa', destination => 'connectwise', customer_id_default => 'ACME');

sub fault { my (%f) = @_; return $sim->fault(%f) }
sub ticket { my ($id) = @_; my ($found) = grep { $_->{id} == $id } tickets($sim); return $found }
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
fault(%CREATE, fault => 'hang_after_commit');
my $hung = recorded($t, feed($t, $ep, alert_body('hung')));
is("$hung->{status} $hung->{action}", 'processed create', 'a create without an answer: the ticket is found again');
is(made('hung'), 1, 'and not made twice');
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
$sim->ua->delete($sim->url . '/_sim/fault');

# --- permanent failures ----------------------------------------------------------------------------------------
my $board = $t->endpoint(name => 'no board', destination => 'connectwise', customer_id_default => 'ACME', board => 'Nowhere');
my $refused = recorded($t, feed($t, $board, alert_body('refused')));
is("$refused->{status} $refused->{retry_count}", 'failed 0', 'what the PSA refuses fails at once');
like($refused->{error_message}, qr/^ConnectWise answered 400 InvalidObject: ticket object is invalid: .*board/i, 'with its own words');
my $nobody = $t->endpoint(name => 'nobody', destination => 'connectwise', customer_id_default => 'Nosuch');
like(recorded($t, feed($t, $nobody, alert_body('nobody')))->{error_message}, qr/ompany/, 'an unknown company: its words');
fault(%CREATE, fault => 401);
is(recorded($t, feed($t, $ep, alert_body('locked')))->{status}, 'failed', 'refused credentials fail at once');
my $shown = sub {
    my ($w) = @{ $t->redis_cli('KEYS', 'hw:w:*') };
    return Mojo::JSON::decode_json($t->redis_cli('HGET', $w, 'json'))->{destinations}{connectwise};
};
like($t->wait_for(sub { my $s = $shown->(); $s->{status} eq 'degraded' && $s->{detail} }, 'health to tell of it'), qr/answered 401/, 'and health says so');

# --- notes ------------------------------------------------------------------------------------------------------
my $noted = recorded($t, feed($t, $ep, alert_body('noted')))->{ticket_id};
my $had = notes_of($sim, $noted);
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
    my $ticket = ticket($id);
    is($ticket->{status}{name}, 'Closed', 'ends closed');
    is(scalar(grep { $_->{resolutionFlag} } @{ $ticket->{notes} }), 1, 'with one resolution note');
}
my $stubborn = recorded($t, feed($t, $ep, alert_body('stubborn')))->{ticket_id};
fault(%PATCH, fault => 'false200', times => -1);
my $never = recorded($t, feed($t, $ep, recovery_body('stubborn')));
is("$never->{status} $never->{action}", 'dlq close', 'a status that is never taken is not called closed');
like($never->{error_message}, qr/answered 200 but left ticket $stubborn in status "New" instead of "Closed"/, 'and why');
is(ticket($stubborn)->{status}{name}, 'New', 'which is true');
$sim->ua->delete($sim->url . '/_sim/fault');
my $closing = $t->endpoint(name => 'no status', destination => 'connectwise', customer_id_default => 'ACME', close_status => 'Nirvana');
recorded($t, feed($t, $closing, alert_body('status')));
like(recorded($t, feed($t, $closing, recovery_body('status')))->{error_message}, qr/has no status "Nirvana"; it has: .*Closed/,
    'a status the board does not have is named, with those it has');

# --- the destination is down --------------------------------------------------------------------------------------------
my $others = $t->endpoint(name => 'local', destination => 'local');
fault(match => {}, fault => 503, times => -1);
my @waiting = feed_many($t, map { event($ep, alert_body("down $_")) } 1 .. 40);
my $status = sub {
    my ($w) = @{ $t->redis_cli('KEYS', 'hw:w:*') };
    return Mojo::JSON::decode_json($t->redis_cli('HGET', $w, 'json'))->{destinations}{connectwise};
};
my $down = $t->wait_for(sub { my $s = $status->(); $s->{status} eq 'down' && $s }, 'the breaker', 20);
like($down->{detail}, qr/503/, 'a destination that is down says why');
is(row($t, feed($t, $others, alert_body('meanwhile'))), 'processed create', 'other destinations go on');
my ($retrying) = $t->psql("SELECT count(*) FROM webhook_log WHERE status = 'retrying'");
cmp_ok($retrying, '>', 0, 'history shows what waits');
$sim->ua->delete($sim->url . '/_sim/fault');
is(recorded($t, $_, timeout => 60)->{status}, 'processed', "$_ was processed in the end") for $waiting[0], $waiting[-1];
$t->wait_for(sub { pending($t) == 0 }, 'empty streams', 60);
is(scalar $t->psql("SELECT count(*) FROM webhook_log WHERE summary LIKE 'Alert: down %' AND status = 'processed'"), 40, 'all of them, without spending their retries');
is(made("down $_"), 1, "one ticket for down $_") for 1, 20, 40;
is($t->wait_for(sub { my $s = $status->(); $s->{status} eq 'up' && 'up' }, 'up', 20), 'up', 'it is up again');

is_deeply([grep { $_ > 1 } values %{ $sim->state->{made}{xref} }], [], 'no key has two tickets');
$t->done;
