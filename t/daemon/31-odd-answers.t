#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Answers no API describes: errors that say success, successes that say nothing, pages of whatever
# stands before the PSA. None of them loses an event, or makes a second ticket or note.
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use HookWise::Test;
use Mojo::Date;
use Feed;

# Answers that come in time, however slow the machine; what has to do with time is at the end.
my ($t, $sim, $ep, $daemon) = psa(RETRY_BASE_MS => 20, MAX_RETRIES => 3, CW_SEARCH_GRACE => 0, CW_TIMEOUT => 60, VIABILITY_TTL => 0);

my %CALL = (create => ['POST', '/service/tickets'], note => ['POST', '/service/tickets/*/notes'],
    patch => ['PATCH', '/service/tickets/*'], get => ['GET', '/service/tickets/*'], search => ['GET', '/service/tickets']);
my $ERROR = '{"code":"InternalError","message":"something failed","errors":null}';
my $PAGE = '<html><body>Back in five minutes</body></html>';

sub fault { my ($call, %f) = @_; return $sim->fault(match => { method => $CALL{$call}[0], path => $CALL{$call}[1] }, %f) }

# What came of an event that meets the fault: "status action", tickets, the status and notes of the last.
sub meets {
    my ($name, $body, $call, %f) = @_;
    fault($call, %f);
    my $row = row($t, feed($t, $ep, $body));
    my @found = about($sim, $name);
    my $notes = @found ? grep { !$_->{detailDescriptionFlag} } @{ $found[-1]{notes} } : 0;
    $sim->ua->delete($sim->url . '/_sim/fault');
    return join ', ', $row, scalar @found, @found ? $found[-1]{status}{name} : (), $notes;
}

my %odd = ('an error with 200' => { fault => 'canned', text => $ERROR }, 'nothing with 204' => { fault => 'canned', status => 204 },
    'a page with 200' => { fault => 'canned', text => $PAGE },
    'a redirect' => { fault => 'canned', status => 302, headers => { Location => 'https://sso.example/' } });

for my $what (sort keys %odd) {
    is(meets("c $what", alert_body("c $what"), create => %{ $odd{$what} }), 'processed create, 1, New, 0', "create: $what");
    is(meets("s $what", alert_body("s $what"), search => %{ $odd{$what} }), 'processed create, 1, New, 0', "search: $what");
    for my $call (qw(get patch)) {
        row($t, feed($t, $ep, alert_body("$call $what")));
        is(meets("$call $what", recovery_body("$call $what"), $call => %{ $odd{$what} }), 'processed close, 1, Closed, 1', "$call: $what");
    }
    next if $what =~ /204/; # a note needs no answer
    row($t, feed($t, $ep, alert_body("n $what")));
    is(meets("n $what", alert_body("n $what"), note => %{ $odd{$what} }), 'processed update, 1, New, 1', "note: $what");
}

# --- done, and answered with something else ----------------------------------------------------------
my %done = ('only a Location' => { status => 201, headers => { Location => '/service/tickets/1' } }, 'a list' => { status => 201, text => '[]' },
    'no id' => { status => 201, text => '{"id":null}' }, 'three megabytes' => { text => 'x' x 3_000_000 });
for my $what (sort keys %done) {
    is(meets($what, alert_body($what), create => fault => 'canned_after_commit', %{ $done{$what} }), 'processed create, 1, New, 0', "created: $what");
}
row($t, feed($t, $ep, alert_body('noted')));
is(meets('noted', alert_body('noted'), note => fault => 'canned_after_commit', text => $ERROR), 'processed update, 1, New, 1', 'noted: an error with 200');
row($t, feed($t, $ep, alert_body('closed')));
is(meets('closed', recovery_body('closed'), patch => fault => 'canned_after_commit', text => '{}'), 'processed close, 1, Closed, 1', 'closed: {}');

fault(search => fault => 'canned', text => 'x' x 9_000_000, times => -1);
my $long = recorded($t, feed($t, $ep, alert_body('long')));
is($long->{status}, 'dlq', 'found: an answer without end');
like($long->{error_message}, qr{^GET \S+/service/tickets: the answer has more than 8 MB\z}, 'which is said');
$sim->ua->delete($sim->url . '/_sim/fault');

# --- other types ---------------------------------------------------------------------------------------------
my $typed = recorded($t, feed($t, $ep, alert_body('typed')))->{ticket_id};
is(meets('typed', alert_body('typed'), get => fault => 'canned', text => qq({"id":"$typed","closedFlag":"false"})),
    'processed update, 1, New, 1', 'closedFlag as text: "false" is not true');
is(meets('junk', alert_body('junk'), search => fault => 'canned', text => '[1,"x",null,{"id":{}}]'), 'processed create, 1, New, 0', 'a list of junk');
is(meets('date', alert_body('date'), create => fault => 'canned', status => 429, headers => { 'Retry-After' => Mojo::Date->new(time + 1)->to_string }),
    'processed create, 1, New, 0', 'Retry-After with a date');

# --- the status is changed, its note is refused ------------------------------------------------------------------
row($t, feed($t, $ep, alert_body($_))) for qw(refused unwell);
is(meets('refused', recovery_body('refused'), note => fault => 400), 'failed close, 1, Closed, 0', 'a recovery whose note is refused has failed');
is(row($t, feed($t, $ep, alert_body('refused'))), 'processed create', 'and is known to be over: the next problem has a ticket of its own');
is(meets('unwell', recovery_body('unwell'), note => fault => 503, times => -1), 'dlq close, 1, Closed, 0', 'likewise one whose note is given up');
is(row($t, feed($t, $ep, alert_body('unwell'))), 'processed create', 'after which the ticket is looked at');
is_deeply([map { $_->{status}{name} } about($sim, 'refused'), about($sim, 'unwell')], [qw(Closed New Closed New)], 'as it is');

# --- an answer that takes longer than CW_TIMEOUT -----------------------------------------------------------------
$t->conf(CW_TIMEOUT => 2, MAX_RETRIES => 20);
$daemon->restart;
is(meets('drip', alert_body('drip'), create => fault => 'drip', ms => 100), 'processed create, 1, New, 0', 'created: an answer that comes byte by byte');

is_deeply([grep { $_ > 2 } values %{ $sim->state->{made}{xref} }], [], 'no problem has two tickets');
$t->done;
