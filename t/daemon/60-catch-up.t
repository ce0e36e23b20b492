#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Maintenance windows with catch_up: what opened inside and did not recover becomes a ticket at the end.
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use HookWise::Test;
use Feed;
use Mojo::JSON qw(encode_json true);
use POSIX qw(strftime);

my $t = HookWise::Test->new;
$t->redis;
$t->postgres;
$t->migrate;
$t->conf(WORKER_THREADS => 8);
my @workers = ($t->hookwised);

sub at { return strftime('%Y-%m-%dT%H:%M:%SZ', gmtime(time + $_[0])) }
sub window { my ($end, %o) = @_; return { maintenance_windows => [{ type => 'once', start => at(-3600), end => at($end), catch_up => true, %o }] } }
sub change { my ($ep, $patch) = @_; $t->ctl_json('endpoint', 'update', $ep->{id}, $t->file('patch.json', encode_json($patch))) }
sub waiting { my ($ep) = @_; return scalar $t->psql("SELECT count(*) FROM catch_up WHERE endpoint_id = '$ep->{id}'") }
sub incidents { my ($ep) = @_; return join ', ', $t->psql("SELECT status || ' ' || summary FROM incident WHERE endpoint_id = '$ep->{id}' ORDER BY summary") }
sub caught_up { my ($ep) = @_; $t->wait_for(sub { waiting($ep) == 0 }, "no row waits for $ep->{name}", 120) }

# --- inside the window ------------------------------------------------------------------------------
my $ep = $t->endpoint(name => 'night', destination => 'local', window(3600)->%*);
my $open = recorded($t, my $open_id = feed($t, $ep, alert_body('web')));
is("$open->{status} $open->{action}", 'skipped ', 'an alert inside the window is skipped');
like($open->{error_message}, qr/^Maintenance window 1 \(once .*\) is active until .*; it is looked at again then\.?$/, 'with the reason');
is(waiting($ep), 1, 'and remembered');
recorded($t, feed($t, $ep, alert_body('web', msg => 'the last of them')));
is(waiting($ep), 1, 'a repetition replaces it');
recorded($t, feed($t, $ep, alert_body('db')));
is(waiting($ep), 2, 'another alert has a row of its own');
is(row($t, feed($t, $ep, recovery_body('db'))), 'skipped ', 'its recovery finds nothing to close');
is(waiting($ep), 1, 'and takes the row away');
recorded($t, feed($t, $ep, alert_body('quiet recovery')));
change($ep, window(3600, recoveries => 'skip'));
recorded($t, feed($t, $ep, recovery_body('quiet recovery')));
is(waiting($ep), 1, 'so does a recovery that the window suppresses');

my $batch = $t->endpoint(name => 'batch', destination => 'local', batch_path => '$.alerts', trigger_field => '@.status',
    open_value => 'firing', close_value => 'resolved', dedup_key => '@.name', json_mapping => { summary => '@.name' }, window(3600)->%*);
recorded($t, feed($t, $batch, { alerts => [map { { name => $_, status => 'firing' } } qw(a b c)] }), parts => 3);
recorded($t, feed($t, $batch, { alerts => [{ name => 'b', status => 'resolved' }] }));
is(waiting($batch), 2, 'of a batch each element counts');
my $plain = $t->endpoint(name => 'plain', destination => 'local',
    maintenance_windows => [{ type => 'once', start => at(-60), end => at(3600) }]);
recorded($t, feed($t, $plain, alert_body('never')));
is(waiting($plain), 0, 'without catch_up nothing is remembered');

# --- the end, after a restart, with two workers ---------------------------------------------------------
recorded($t, feed($t, $ep, alert_body('asleep')));
is(waiting($ep), 2, 'one more');
$workers[0]->stop;
my $early = feed($t, $ep, recovery_body('asleep'));
$workers[0]->start;
recorded($t, $early);
is(waiting($ep), 1, 'a recovery counts also when it is the first thing that a hookwised reads');
push @workers, $t->hookwised;
drained($t);
is(incidents($ep), '', 'while the window lasts there is no incident');
change($ep, { maintenance_windows => undef });
caught_up($ep);
is(incidents($ep), 'open Alert: web', 'at its end the alert that did not recover has one incident');
my ($replay) = $t->history("config_name = 'night' AND action = 'create'", qw(request_id payload trace status));
isnt($replay->{request_id}, $open_id, 'made by a replay');
like($replay->{payload}, qr/the last of them/, 'of its last event');
like($replay->{trace}, qr/"outcome":"catch-up"/, 'whose trace says why');
change($batch, { maintenance_windows => undef });
caught_up($batch);
is(incidents($batch), 'open Alert: a, open Alert: c', 'of the batch those that did not recover');
my ($b) = $t->history("config_name = 'batch' AND dedup_key = 'b' AND request_id = (SELECT request_id FROM webhook_log WHERE config_name = 'batch' AND action = 'create' LIMIT 1)",
    qw(status error_message));
is("$b->{status}: $b->{error_message}", 'skipped: Nothing is left to catch up with: the alert recovered, or something newer came.', 'the other is told as skipped');
is(row($t, feed($t, $ep, recovery_body('web'))), 'processed close', 'a recovery afterwards closes the incident');

# --- a recovery between end and replay; global maintenance ----------------------------------------------
my $late = $t->endpoint(name => 'late', destination => 'local', window(3600)->%*);
recorded($t, feed($t, $late, alert_body('gone')));
recorded($t, feed($t, $late, alert_body('stays')));
$t->ctl('maintenance', 'on');
change($late, { maintenance_windows => undef });
recorded($t, feed($t, $late, recovery_body('gone')));
is(waiting($late), 1, 'in global maintenance nothing is replayed yet, and a recovery still counts');
$t->ctl('maintenance', 'off');
caught_up($late);
is(incidents($late), 'open Alert: stays', 'only what did not recover becomes an incident');

# --- by the clock -------------------------------------------------------------------------------------------
# When the machine stands still the window may be over before the alert comes: then a longer one.
my ($soon, $inside);
for my $seconds (4, 15, 60) {
    $soon = $t->endpoint(name => "soon $seconds", destination => 'local', window($seconds)->%*);
    $inside = row($t, feed($t, $soon, alert_body('clock')));
    last if $inside eq 'skipped ';
}
is($inside, 'skipped ', 'inside a window that ends in seconds');
caught_up($soon);
is(incidents($soon), 'open Alert: clock', 'its end is seen by the clock');
is(scalar $t->psql("SELECT count(*) FROM webhook_log WHERE config_id = '$soon->{id}'"), '2', 'one replay was made');

$t->done;
