#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# A clock that is set forward and back by an hour: nothing stalls, nothing is lost, nobody is called silent.
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use HookWise::Test;
use HookWise::Test::Poll qw(now);
use Feed;
use Mojo::JSON qw(true);

my ($lib) = glob '/usr/lib/*/faketime/libfaketimeMT.so.1';
die "libfaketime is not installed (make deps)\n" unless $lib;

my $t = HookWise::Test->new;
{   # A sanitizer's library must be loaded first, and so must this one.
    open my $in, '<:raw', $t->product('hookwised') or die "hookwised: $!\n";
    local $/;
    plan(skip_all => 'a sanitizer and another clock cannot be had together') if <$in> =~ /__[at]san_init/;
}
$t->redis;
$t->postgres;
my $sim = $t->connectwise;
$t->migrate;
my $offset = $t->file('offset', "+0\n");
sub set_clock { # as one step: it is read at any moment
    my ($by) = @_;
    rename $t->file('offset.new', "$by\n"), $offset or die "$offset: $!\n";
    return;
}
$t->conf(WORKER_THREADS => 4, RETRY_BASE_MS => 3000, MAX_RETRIES => 5, CW_SEARCH_GRACE => 1, CW_RATE_PER_MINUTE => 60000);
my $daemon = $t->hookwised(env => { LD_PRELOAD => $lib, FAKETIME_TIMESTAMP_FILE => $offset, FAKETIME_NO_CACHE => 1, DONT_FAKE_MONOTONIC => 1,
    FAKETIME_DONT_FAKE_MONOTONIC => 1 });
my $ep = $t->endpoint(name => 'psa', destination => 'connectwise', customer_id_default => 'ACME');
my ($lively, $silent) = map { $t->endpoint(name => $_, destination => 'local', customer_id_default => 'ACME', timeout_alerts_enabled => true, timeout_hours => 1) } qw(lively silent);
is(row($t, feed($t, $_, alert_body("before $_->{id}"))), 'processed create', 'all is well') for $ep, $lively, $silent;

sub heal { return $sim->ua->delete($sim->url . '/_sim/fault') }

# A create that fails waits for its next try while the clock moves.
sub waiting_over {
    my ($name, $by) = @_;
    $sim->fault(match => { method => 'POST', path => '/service/tickets' }, fault => 503, times => -1);
    my $id = feed($t, $ep, alert_body($name));
    $t->wait_for(sub { $t->psql("SELECT count(*) FROM webhook_log WHERE request_id = '$id' AND status = 'retrying'") }, 'the first try');
    my $began = now();
    set_clock($by);
    heal();
    is(row($t, $id), 'processed create', "$name: it is tried again");
    cmp_ok(now() - $began, '<', 600, 'within its pause, not an hour later');
    is(row($t, feed($t, $ep, alert_body("after $name"))), 'processed create', 'and work goes on');
    return;
}
waiting_over(forward => '+3600');
like($t->wait_for(sub { $daemon->text =~ /(the clock was set forward by \d+ seconds)/ && $1 }, 'its word'), qr/by (?:3599|3600) seconds/, 'a clock set forward is noticed');
$t->psql("UPDATE endpoint_seen SET last_seen_at = now() - interval '3 hours' WHERE endpoint_id = '$silent->{id}';"
    . " UPDATE endpoint SET created_at = now() - interval '3 hours' WHERE id = '$silent->{id}'");
sub told { my ($e) = @_; return scalar $t->psql("SELECT count(*) FROM webhook_log WHERE config_id = '$e->{id}' AND summary LIKE '%No webhooks%' AND status = 'processed'") }
$t->wait_for(sub { told($silent) == 1 }, 'the silent one');
is(told($lively), 0, 'who is silent is told of, and not who only seems to be');
waiting_over(back => '-3600');

# A destination that is down while the clock is set back is asked again.
my $said = length $daemon->text;
$sim->fault(match => {}, fault => 503, times => -1);
my @down = feed_many($t, map { event($ep, alert_body("down $_")) } 1 .. 8);
$t->wait_for(sub { substr($daemon->text, $said) =~ /destination connectwise is down/ }, 'the breaker');
set_clock('-7200');
heal();
is(recorded($t, $_)->{status}, 'processed', 'what waited for it is done') for @down[0, -1];

set_clock('+0');
is(row($t, feed($t, $ep, alert_body('again'))), 'processed create', 'and back to the right time');
# Of a hookwised that stood still for so long a lease runs out, rightly.
unlike($daemon->text, qr/the lease was lost: it was renewed \d seconds ago/, 'no lease was lost by any of that');
is_deeply([two_made($sim)], [], 'no key has two tickets');
$t->done;
