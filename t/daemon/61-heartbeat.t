#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Endpoints that fall silent: a ticket, notes while it lasts, closed by the next webhook.
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use HookWise::Test;
use Feed;
use Mojo::JSON qw(encode_json decode_json true false);
use POSIX qw(strftime);

my $t = HookWise::Test->new;
$t->redis;
$t->postgres;
my $sim = $t->connectwise;
$t->migrate;
$t->conf(WORKER_THREADS => 8);
my @workers = map { $t->hookwised } 1, 2;

my $count = 'SELECT count(*) FROM webhook_log WHERE payload LIKE \'%"state":"silent"%\' AND config_name =';
sub incidents { my ($ep) = @_; return join ', ', $t->psql("SELECT status || ' ' || summary FROM incident WHERE endpoint_id = '$ep->{id}' ORDER BY id") }
sub incident { my ($ep, $want) = @_; $t->wait_for(sub { incidents($ep) eq $want }, "$want (now: " . incidents($ep) . ')'); pass("$ep->{name}: $want") }
sub notes { my ($ep) = @_; return $t->psql("SELECT replace(n.text, chr(10), ' ') FROM incident_note n JOIN incident i ON i.id = n.incident_id WHERE i.endpoint_id = '$ep->{id}' ORDER BY n.id") }
sub beats { my ($ep) = @_; return scalar $t->psql("$count '$ep->{name}'") }
sub told { my ($ep, $n) = @_; $t->wait_for(sub { beats($ep) >= $n }, 'history'); return beats($ep) } # it comes after tickets and notes
sub change { my ($ep, $patch) = @_; $t->ctl_json('endpoint', 'update', $ep->{id}, $t->file('patch.json', encode_json($patch))) }
# As if so many hours had passed since the endpoint was made, or heard from last.
sub hours_ago { my ($ep, $h) = @_; $t->psql(<<"SQL") }
UPDATE endpoint SET created_at = now() - interval '$h hours 1 minute' WHERE id = '$ep->{id}';
UPDATE endpoint_seen SET last_seen_at = now() - interval '$h hours 1 minute' WHERE endpoint_id = '$ep->{id}'
SQL

# --- never heard from -------------------------------------------------------------------------------
my %common = (destination => 'local', timeout_alerts_enabled => true, timeout_hours => 2, customer_id_default => 'ACME');
my $ep = $t->endpoint(name => 'backup', %common, priority => 'P1',
    routing_rules => [{ path => '$.state', regex => 'silent', overrides => { drop => true } }]);
my @others = map { $t->endpoint(name => $_->[0], %common, %{ $_->[1] }) } ['unwatched', { timeout_alerts_enabled => false }],
    ['disabled', { is_enabled => false }], ['draft', { is_draft => true }], ['heard', {}],
    ['maintained', { maintenance_windows => [{ type => 'once', start => '2020-01-01T00:00:00Z', end => '2100-01-01T00:00:00Z', catch_up => true }] }];
my %by = map { $_->{name} => $_ } @others;
recorded($t, feed($t, $by{heard}, recovery_body('x')));
hours_ago($_, 3) for $ep, @others[0 .. 2], $by{maintained};
incident($ep, 'open Alert: No webhooks from backup');
is(told($ep, 1), '1', 'by one event');
my ($row) = $t->history("config_id = '$ep->{id}'", qw(status action company dedup_key trace payload source_ip request_id));
is("$row->{status} $row->{action} $row->{company}", 'processed create ACME', 'its ticket goes to the default company');
is(decode_json($row->{payload})->{hours}, 3, 'the event tells how long it has been');
my ($incident) = $t->psql("SELECT replace(description, chr(10), ' ') || fields::text FROM incident WHERE endpoint_id = '$ep->{id}'");
like($incident, qr/"backup" has been silent for 3 hours\. It was created at .* and never had a webhook\. .* at least every 2 hours/, 'and the ticket as well');
like($incident, qr/"priority": "P1"/, "with the endpoint's own fields");
is(scalar $t->psql("SELECT count(*) FROM endpoint_seen WHERE endpoint_id = '$ep->{id}' AND last_seen_at IS NOT NULL"), '0', 'its own event is no sign of life');

# --- it lasts ---------------------------------------------------------------------------------------------
hours_ago($ep, 4);
$t->wait_for(sub { @{ [notes($ep)] } == 1 }, 'a note');
like((notes($ep))[0], qr/^Still silent, for 4 hours now\./, 'the next interval is a note');
is(told($ep, 2), '2', 'two workers tell it once');
$_->restart for @workers;
hours_ago($ep, 10);
$t->wait_for(sub { @{ [notes($ep)] } == 2 }, 'a second note');
like((notes($ep))[1], qr/^Still silent, for 10 hours now\./, 'intervals nobody could tell of are one note');

# --- closed by hand, replaced ------------------------------------------------------------------------------
$t->psql("UPDATE incident SET status = 'closed', closed_at = now() WHERE endpoint_id = '$ep->{id}'");
hours_ago($ep, 12);
incident($ep, 'closed Alert: No webhooks from backup, open Alert: No webhooks from backup');
is(told($ep, 4), '4', 'by one more event');

# --- heard from again ------------------------------------------------------------------------------------------
is(row($t, feed($t, $ep, recovery_body('web'))), 'skipped ', 'a webhook comes');
incident($ep, 'closed Alert: No webhooks from backup, closed Alert: No webhooks from backup');
$t->wait_for(sub { (notes($ep))[-1] =~ /^A webhook/ }, 'the note');
like((notes($ep))[-1], qr/^A webhook has come: the endpoint "backup" is heard from again\. It had been silent since /, 'the last note says why');
hours_ago($ep, 3);
incident($ep, 'closed Alert: No webhooks from backup, closed Alert: No webhooks from backup, open Alert: No webhooks from backup');

# --- those that are not watched, and maintenance ---------------------------------------------------------------------
is(join('|', map { incidents($_) } @others), '||||', 'endpoints without watch, disabled, drafts, heard from, in maintenance: nothing');
change($by{disabled}, { is_enabled => true });
incident($by{disabled}, 'open Alert: No webhooks from disabled');
change($by{maintained}, { maintenance_windows => undef });
incident($by{maintained}, 'open Alert: No webhooks from maintained');
is(scalar $t->psql('SELECT count(*) FROM catch_up'), '0', 'nothing was to be caught up');
$t->ctl('maintenance', 'on');
hours_ago($by{heard}, 3);
feed($t, $ep, recovery_body('web'));
incident($ep, join ', ', ('closed Alert: No webhooks from backup') x 3);
is(incidents($by{heard}), '', 'in global maintenance tickets are closed, not opened');
$t->ctl('maintenance', 'off');
incident($by{heard}, 'open Alert: No webhooks from heard');

# --- a PSA ---------------------------------------------------------------------------------------------------------------
my $psa = $t->endpoint(name => 'psa', %common, destination => 'connectwise');
hours_ago($psa, 3);
my ($ticket) = $t->wait_for(sub { my @found = grep { $_->{summary} eq 'Alert: No webhooks from psa' } tickets($sim); @found && \@found }, 'ticket')->@*;
is($ticket->{company}{identifier}, 'ACME', 'in the PSA as well');
recorded($t, feed($t, $psa, recovery_body('web')));
$t->wait_for(sub { (grep { $_->{id} == $ticket->{id} } tickets($sim))[0]{closedFlag} }, 'closed ticket');
is(scalar(grep { $_->{summary} =~ /psa/ } tickets($sim)), 1, 'one ticket, closed by the next webhook');

# --- replayed by hand ----------------------------------------------------------------------------------------------------
my ($id) = $t->psql("SELECT id FROM webhook_log WHERE config_name = 'psa' AND action = 'create'");
my $again = $t->ctl_json('replay', $id)->{items}[0]{request_id};
is(recorded($t, $again)->{summary}, 'Alert: No webhooks from psa', 'a replay of such an event is one');

$t->done;
