#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# PSAs tell of their tickets: ConnectWise by signed callbacks, Freshservice by its workflows.
use FindBin;
use lib "$FindBin::Bin/../lib";
use HookWise::Test;
use HookWise::Test::Cgi;
use Mojo::JSON qw(false true);

my $t = HookWise::Test->new;
$t->redis;
$t->postgres;
my $sim = $t->connectwise(callback_retry_ms => 20);
$t->migrate;
$t->conf(VIABILITY_TTL => 86400);
$t->ctl({ stdin => "open sesame\n" }, 'user', 'add', 'vic', '--role', 'viewer', '--password-stdin');
$t->httpd;
$t->hookwised;

sub recorded {
    my ($id) = @_;
    return $t->wait_for(sub {
        my ($row) = $t->history("request_id = '$id' AND status <> 'retrying'",
            qw(status action ticket_id destination summary error_message trace));
        return $row;
    }, "history of $id");
}
sub mirror {
    my ($provider, $ticket) = @_;
    my ($row) = $t->psql('SELECT subject, status, priority, company, requester, deleted FROM ticket_mirror'
        . " WHERE provider = '$provider' AND ticket_id = '$ticket'");
    return defined $row ? $row =~ tr/\t/|/r : undef;
}
sub tickets { my ($query) = @_; return $t->cgi(GET => "/api/tickets?$query", { user => 'vic:open sesame' })->{json} }

# --- what an endpoint of this kind needs ------------------------------------------------------------
my ($exit, $out, $err) = $t->ctl({ stdin => '{"name":"x","destination":"mirror","preset":"generic"}' }, 'endpoint', 'create', '-');
is("$exit|$err", "100|hookwisectl: endpoint create: preset: a mirror of tickets needs the preset of its PSA: "
    . "connectwise, halopsa, autotask, freshservice or superops\n", 'the preset of a PSA');

# --- Freshservice -------------------------------------------------------------------------------------
my $fresh = $t->endpoint(name => 'Freshservice sync', preset => 'freshservice', destination => 'mirror');
sub told {
    my ($doc, $secret) = @_;
    return $t->post('/webhooks/freshservice/ticket', { 'X-Webhook-Secret' => $secret // $fresh->{token} }, json => $doc);
}
my %ticket = (event => 'ticket.created', ticket_id => 4711, subject => 'Printer on fire', status_id => 2, priority_id => 4,
    requester_name => 'Ada', requester_email => 'ada@example.test', department_id => 9, updated_at => '2021-01-15T10:30:00Z');
my $res = told(\%ticket);
is($res->code, 202, 'a new ticket is told of') or diag $res->body;
my $row = recorded($res->json->{request_id});
is_deeply([@$row{qw(status action ticket_id destination summary)}], ['processed', 'update', '4711', 'mirror', 'Printer on fire'],
    'history');
is(mirror(freshservice => 4711), 'Printer on fire|2|4|9|Ada|f', 'it is in the mirror');
$row = recorded(told({ event => 'ticket.updated', ticket_id => 4711, status_id => 3, updated_at => '2021-01-15T11:00:00Z' })->json->{request_id});
is(mirror(freshservice => 4711), 'Printer on fire|3|4|9|Ada|f', 'a change; what is not told stays');
$row = recorded(told({ %ticket, event => 'ticket.updated', updated_at => '2021-01-15T10:45:00Z' })->json->{request_id});
is_deeply([@$row{qw(status action)}], ['processed', ''], 'an older word comes late');
like($row->{trace}, qr/Something newer is known of ticket 4711/, 'history says why nothing changes');
is(mirror(freshservice => 4711), 'Printer on fire|3|4|9|Ada|f', 'and nothing does');
recorded(told({ event => 'ticket.deleted', ticket_id => 4711, status_id => 3, updated_at => '2021-01-15T12:00:00Z' })->json->{request_id});
is(mirror(freshservice => 4711), 'Printer on fire|3|4|9|Ada|t', 'deleted');
is(told(\%ticket, 'wrong')->code, 401, 'a wrong secret');
$row = recorded(told({ event => 'ticket.updated', subject => 'x' })->json->{request_id});
is_deeply([@$row{qw(status error_message)}], ['skipped', 'It names no ticket.'], 'a payload about no ticket');

# --- reading ------------------------------------------------------------------------------------------
recorded(told({ %ticket, ticket_id => 4712, subject => 'Scanner', requester_name => undef, updated_at => undef,
    api_key => 'hush' })->json->{request_id});
my $list = tickets('');
is_deeply([map { "$_->{ticket_id} $_->{subject}" } @{ $list->{items} }], ['4712 Scanner', '4711 Printer on fire'], 'the last changed first');
is($list->{items}[1]{updated_at}, '2021-01-15T12:00:00.000Z', 'with its time');
is_deeply([@{ $list->{items}[0] }{qw(requester deleted)}, $list->{items}[0]{fields}{api_key}], ['ada@example.test', false, '********'],
    'secrets are masked');
my $page = tickets('limit=1');
is($page->{items}[0]{ticket_id}, 4712, 'a page');
is(tickets("limit=1&cursor=$page->{next}")->{items}[0]{ticket_id}, 4711, 'and the next');
for my $filter (['q=printer', 4711], ['q=4712', 4712], ['deleted=true', 4711], ['deleted=false', 4712], ['status=3', 4711],
    ['provider=freshservice&q=ada%40', 4712]) {
    is_deeply([map { $_->{ticket_id} } @{ tickets($filter->[0])->{items} }], [$filter->[1]], "filter $filter->[0]");
}
is_deeply(tickets('provider=connectwise')->{items}, [], 'none of another provider');
is(tickets('provider=jira')->{field}, 'provider', 'no such provider');
is(tickets('cursor=x')->{field}, 'cursor', 'no such cursor');

# --- ConnectWise --------------------------------------------------------------------------------------
my $api = $sim->url . '/v4_6_release/apis/3.0';
my $key = $t->ua->get("$api/system/callbacks/keys/1")->res->json->{signing_key};
my $cw = $t->endpoint(name => 'ConnectWise sync', preset => 'connectwise', destination => 'mirror', bearer_auth_enabled => false,
    auth => [{ scheme => 'connectwise', secret => $key }]);
my $hook = $t->url . '/webhooks/connectwise/ticket?recordId=';
$res = $t->ua->post("$api/system/callbacks" => { Authorization => 'Basic ' . Mojo::Util::b64_encode('simco+simpublic:simprivate', ''),
    clientId => 'sim-client' } => json => { url => $hook, objectId => 1, type => 'ticket', level => 'owner' })->res;
is($res->code, 201, 'ConnectWise will tell of its tickets') or diag $res->body;
is_deeply($t->get('/webhooks/health')->json->{providers}, { connectwise => true, freshservice => true,
    map { $_ => false } qw(halopsa autotask superops) }, 'two providers have an endpoint');

my $ep = $t->endpoint(name => 'alerts', preset => 'uptime-kuma', destination => 'connectwise', customer_id_default => 'ACME');
sub alert {
    my ($msg) = @_;
    return recorded($t->webhook($ep, { heartbeat => { status => 0, msg => $msg }, monitor => { name => 'shop' },
        msg => $msg })->json->{request_id});
}
my $open = alert('down');
is("$open->{status} $open->{action}", 'processed create', 'an alert opens a ticket');
my $id = $open->{ticket_id};
$t->wait_for(sub { (mirror(connectwise => $id) // '') =~ /^Alert: shop\|New\|/ }, 'the ticket in the mirror');
is(alert('still down')->{ticket_id}, $id, 'its next event is a note on it');

# What a callback says is not believed: the ticket is read.
my $forged = $t->endpoint(name => 'second door', preset => 'connectwise', destination => 'mirror');
$res = $t->post('/webhooks/connectwise/ticket', { 'X-Webhook-Secret' => $forged->{token} }, json => { Action => 'deleted', Type => 'ticket',
    ID => $id, Entity => undef });
like(recorded($res->json->{request_id})->{trace}, qr/Ticket $id is open at connectwise/, 'a false word: the ticket is open');
is(alert('down as before')->{ticket_id}, $id, 'so the alert keeps it');

# A person closes it there: the next alert opens another one, a day before it would look by itself.
$sim->post("/close/$id");
$t->wait_for(sub { my ($n) = $t->psql("SELECT count(*) FROM alert WHERE ticket_id = '$id' AND NOT open AND closed_by_human"); $n }, 'the alert closed');
$t->wait_for(sub { grep { $_->{trace} =~ /closed at connectwise by a person/ } $t->history("config_id = '$cw->{id}'", 'trace') },
    'its row of history');
pass('history says who closed it');
my $next = alert('down again');
is("$next->{status} $next->{action}", 'processed create', 'the next alert opens a ticket');
isnt($next->{ticket_id}, $id, 'of its own');

# Deleted there: the same.
$sim->post("/delete/$next->{ticket_id}");
$t->wait_for(sub { my ($n) = $t->psql("SELECT count(*) FROM alert WHERE ticket_id = '$next->{ticket_id}' AND open"); !$n }, 'the alert closed');
$t->wait_for(sub { (mirror(connectwise => $next->{ticket_id}) // '') =~ /\|t$/ }, 'the ticket deleted');
pass('deleted in the mirror');
my $third = alert('and again');
is("$third->{status} $third->{action}", 'processed create', 'a ticket that is gone is replaced');

# A callback about something else.
$res = $t->post('/webhooks/connectwise/ticket', { 'X-Webhook-Secret' => $forged->{token} }, json => { Action => 'updated', Type => 'company', ID => 3 });
$row = recorded($res->json->{request_id});
is_deeply([@$row{qw(status error_message)}], ['skipped', 'It tells of a company, not of a ticket.'], 'other records are passed over');

# --- the endpoints go --------------------------------------------------------------------------------
sub is_in_force { my ($exit, undef, $err) = $t->ctl(@_); is("$exit|$err", '0|', "@_[0, 1]: in force when it ends") }
is_in_force('endpoint', 'delete', $fresh->{id});
is(told(\%ticket)->code, 404, 'without its endpoint the address is not there');
my $off = $t->file('off.json', '{"is_enabled":false}');
is_in_force('endpoint', 'update', $_->{id}, $off) for $cw, $forged;
is_deeply($t->get('/webhooks/health')->json->{webhooks_enabled}, false, 'nor when it is disabled');

$t->done;
