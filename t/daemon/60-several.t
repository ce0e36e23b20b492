#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Two hookwised on one queue: sharing it, leaving it, dying, and what is in force while settings change.
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use HookWise::Test;
use Feed;
use Digest::SHA qw(sha256_hex);
use Mojo::JSON qw(decode_json);

my $t = HookWise::Test->new;
$t->redis;
$t->postgres;
$t->migrate;
$t->conf(WORKER_THREADS => 4);
my $one = $t->hookwised;
my @ep = map { $t->endpoint(name => "local $_", destination => 'local') } 1 .. 24; # in all shards, about

# What the module puts on an event: a digest of those members that decide who may post.
sub credentials {
    my ($record) = @_;
    my $text = '';
    for my $member (qw(enabled draft bearer tokens hmac auth trusted_ips)) {
        my ($value) = $record =~ /"\Q$member\E":(\[.*?\]|"[^"]*"|[^,}]+)/ or die "no $member in $record\n";
        $text .= "$value\n";
    }
    return substr sha256_hex($text), 0, 16;
}

sub shards {
    my %of;
    for my $key (@{ $t->redis_cli('KEYS', 'hw:w:*') }) {
        my $w = decode_json($t->redis_cli('HGET', $key, 'json') // '{}');
        $of{ $w->{pid} } = $w->{shards} if $w->{pid};
    }
    return \%of;
}

sub burst {
    my ($name, $n) = @_;
    return feed_many($t, map { event($ep[$_ % @ep], alert_body("$name " . $_ % 48)) } 1 .. $n);
}

sub all_done {
    my ($name, $n) = @_;
    drained($t);
    is(scalar $t->psql("SELECT count(*) FROM webhook_log WHERE summary LIKE 'Alert: $name %' AND status = 'processed'"), $n, "$name: every event was recorded");
    is(scalar $t->psql("SELECT count(*) FROM (SELECT xref FROM incident WHERE summary LIKE 'Alert: $name %' GROUP BY xref HAVING count(*) > 1) d"), 0,
        "$name: no incident twice");
    is(scalar $t->psql("SELECT count(*) FROM incident_note n JOIN incident i ON i.id = n.incident_id WHERE i.summary LIKE 'Alert: $name %' AND (SELECT count(*) FROM incident_note m WHERE m.ref = n.ref AND m.incident_id = n.incident_id) > 1"), 0,
        "$name: no note twice");
    return;
}

# --- sharing ------------------------------------------------------------------------------------------
sub has_all { my ($d) = @_; return @{ shards()->{ $d->pid } || [] } == 16 }
sub share { # each says what it has at moments of its own
    my ($one, $two) = @_;
    my $s = shards();
    my %both = map { $_ => 1 } map { @{ $s->{ $_->pid } || [] } } $one, $two;
    return keys %both == 16 && !grep { @{ $s->{ $_->pid } || [] } != 8 } $one, $two;
}
$t->wait_for(sub { has_all($one) }, 'all shards');
burst(alone => 200);
my $two = $t->hookwised;
$t->wait_for(sub { share($one, $two) }, 'an even share');
pass('every shard has one owner');
all_done(alone => 200);
burst(shared => 400);
all_done(shared => 400);

# --- leaving ------------------------------------------------------------------------------------------------
burst(leaving => 400);
$two->stop;
$t->wait_for(sub { has_all($one) }, 'all shards again');
all_done(leaving => 400);

# --- dying: this one's process is gone, which the other sees -----------------------------------------------------
$two->start;
$t->wait_for(sub { share($one, $two) }, 'an even share');
burst(dying => 400);
$two->kill9;
all_done(dying => 400);
$two->start;

# --- unverified: accepted while Redis could not be asked -------------------------------------------------------------
my $version = credentials($t->redis_cli('HGET', 'hw:ep', $ep[0]{id}));
is(row($t, feed($t, $ep[0], alert_body('unverified'), f => 'us', av => $version)), 'processed create', 'checked against the record that is still in force: handled');
my $stale = recorded($t, feed($t, $ep[0], alert_body('stale'), f => 'u', av => 'fedcba9876543210'));
is($stale->{status}, 'rejected', 'checked against another record: rejected');
like($stale->{error_message}, qr/no longer in force/, 'and why');

# --- entries that are no events ----------------------------------------------------------------------------------------------
my $stream = 'hw:s:' . shard_of($ep[0]{id});
$t->redis_cli('XADD', $stream, '*', v => 1, id => 'x', nonsense => 'yes');
my $newer = $t->redis_cli('XADD', $stream, '*', v => 3, id => 'y');
my $kept = $t->wait_for(sub { my $e = $t->redis_cli('XRANGE', 'hw:bad', '-', '+'); @$e && $e }, 'hw:bad');
like(join(' ', @{ $kept->[0][1] }), qr/why .* nonsense yes/, 'an entry that is no event is kept, with the reason');
is(row($t, feed($t, $ep[0], alert_body('after'))), 'processed create', 'and does not hold up what follows');
my $left = sub { join ' ', map { $_->[0] } @{ $t->redis_cli('XRANGE', $stream, '-', '+') } };
$t->wait_for(sub { $left->() eq $newer }, 'all but the newer one to be acknowledged');
pass('one of a newer version stays');
$t->expect_log(qr/is no event, kept in hw:bad: ep: the field is missing|kept in hw:bad/);

# --- SIGHUP -------------------------------------------------------------------------------------------------------------------------
$t->conf(CW_TICKET_PREFIX => 'Again:');
kill HUP => $one->pid, $two->pid;
$t->wait_for(sub { (() = $t->log('hookwised') =~ /settings were read again/g) == 2 }, 'SIGHUP');
is(recorded($t, feed($t, $ep[1], alert_body('hup')))->{summary}, 'Again: hup', 'after SIGHUP new settings are in force');
$t->conf(CW_TICKET_PREFIX => 'Bad:', MAX_RETRIES => 'many');
kill HUP => $one->pid, $two->pid;
$t->wait_for(sub { (() = $t->log('hookwised') =~ /the settings in force stay/g) == 2 }, 'SIGHUP with bad settings');
is(recorded($t, feed($t, $ep[1], alert_body('hup again')))->{summary}, 'Again: hup again', 'bad ones are not');
$t->expect_log(qr/the settings in force stay: .*MAX_RETRIES/);

$t->done;
