#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# The life of alerts whose destination is our own incidents.
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use HookWise::Test;
use Feed;

my $t = HookWise::Test->new;
$t->redis;
$t->postgres;
$t->migrate;
$t->conf(WORKER_THREADS => 8);
$t->hookwised;
my $ep = $t->endpoint(name => 'local', destination => 'local');

sub incident { my ($id) = @_; return scalar $t->psql("SELECT status || '|' || summary FROM incident WHERE id = $id") }
sub notes { my ($id) = @_; return $t->psql("SELECT replace(text, chr(10), ' ') FROM incident_note WHERE incident_id = $id ORDER BY id") }

# --- open, note, close, recurrence ---------------------------------------------------------------
my $first = recorded($t, my $first_id = feed($t, $ep, alert_body('web')));
is("$first->{status} $first->{action} $first->{destination}", 'processed create local', 'an alert opens an incident');
my $id = $first->{ticket_id};
is(incident($id), 'open|Alert: web', 'which is open and named after the monitor');
my $again = recorded($t, my $again_id = feed($t, $ep, alert_body('web', msg => 'still down')));
is("$again->{status} $again->{action} $again->{ticket_id}", "processed update $id", 'a repetition is a note');
like(join("\n", notes($id)), qr/\[\Q$again_id\E\/0\]/, 'with the reference of its event');
my $up = recorded($t, feed($t, $ep, recovery_body('web')));
is("$up->{status} $up->{action} $up->{ticket_id}", "processed close $id", 'the recovery closes it');
is(incident($id), 'closed|Alert: web', 'it is closed');
is(row($t, feed($t, $ep, recovery_body('web'))), 'skipped ', 'a second recovery finds nothing to close');
my $second = recorded($t, feed($t, $ep, alert_body('web')));
is("$second->{status} $second->{action}", 'processed create', 'a recurrence opens a new one');
isnt($second->{ticket_id}, $id, 'of its own');

# --- a burst is one note ----------------------------------------------------------------------------
my $burst = recorded($t, feed($t, $ep, alert_body('burst')))->{ticket_id};
my @ids = feed_many($t, map { event($ep, alert_body('burst', msg => "beat $_")) } 1 .. 500);
is(row($t, $ids[-1]), 'processed update', 'the last of a burst is processed');
my $rows = $t->wait_for(sub {
    my ($n) = $t->psql("SELECT count(*) FROM webhook_log WHERE ticket_id = '$burst' AND action = 'update' AND status = 'processed'");
    return $n == 500 && $n;
}, 'all rows of the burst');
is($rows, 500, 'each event has its row');
my @notes = notes($burst);
cmp_ok(scalar @notes, '<', 100, 'in far fewer notes: ' . @notes);
my $sum = 0;
$sum += /(\d+) events between/ ? $1 : 1 for @notes;
is($sum, 500, 'that speak for all of them');

# --- a human closed it ------------------------------------------------------------------------------------
my $human = recorded($t, feed($t, $ep, alert_body('human')))->{ticket_id};
$t->psql("UPDATE incident SET status = 'closed', closed_at = now() WHERE id = $human");
my $anew = recorded($t, feed($t, $ep, alert_body('human')));
is("$anew->{status} $anew->{action}", 'processed create', 'after a human closed it an alert opens a new one');
isnt($anew->{ticket_id}, $human, 'of its own');

# --- reopening ------------------------------------------------------------------------------------------
my $re = $t->endpoint(name => 'reopening', destination => 'local', reopen_window_minutes => 60);
my $old = recorded($t, feed($t, $re, alert_body('db')))->{ticket_id};
is(row($t, feed($t, $re, recovery_body('db'))), 'processed close', 'closed');
my $back = recorded($t, feed($t, $re, alert_body('db')));
is("$back->{status} $back->{action} $back->{ticket_id}", "processed reopen $old", 'a recurrence inside the window reopens it');
is(incident($old), 'open|Alert: db', 'it is open again');

# --- two endpoints, one company and summary ----------------------------------------------------------------
my @twins = map { $t->endpoint(name => "twin $_", destination => 'local', customer_id_default => 'ACME') } 1, 2;
my @both = map { recorded($t, feed($t, $_, alert_body('shared'))) } @twins;
is("$both[1]{action} $both[1]{ticket_id}", "update $both[0]{ticket_id}", 'another endpoint with the same summary and company notes on its ticket');

# --- batches, drops, unknown endpoints, rejected requests -----------------------------------------------
my $batch = $t->endpoint(name => 'batch', destination => 'local', batch_path => '$.alerts',
    trigger_field => '@.status', open_value => 'firing', close_value => 'resolved', dedup_key => '@.name',
    json_mapping => { summary => '@.name' });
my @parts = recorded($t, feed($t, $batch, { alerts => [map { { name => "a$_", status => 'firing' } } 1 .. 5] }), parts => 5);
is(join(' ', sort map { $_->{summary} } @parts), join(' ', map { "Alert: a$_" } 1 .. 5), 'each element of a batch is an alert');
is(join(' ', map { $_->{action} } @parts), 'create create create create create', 'with its own incident');
is(scalar $t->psql("SELECT count(*) FROM webhook_raw r JOIN webhook_log w USING (request_id) WHERE w.config_name = 'batch' AND w.part = 0"), '1',
    'the request is kept once');
my $gone = recorded($t, feed($t, { id => 'x' x 64 }, {}));
is("$gone->{status}: $gone->{error_message}", 'failed: the endpoint does not exist any more', 'an endpoint that is gone');
my $rejected = recorded($t, feed($t, $ep, 'no json', rj => 'the body is unreadable'));
is("$rejected->{status}: $rejected->{error_message}", 'rejected: the body is unreadable', 'a rejected request is only recorded');

# --- one request, twice in the stream ---------------------------------------------------------------------
my $copy = event($ep, alert_body('twice'));
my $twice = $copy->{id};
feed_many($t, $copy, $copy);
is(row($t, $twice), 'processed create', 'a request that is in the stream twice is handled');
feed_many($t, $copy);
drained($t);
my ($incident) = $t->psql("SELECT ticket_id FROM webhook_log WHERE request_id = '$twice'");
is(scalar(my @none = notes($incident)), 0, 'once: no note speaks of its copies');

# --- configuration is in force for the next event -------------------------------------------------------------
$t->ctl_json('endpoint', 'update', 'local', $t->file('patch.json', '{"ticket_prefix":"Changed:"}'));
is(recorded($t, feed($t, $ep, alert_body('fresh')))->{summary}, 'Changed: fresh', 'a saved change is in force for the next event');
$t->ctl('maintenance', 'on');
my $skipped = recorded($t, feed($t, $ep, alert_body('quiet')));
is("$skipped->{status} $skipped->{action}", 'skipped ', 'in maintenance an alert is skipped');
like($skipped->{error_message}, qr/maintenance/, 'with the reason');
$t->ctl('maintenance', 'off');
is(row($t, feed($t, $ep, alert_body('loud'))), 'processed create', 'afterwards it is not');

ok($t->wait_for(sub { # after its row
    grep { $_->[1][1] =~ /"status":"processed".*"summary":"Changed: loud"/ } @{ $t->redis_cli('XRANGE', 'hw:live', '-', '+') };
}, 'the live feed'), 'the live feed has it');

$t->done;
