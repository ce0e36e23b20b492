#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# The life of alerts in ConnectWise: what is asked of it, and how often.
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use HookWise::Test;
use Feed;
use Mojo::JSON qw(true false);

my ($t, $sim, $ep) = psa({ endpoint => { priority => 'Priority 2 - High' } }, VIABILITY_TTL => 300);

sub asked { my ($method, $path) = @_; return scalar grep { $_->{method} eq $method && $_->{path} =~ $path } $sim->requests }

# --- open, note, close -----------------------------------------------------------------------------
my $open = recorded($t, feed($t, $ep, alert_body('web')));
is("$open->{status} $open->{action} $open->{company}", 'processed create ACME', 'an alert opens a ticket');
my $id = $open->{ticket_id};
my $ticket = ticket($sim, $id);
is_deeply([map { $_->{name} } @$ticket{qw(board status priority)}], ['Alerts', 'New', 'Priority 2 - High'], 'with board, status and priority');
like($ticket->{externalXRef}, qr/^hw:[0-9a-f]{8}:[0-9a-f]{32}$/, 'and our key');
my $reads = asked(GET => qr{^/service/tickets});
my $note_id = feed($t, $ep, alert_body('web', msg => 'still down'));
is(row($t, $note_id), 'processed update', 'a repetition is a note');
is(asked(GET => qr{^/service/tickets}), $reads, 'which reads nothing inside VIABILITY_TTL');
my $note = (notes_of($sim, $id))[-1];
is_deeply([@$note{qw(internalAnalysisFlag detailDescriptionFlag resolutionFlag)}], [true, false, false], 'an internal one');
like($note->{text}, qr/\[\Q$note_id\E\/0\]\z/, 'which ends with the reference of its event');
is(row($t, feed($t, $ep, recovery_body('web'))), 'processed close', 'the recovery closes it');
$ticket = ticket($sim, $id);
is_deeply([$ticket->{closedFlag}, $ticket->{status}{name}], [true, 'Closed'], 'it is closed');
ok($ticket->{notes}[-1]{resolutionFlag}, 'with a resolution note');

# --- bursts ------------------------------------------------------------------------------------------
my $burst = recorded($t, feed($t, $ep, alert_body('burst')))->{ticket_id};
my $before = notes_of($sim, $burst);
$sim->fault(match => { method => 'POST', path => '/service/tickets/*/notes' }, fault => 'hold');
my @beats = map { event($ep, alert_body('burst', msg => "beat $_")) } 1 .. 300;
feed_many($t, $beats[0]);
$t->wait_for(sub { $sim->get('/stats')->{in_flight} }, 'the first note to be under way');
feed_many($t, @beats[1 .. 299]);
$t->wait_for(sub { $t->redis_cli('XPENDING', 'hw:s:' . shard_of($ep->{id}), 'hookwised')->[0] == 300 }, 'all events to be read');
$sim->ua->delete($sim->url . '/_sim/fault');
$t->wait_for(sub {
    my ($n) = $t->psql("SELECT count(*) FROM webhook_log WHERE ticket_id = '$burst' AND action = 'update' AND status = 'processed'");
    return $n == 300;
}, 'all rows of the burst');
my @new = (notes_of($sim, $burst))[$before .. notes_of($sim, $burst) - 1];
my $sum = 0;
$sum += $_->{text} =~ /(\d+) events between/ ? $1 : 1 for @new;
cmp_ok(scalar @new, '<=', 5, 'a burst becomes few notes: ' . @new);
is($sum, 300, 'that speak for all its events');
like($new[-1]{text}, qr/beat 300/, 'the last one of the last event');

# --- a human closed or deleted it ---------------------------------------------------------------------
$t->psql("UPDATE alert SET verified_at = verified_at - interval '1 hour'");
$sim->post("/close/$burst");
my $after = recorded($t, feed($t, $ep, alert_body('burst')));
is("$after->{status} $after->{action}", 'processed create', 'a ticket a human closed is closed: the next alert opens another');
isnt($after->{ticket_id}, $burst, 'of its own');
$sim->post("/close/$after->{ticket_id}");
is(row($t, feed($t, $ep, recovery_body('burst'))), 'skipped ', 'a recovery after a human closed it has nothing to close');
is(ticket($sim, $after->{ticket_id})->{notes}[-1]{resolutionFlag} // 0, false, 'and writes no note');
my $gone = recorded($t, feed($t, $ep, alert_body('gone')))->{ticket_id};
$sim->post("/delete/$gone");
is(row($t, feed($t, $ep, alert_body('gone'))), 'processed create', 'a ticket that was deleted is replaced');

# --- what is there already -------------------------------------------------------------------------------
my $theirs = $sim->post('/ticket', { summary => 'Alert: theirs', company => { identifier => 'ACME' } })->{id};
my $adopted = recorded($t, feed($t, $ep, alert_body('theirs')));
is("$adopted->{action} $adopted->{ticket_id}", "update $theirs", 'an open ticket with the same summary and company is taken');
my $other = $sim->post('/ticket', { summary => 'Alert: theirs too', company => { identifier => 'Globex' } })->{id};
my $own = recorded($t, feed($t, $ep, alert_body('theirs too')));
is("$own->{action}", 'create', 'one of another company is not');
my $odd = q{a "quoted" name's [50%] * of it};
my $quoted = $sim->post('/ticket', { summary => "Alert: $odd", company => { identifier => 'ACME' } })->{id};
my $found = recorded($t, feed($t, $ep, alert_body($odd)));
is("$found->{action} $found->{ticket_id}", "update $quoted", 'quotes, brackets and wildcards in a summary are searched for safely');

# --- two alerts, one summary: told apart by their key -----------------------------------------------------------
my $keyed = psa_endpoint($t, 'keyed', dedup_key => '$.key',
    json_mapping => { summary => '$.monitor.name' });
my @same = map { recorded($t, feed($t, $keyed, alert_body('same', key => "k$_"))) } 1, 2;
is(join(' ', map { $_->{action} } @same), 'create create', 'two alerts of one endpoint with one summary have a ticket each');

# --- endpoints that race for one ticket, while the PSA's search lags -----------------------------------------------
$sim->post('/options', { lag => 3000 });
my @racers = map { psa_endpoint($t, "racer $_") } 1 .. 4;
my @raced = map { recorded($t, $_) } feed_many($t, map { event($_, alert_body('race')) } @racers);
is(join(' ', sort map { $_->{action} } @raced), 'create update update update', 'of several endpoints one creates the ticket');
my %race = map { $_->{ticket_id} => 1 } @raced;
is(scalar keys %race, 1, 'and all are on it');
$sim->post('/options', { lag => 0 });

# --- companies ------------------------------------------------------------------------------------------------------
my $routed = $t->endpoint(name => 'routed', destination => 'connectwise', json_mapping => { customer_id => '$.customer' });
my %of = map { $_ => recorded($t, feed($t, $routed, alert_body('disk', customer => $_))) } qw(ACME Globex);
isnt($of{ACME}{ticket_id}, $of{Globex}{ticket_id}, 'two customers never share a ticket');
my $which = recorded($t, feed($t, $routed, recovery_body('disk')));
is("$which->{status} $which->{action}", 'skipped ', 'a recovery that names no company is not guessed when two are open');
is(row($t, feed($t, $routed, recovery_body('disk', customer => 'ACME'))), 'processed close', 'one that does closes its own');
my $only = recorded($t, feed($t, $routed, recovery_body('disk')));
is("$only->{action} $only->{ticket_id} $only->{company}", "close $of{Globex}{ticket_id} Globex", 'and the only one left is closed without naming it');

# --- reopening ----------------------------------------------------------------------------------------------------------
my $re = psa_endpoint($t, 'reopening', reopen_window_minutes => 60);
my $old = recorded($t, feed($t, $re, alert_body('db')))->{ticket_id};
is(row($t, feed($t, $re, recovery_body('db'))), 'processed close', 'closed');
my $back = recorded($t, feed($t, $re, alert_body('db')));
is("$back->{action} $back->{ticket_id}", "reopen $old", 'a recurrence inside the window reopens the ticket');
is_deeply([@{ ticket($sim, $old) }{qw(closedFlag)}, ticket($sim, $old)->{status}{name}], [false, 'New'], 'it is open again');
is(row($t, feed($t, $re, recovery_body('db'))), 'processed close', 'closed again');
$sim->post("/delete/$old");
my $fresh = recorded($t, feed($t, $re, alert_body('db')));
is($fresh->{action}, 'create', 'a ticket that was deleted cannot be reopened: a new one');

# --- a board that does not count the closing status as closed ---------------------------------------------------------
for my $window (0, 60) {
    my $name = "unflagged $window";
    my $soft = psa_endpoint($t, $name, close_status => 'In Progress',
        reopen_window_minutes => $window);
    my @rows = map { recorded($t, feed($t, $soft, $_)) } alert_body($name), recovery_body($name), alert_body($name), recovery_body($name);
    is(join(' ', map { $_->{action} } @rows), $window ? 'create close reopen close' : 'create close create close',
        "the status an endpoint closes with closes, flagged or not (window $window)");
    is(ticket($sim, $rows[0]{ticket_id})->{status}{name}, 'In Progress', 'and what was open is set to it');
}
my $same = psa_endpoint($t, 'same status', close_status => 'New');
is(join(' ', map { row($t, feed($t, $same, alert_body('status'))) } 1, 2), 'processed create processed update', 'one that opens with it does not');

# --- questions of the GUI -----------------------------------------------------------------------------------------------
sub ask {
    my (%q) = @_;
    $t->redis_cli('RPUSH', 'hw:ask', Mojo::JSON::encode_json({ id => 'q1', %q }));
    return Mojo::JSON::decode_json($t->redis_cli('BLPOP', 'hw:ans:q1', 60)->[1]);
}
my $boards = ask(what => 'boards');
is($boards->{status}, 'ok', 'the list of boards');
ok((grep { $_->{name} eq 'Alerts' } @{ $boards->{items} }), 'has them');
my ($board) = grep { $_->{name} eq 'Alerts' } @{ $boards->{items} };
ok((grep { $_->{name} eq 'Closed' } @{ ask(what => 'statuses', parent => $board->{id})->{items} }), 'so has that of statuses');
is_deeply([map { $_->{identifier} } @{ ask(what => 'companies', query => 'Glob')->{items} }], ['Globex'], 'companies by part of the name');
is(ask(what => 'test')->{status}, 'ok', 'the connection test');
is(ask(what => 'passwords')->{error}, 'bad-request', 'anything else is refused');

drained($t);
$t->done;
