#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# The whole way of an alert: posted to httpd, queued, made a ticket, noted on, closed - once into
# our own incidents and once into a (simulated) ConnectWise.
use FindBin;
use lib "$FindBin::Bin/../lib";
use HookWise::Test;
use HookWise::Test::Poll qw(now);
use Mojo::JSON qw(true);
use Time::HiRes ();

my $t = HookWise::Test->new;
$t->redis(appendonly => 'yes', appendfsync => 'always');
$t->postgres;
my $sim = $t->connectwise;
$t->migrate;
$t->httpd;
$t->hookwised;

my %ep;
$ep{local} = $t->endpoint(name => 'kuma local', preset => 'uptime-kuma', destination => 'local');
$ep{connectwise} = $t->endpoint(name => 'kuma psa', preset => 'uptime-kuma', destination => 'connectwise',
    customer_id_default => 'ACME', board => 'Alerts');
like($_->{id}, qr/^[\w-]{64}$/, 'an endpoint has an id') for values %ep;

# A beat as Uptime Kuma sends it: status 0 is down, 1 is up.
sub beat {
    my ($where, $status, $msg) = @_;
    return $t->webhook($ep{$where}, {
        heartbeat => { monitorID => 7, status => $status, time => '2026-03-01 10:00:00', msg => $msg, important => true },
        monitor => { id => 7, name => 'shop.example.test', url => 'https://shop.example.test', type => 'http' },
        msg => "[shop.example.test] $msg",
    });
}

# Until the request is in the history with a final status.
sub recorded {
    my ($res) = @_;
    my $id = $res->json->{request_id};
    return $t->wait_for(sub {
        my ($row) = $t->history("request_id = '$id' AND status <> 'retrying'",
            qw(status action ticket_id destination company summary error_message retry_count));
        return $row;
    }, "history of $id");
}

sub accepted {
    my ($res, $what) = @_;
    is($res->code, 202, "$what: accepted");
    is_deeply($res->json, { status => 'queued', message => 'Webhook received',
        request_id => $res->headers->header('X-Request-Id') }, "$what: the answer");
    is($res->headers->header('X-HookWise-Durability'), 'redis', "$what: durable");
    return $res;
}

my $health = $t->wait_for(sub { my $h = $t->get('/health/services')->json; $h->{status} eq 'up' && $h }, 'health');
is_deeply([map { $health->{$_}{status} } qw(redis database worker)], ['up', 'up', 'up'], 'all services are up');
is($health->{worker}{count}, 1, 'one worker');

# --- our own incidents ------------------------------------------------------------------------------
sub incident { my ($id) = @_; return scalar($t->psql("SELECT status, summary, company, closed_at IS NOT NULL FROM incident WHERE id = $id")) =~ tr{\t}{|}r }
sub notes { my ($id) = @_; return scalar $t->psql("SELECT count(*) FROM incident_note WHERE incident_id = $id") }

my $began = now();
my $down = recorded(accepted(beat(local => 0, 'timeout of 48000ms exceeded'), 'down'));
diag(sprintf 'incident %.0f ms after the request began', 1000 * (now() - $began));
is("$down->{status} $down->{action} $down->{destination}", 'processed create local', 'a ticket was created');
is($down->{summary}, 'Alert: shop.example.test', 'with its summary');
my $incident = $down->{ticket_id};
is(incident($incident), "open|Alert: shop.example.test|Catchall|f", 'the incident is open');
my $before = notes($incident);
my $again = recorded(accepted(beat(local => 0, 'connect ECONNREFUSED'), 'still down'));
is("$again->{status} $again->{action} $again->{ticket_id}", "processed update $incident", 'noted on the same ticket');
is(notes($incident), $before + 1, 'one note more');
like(scalar $t->psql("SELECT text FROM incident_note WHERE incident_id = $incident ORDER BY id DESC LIMIT 1"),
    qr/connect ECONNREFUSED/, 'which says what happened');
my $up = recorded(accepted(beat(local => 1, '200 - OK'), 'up'));
is("$up->{status} $up->{action} $up->{ticket_id}", "processed close $incident", 'closed');
is(incident($incident), "closed|Alert: shop.example.test|Catchall|t", 'the incident is closed');
my $nothing = recorded(accepted(beat(local => 1, '200 - OK'), 'up again'));
is("$nothing->{status} $nothing->{action}", 'skipped ', 'nothing to close: skipped');
my $second = recorded(accepted(beat(local => 0, 'timeout'), 'down again'));
is("$second->{status} $second->{action}", 'processed create', 'a recurrence is a new ticket');
isnt($second->{ticket_id}, $incident, 'of its own');

# --- ConnectWise ------------------------------------------------------------------------------------
sub ticket { my ($id) = @_; my ($found) = grep { $_->{id} == $id } @{ $sim->state->{tickets} }; return $found }

my $posted = Time::HiRes::time();
$down = recorded(accepted(beat(connectwise => 0, 'timeout of 48000ms exceeded'), 'psa down'));
my ($create) = grep { $_->{method} eq 'POST' && $_->{path} eq '/service/tickets' } $sim->requests;
diag(sprintf 'ticket asked for %.0f ms after the request began', 1000 * ($create->{time} - $posted));
is("$down->{status} $down->{action} $down->{destination} $down->{company}", 'processed create connectwise ACME', 'a ticket was created');
my $ticket = ticket($down->{ticket_id});
is_deeply([$ticket->{summary}, $ticket->{company}{identifier}, $ticket->{board}{name}, $ticket->{status}{name}],
    ['Alert: shop.example.test', 'ACME', 'Alerts', 'New'], 'the ticket');
like($ticket->{externalXRef}, qr/^hw:[0-9a-f]{8}:[0-9a-f]{32}$/, 'carries our key');
ok((grep { $_->{detailDescriptionFlag} && $_->{text} =~ /timeout of 48000ms exceeded/ } @{ $ticket->{notes} }),
    'and says what happened');
$before = @{ $ticket->{notes} };
$again = recorded(accepted(beat(connectwise => 0, 'connect ECONNREFUSED'), 'psa still down'));
is("$again->{status} $again->{action} $again->{ticket_id}", "processed update $ticket->{id}", 'noted on the same ticket');
$ticket = ticket($ticket->{id});
is(@{ $ticket->{notes} }, $before + 1, 'one note more');
my $note = $ticket->{notes}[-1];
like($note->{text}, qr/connect ECONNREFUSED/, 'which says what happened');
ok($note->{internalAnalysisFlag} && !$note->{detailDescriptionFlag}, 'for those inside only');
$up = recorded(accepted(beat(connectwise => 1, '200 - OK'), 'psa up'));
is("$up->{status} $up->{action} $up->{ticket_id}", "processed close $ticket->{id}", 'closed');
$ticket = ticket($ticket->{id});
is_deeply([$ticket->{closedFlag}, $ticket->{status}{name}], [true, 'Closed'], 'the ticket is closed');
ok((grep { $_->{resolutionFlag} } @{ $ticket->{notes} }), 'with a note on its resolution');
$second = recorded(accepted(beat(connectwise => 0, 'timeout'), 'psa down again'));
isnt($second->{ticket_id}, $ticket->{id}, 'a recurrence is a new ticket');
$sim->post("/close/$second->{ticket_id}");
is($sim->state->{created}, 2, 'two tickets in all');
is_deeply([values %{ $sim->state->{made}{xref} }], [2], 'of one key');

# --- who is not let in, and what is kept ---------------------------------------------------------------
is($t->webhook({ %{ $ep{local} }, token => 'wrong' }, '{}')->code, 401, 'a wrong token');
is($t->webhook({ %{ $ep{local} }, id => 'x' x 64 }, '{}')->code, 404, 'an unknown endpoint');
is($t->get("/webhook/$ep{local}{id}")->code, 405, 'a wrong method');
is(scalar $t->psql('SELECT count(*) FROM alert WHERE NOT open AND intent_request IS NOT NULL'), '0', 'no intent is left over');

# Counters reach Redis every few seconds, those of one event not all with the same step.
my ($metrics, %processed);
$t->wait_for(sub {
    $metrics = $t->metrics;
    %processed = map { /^hookwise_webhooks_total\{config_id="([^"]*)",status="processed"\}$/ ? ($1 => $metrics->{$_}) : () } keys %$metrics;
    my $events = 0;
    $events += $_ for values %processed;
    return $events >= 8 && ($metrics->{'hookwise_psa_tasks_total{type="create",result="ok"}'} || 0) >= 4;
}, 'metrics');
is_deeply(\%processed, { $ep{local}{id} => 4, $ep{connectwise}{id} => 4 }, 'events are counted by endpoint');
is($metrics->{'hookwise_psa_tasks_total{type="create",result="ok"}'}, 4, 'tickets made are counted');
is($metrics->{'hookwise_psa_tasks_total{type="close",result="ok"}'}, 2, 'tickets closed are counted');
is($metrics->{hookwise_psa_task_seconds_count} > 0, 1, 'and how long calls took');
$t->wait_for(sub { ($t->get('/health/services')->json->{worker}{lag} // 1) == 0 }, 'an empty queue');
$t->wait_for(sub { !grep { $t->redis_cli('XLEN', "hw:s:$_") } 0 .. 15 }, 'empty streams');
pass('nothing is left in the streams');

$t->done;
