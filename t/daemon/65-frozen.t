#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# A hookwised that is frozen in the middle of a create, and wakes when another one has taken over.
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use HookWise::Test;
use Feed;

my $t = HookWise::Test->new;
$t->redis;
$t->postgres;
my $sim = $t->connectwise;
$t->migrate;
# The one that is frozen waits long for the PSA: when it wakes it still wants to send.
my %set = (WORKER_THREADS => 6, RETRY_BASE_MS => 50, MAX_RETRIES => 100, CW_SEARCH_GRACE => 1, CW_RATE_PER_MINUTE => 60000);
$t->conf(%set, CW_TIMEOUT => 120);
my $patient = $t->file('patient.conf', do { local (@ARGV, $/) = ($t->conf); <> });
$t->conf(CW_TIMEOUT => 3);
my $frozen = $t->hookwised(conf => $patient);
my $ep = $t->endpoint(name => 'psa', destination => 'connectwise', customer_id_default => 'ACME', dedup_key => '$.monitor.name');

sub made { my ($name) = @_; return $sim->state->{made}{summary}{"ACME|Alert: $name"} || 0 }
sub waits { my ($id) = @_; return scalar $t->psql("SELECT error_message FROM webhook_log WHERE request_id = '$id' AND status = 'retrying'") }
my $HELD = 'another hookwised holds the lock of its ticket, and may be frozen';

# An event whose search, or create, the PSA answers only when whoever asks is frozen.
sub held { return scalar grep { ($_->{fault} // '') eq 'hold' } $sim->requests }
sub stuck {
    my ($name, $method) = @_;
    my $before = held();
    $sim->fault(fault => 'hold', match => { method => $method, path => '/service/tickets' });
    my $id = feed($t, $ep, alert_body($name));
    $t->wait_for(sub { held() > $before }, "$name under way");
    return $id;
}
sub freeze {
    kill STOP => $frozen->pid;
    $sim->ua->delete($sim->url . '/_sim/fault');
    return;
}

# --- it wakes while the other one waits for its locks ----------------------------------------------
is(row($t, feed($t, $ep, alert_body('all is well'))), 'processed create', 'all is well');
my $searching = stuck('searching', 'GET');
my $creating = stuck('creating', 'POST');
freeze();
my $other = $t->hookwised;
is($t->wait_for(sub { waits($creating) }, 'history of what waits', 180), $HELD, 'who takes over waits, and history says for what');
is($t->wait_for(sub { waits($searching) }, 'history of what waits'), $HELD, 'for what had not been sent as well');
is(made('searching') . made('creating'), '01', 'one create had been sent, the other one not');
kill CONT => $frozen->pid;
for (['searching', $searching], ['creating', $creating]) {
    my ($name, $id) = @$_;
    is(row($t, $id, timeout => 180), 'processed create', "$name: recorded as made by its event");
    $t->wait_for(sub { made($name) }, "the ticket for $name");
}
drained($t);
is(made('searching') . made('creating'), '11', 'each has one ticket');
is_deeply([map { scalar grep { $_->{internalAnalysisFlag} } @{ (about($sim, $_))[0]{notes} } } qw(searching creating)], [0, 0], 'and no note of an event that seemed to come again');
$t->wait_for(sub { $frozen->text =~ /shard \d+: the lease was lost/ }, 'who woke up to notice');
pass('who woke up noticed');

# --- it does not wake, and its locks are taken from it -----------------------------------------------
$other->stop;
$t->wait_for(sub { ($t->redis_cli('GET', 'hw:lease:' . shard_of($ep->{id})) // '') =~ /:@{[$frozen->pid]}:/ }, 'the shard');
my $gone = stuck('gone', 'GET');
my $said = length $frozen->text;
freeze();
# What time does: its leases and its heartbeat run out.
$t->redis_cli('DEL', map { "hw:lease:$_" } 0 .. 15);
$t->redis_cli('DEL', 'none', @{ $t->redis_cli('KEYS', 'hw:w:*') });
$other->start;
is(row($t, $gone, timeout => 180), 'processed create', 'in the end its database session is ended, and the ticket is made');
like($other->text, qr/request $gone: another hookwised held the lock of its ticket for \d+ seconds: its database session was ended/, 'which the log says');
kill CONT => $frozen->pid;
$t->wait_for(sub { substr($frozen->text, $said) =~ /the lease was lost/ }, 'who woke up to notice');
is(row($t, feed($t, $ep, alert_body('after'))), 'processed create', 'all is well again');
drained($t);
is(made('gone'), 1, 'it has made no second ticket');
is_deeply([two_made($sim)], [], 'no key has two tickets');
is(scalar $t->psql('SELECT count(*) FROM alert WHERE NOT open AND intent_request IS NOT NULL'), 0, 'no create is left in doubt');

$t->expect_log(qr/terminating connection due to administrator command/);
$t->expect_log(qr/connection to client lost|could not send data to client|Broken pipe/, optional => 1);
$t->done;
