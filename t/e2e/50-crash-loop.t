#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Everything is killed under load, again and again; then the books are settled by ids: what was
# accepted is recorded, and no problem has two tickets or one note twice.
#
# HW_CRASH_ROUNDS (8) rounds of killing; HW_CRASH_SEED repeats a run. "make soak" is the long form.
use FindBin;
use lib "$FindBin::Bin/../lib";
use HookWise::Test;
use HookWise::Test::Load;
use HookWise::Test::Poll qw(now);
use List::Util qw(shuffle);

my $ROUNDS = $ENV{HW_CRASH_ROUNDS} || 8;
my $SEED = $ENV{HW_CRASH_SEED} || time;
my ($LANES, $EVENTS) = (24, 12 * $ROUNDS);
srand $SEED;
diag("seed $SEED, $ROUNDS rounds");

my $t = HookWise::Test->new;
$t->redis(appendonly => 'yes', appendfsync => 'always');
$t->postgres;
my $sim = $t->connectwise(lag => 200, latency => 3, quiet_log => undef);
$t->conf(MAX_RETRIES => 100, RETRY_BASE_MS => 50, CW_RATE_PER_MINUTE => 100_000, CW_SEARCH_GRACE => 1, CW_TIMEOUT => 20);
$t->migrate;
$t->httpd;
$t->hookwised;
$t->hookwised;
# Errors are what this is about; only crashes of our own and sanitizers count (see the end).
$t->expect_log(qr/\[\d+\] error: /, optional => 1);
$t->expect_log(qr/\[hookwise:error\]/, optional => 1);
$t->expect_log(qr/AH00052: child pid \d+ exit signal Killed/, optional => 1);
$t->expect_log(qr/AH01239: cgid daemon process died/, optional => 1);
$t->expect_log(qr/(?:ERROR|FATAL): .*(?:terminat|canceling|shut|duplicate key|deadlock|recovery)/, optional => 1);

my $ep = $t->endpoint(name => 'crash', destination => 'connectwise', trigger_field => 'state',
    open_value => 'down', close_value => 'up', dedup_key => '$.host',
    json_mapping => { summary => '$.host', customer_id => 'ACME' }, description_template => '{$.text}');

# Each lane is a host that goes down and says so many times; every third comes up at last, every
# fourth now and then.
sub job {
    my ($lane, $n, $state) = @_;
    return { n => $n, lane => $lane, state => $state, url => $t->url . "/webhook/$ep->{id}",
        headers => { Authorization => "Bearer $ep->{token}", 'Content-Type' => 'application/json' },
        body => qq({"host":"host$lane","state":"$state","text":"event $lane/$n"}) };
}
my @lanes = map { my $lane = $_;
    [map({ job($lane, $_, $lane % 4 == 1 && $_ % 4 == 0 ? 'up' : 'down') } 1 .. $EVENTS), $lane % 3 ? () : job($lane, $EVENTS + 1, 'up')]
} 1 .. $LANES;
my (%times, %ends); # how often each host goes down, and whether it is down at the end
for my $lane (@lanes) {
    for my $job (@$lane) {
        my $host = "host$job->{lane}";
        $times{$host}++ if $job->{state} eq 'down' && ($ends{$host} // '') ne 'down';
        $ends{$host} = $job->{state};
    }
}
my (%accepted, %durable);
my $load = HookWise::Test::Load->new(lanes => \@lanes, pace_ms => 100, accepted => sub {
    my ($job, $res) = @_;
    $accepted{ $res->json->{request_id} } = $job;
    $durable{ $res->headers->header('X-HookWise-Durability') // 'unknown' }++;
});

# Resident memory of our processes: pid => [what, KiB].
sub memory {
    my %pids = map({ $_->pid ? ($_->pid => 'hookwised') : () } @{ $t->{daemons} });
    $pids{$_} ||= 'of httpd' for $t->{httpd}->children;
    my %memory;
    for my $pid (keys %pids) {
        open my $fh, '<', "/proc/$pid/status" or next;
        my ($kib) = join('', <$fh>) =~ /^VmRSS:\s+(\d+)/m;
        $memory{$pid} = [$pids{$pid}, $kib] if $kib;
    }
    return \%memory;
}

# What is there, in MiB; with an earlier measurement how much its processes have grown since.
sub tell_memory {
    my ($when, $before) = @_;
    my $memory = memory();
    for my $pid (sort { $memory->{$a}[0] cmp $memory->{$b}[0] || $a <=> $b } keys %$memory) {
        my ($what, $kib) = @{ $memory->{$pid} };
        diag(sprintf '%-21s %-11s %7d: %6.1f MiB%s', $when, $what, $pid, $kib / 1024,
            $before && $before->{$pid} ? sprintf(', %+.1f', ($kib - $before->{$pid}[1]) / 1024) : '');
    }
    return $memory;
}

my %kill = (
    hookwised => sub { my $d = $t->{daemons}[rand 2]; $d->kill9; $load->run(rand 0.5); $d->start },
    'all of hookwised' => sub { $_->kill9 for @{ $t->{daemons} }; $load->run(rand 0.5); $_->start for @{ $t->{daemons} } },
    'a child of httpd' => sub { my @c = $t->{httpd}->children; kill 'KILL', $c[rand @c] if @c },
    redis => sub { $t->{redis}->proc->kill9; $load->run(rand 0.5); $t->{redis}->start },
    postgres => sub { $t->{postgres}->crash; $load->run(rand 0.5); $t->{postgres}->start },
    'the PSA, for a while' => sub { $sim->fault(fault => 'reset_after_commit', match => { method => 'POST' }, times => 5) },
);
my @order = map { shuffle(sort keys %kill) } 1 .. $ROUNDS; # each as often as the others
my $began = now();
$load->run(1);
tell_memory('before the first kill');
for my $victim (splice @order, 0, $ROUNDS * 2) {
    $load->run(0.2 + rand 0.4);
    note(sprintf '%6.2f s: %s', now() - $began, $victim);
    $kill{$victim}->();
}
$load->run(1);
my $survivors = tell_memory('after the last kill');

# However long it takes, as long as it gets on: until the sub gives '', which else says how far it is.
sub gets_done {
    my ($what, $left) = @_;
    my ($at, $since) = ('', now());
    while ((my $now = $left->()) ne '') {
        ($at, $since) = ($now, now()) if $now ne $at;
        if (now() - $since > 120) { diag("$what: it stands at $now"); return }
        $load->left ? $load->run(0.2) : select undef, undef, undef, 0.05;
    }
    return;
}
gets_done('events to accept', sub { $load->left || '' });
is($load->left, 0, 'all events are accepted in the end');
diag(sprintf '%d events accepted in %.1f s; refused meanwhile: %s', scalar keys %accepted, now() - $began,
    join(', ', map { "$load->{refused}{$_} x $_" } sort keys %{ $load->refused }) || 'none');
diag('durable by: ' . join(', ', map { "$_ $durable{$_}" } sort keys %durable));
is(join(' ', grep { !/^(?:redis|spool)$/ } keys %durable), '', 'each said what holds it');

# Quiet: streams and spool are empty, twice: between the looks at the two, events may have moved.
my $quiet = 0;
my $waiting = sub {
    my $h = eval { $t->get('/health/services')->json } or return 'no word of health';
    my ($lag, $spool) = ($h->{worker}{lag} // 'unknown', $h->{spool}{events} // 'unknown');
    $quiet = "$lag $spool" eq '0 0' ? $quiet + 1 : 0;
    return $quiet > 1 ? '' : "$lag in Redis, $spool in the spool";
};
gets_done('events to work off', $waiting);
is($waiting->(), '', 'everything is worked off');
tell_memory('at the end', $survivors);

# The books.
my (%final, %row);
for my $row ($t->history(undef, qw(request_id part status action ticket_id error_message))) {
    push @{ $row{ $row->{request_id} } }, $row;
    $final{ $row->{request_id} } = $row if $row->{status} =~ /^(?:processed|skipped)$/;
}
my @lost = grep { !$final{$_} } keys %accepted;
is(scalar @lost, 0, 'accepted minus recorded is nothing')
    or diag(map { "$_ $accepted{$_}{body} " . join(' ', map { "$_->{status} $_->{error_message}" } @{ $row{$_} || [] }) . "\n" } @lost[0 .. ($#lost < 9 ? $#lost : 9)]);
is_deeply([grep { @{ $row{$_} } > 1 } keys %row], [], 'no event has two rows');

my $state = $sim->state;
is(scalar keys %{ $state->{made}{xref} }, $LANES, 'every host has a key');
my %made = map { (/(host\d+)\z/)[0] => $state->{made}{summary}{$_} } keys %{ $state->{made}{summary} };
is_deeply(\%made, \%times, 'and one ticket for each time that it went down');
# A note speaks for one event, or says for how many: together for each that was noted, once.
my (%noted, %told);
$noted{ $_->{ticket_id} }++ for grep { $_->{action} eq 'update' } values %final;
for my $ticket (@{ $state->{tickets} }) {
    for my $note (grep { $_->{internalAnalysisFlag} } @{ $ticket->{notes} }) {
        next unless $note->{text} =~ m{\[[0-9a-f-]{36}/\d+\]};
        $told{ $ticket->{id} } += $note->{text} =~ /^(\d+) events between /m ? $1 : 1;
    }
}
is_deeply(\%told, \%noted, 'every event is told by a note, and by one only');
my $updates = 0;
$updates += $_ for values %noted;
cmp_ok($updates, '>', 5 * $LANES, 'that was put to the test');
my %open;
$open{ ($_->{summary} =~ /(host\d+)/)[0] } += $_->{closedFlag} ? 0 : 1 for @{ $state->{tickets} };
is_deeply(\%open, { map { $_ => $ends{$_} eq 'down' ? 1 : 0 } keys %ends },
    'hosts that came up have closed tickets, each of the others an open one');
is(scalar $t->psql('SELECT count(*) FROM alert WHERE NOT open AND intent_request IS NOT NULL'), '0', 'no intent is left over');

$t->done;
