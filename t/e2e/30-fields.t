#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# What is configured is what happens: each setting and each field of an endpoint that makes a ticket is
# seen on the ticket, whichever way it was given (API, hookwisectl, a backup of HookWise in Python).
use FindBin;
use lib "$FindBin::Bin/../lib";
use HookWise::Test;
use HookWise::Test::Cgi;
use Mojo::JSON qw(encode_json true false);

my $t = HookWise::Test->new;
$t->redis;
$t->postgres;
my $sim = $t->connectwise;
$t->conf(CW_TICKET_PREFIX => 'Ops:', CW_SERVICE_BOARD => 'Help Desk', CW_STATUS_NEW => 'Assigned', CW_STATUS_CLOSED => 'Closed',
    CW_DEFAULT_COMPANY_ID => 'Globex', PRIORITY_MAP => 'critical=Priority 1 - Critical, warning=Priority 4 - Low',
    MAX_RETRIES => 1, RETRY_BASE_MS => 5, MAX_CONTENT_LENGTH_KB => 3);
$t->migrate;
$t->ctl({ stdin => "open sesame\n" }, qw(user add ada --role owner --password-stdin));
my %ada = (user => 'ada:open sesame');
$t->httpd;
my $worker = $t->hookwised;

my $n = 0;
sub body { my ($state, %more) = @_; return { host => 'web' . $n, state => $state, text => 'it hurts', %more } }
sub base { return (trigger_field => 'state', open_value => 'bad', close_value => 'good', json_mapping => { summary => '$.host is in trouble' }, @_) }

# Posts, and gives the row of history with the ticket as ConnectWise has it.
sub happens {
    my ($ep, $body, $parts) = @_;
    my $res = $t->webhook($ep, $body);
    my $id = $res->json->{request_id};
    my @rows = @{ $t->wait_for(sub {
        my @found = $t->history("request_id = '$id' AND status <> 'retrying'", qw(status action ticket_id company summary error_message matched_rule source_ip));
        return @found == ($parts // 1) && \@found;
    }, "history of $id", 60) };
    for my $row (@rows) {
        ($row->{ticket}) = grep { $_->{id} == ($row->{ticket_id} || 0) } @{ $sim->state->{tickets} };
        $row->{is} = join ' | ', map { ref $_ ? $_->{name} : $_ // '-' } @{ $row->{ticket} || {} }{qw(summary board status type subType item priority severity impact)},
            $row->{ticket} ? $row->{ticket}{company}{identifier} : '-';
    }
    return wantarray ? @rows : $rows[0];
}

# --- settings alone ----------------------------------------------------------------------------------
$n++;
my $plain = $t->endpoint(base(name => 'plain'));
my $row = happens($plain, body('bad'));
is($row->{is}, 'Ops: web1 is in trouble | Help Desk | Assigned | - | - | - | Priority 3 - Medium | Medium | Medium | Globex',
    'CW_TICKET_PREFIX, CW_SERVICE_BOARD, CW_STATUS_NEW, CW_DEFAULT_COMPANY_ID') or diag explain $row;
is(happens($plain, body('good'))->{ticket}{status}{name}, 'Closed', 'CW_STATUS_CLOSED');
is($t->webhook($plain, body('bad', text => 'x' x 3100))->code, 413, 'MAX_CONTENT_LENGTH_KB');
$n++;
my $graded = $t->endpoint(name => 'graded', preset => 'alertmanager');
$row = happens($graded, { status => 'firing', alerts => [{ status => 'firing', fingerprint => 'f1', labels => { alertname => 'A', severity => 'critical' }, annotations => {} }] });
is($row->{ticket}{priority}{name}, 'Priority 1 - Critical', 'PRIORITY_MAP');

# --- fields of the endpoint, by each way in ---------------------------------------------------------------
my %fields = base(board => 'Alerts', status => 'In Progress', close_status => 'Completed', ticket_type => 'Incident', subtype => 'Network',
    item => 'Switch', priority => 'Priority 4 - Low', severity => 'High', impact => 'Low', customer_id_default => 'ACME', ticket_prefix => '[mine]',
    summary_remove_strings => 'in ,~t.ouble$', description_template => "Host {\$.host}\nsays {\$.text}", destination => 'connectwise', success_code => 201);
my %python = (%fields, json_mapping => encode_json($fields{json_mapping}), bearer_auth_enabled => 1, is_enabled => 1);
my %way = (
    'the API' => sub { $t->cgi(POST => '/api/endpoints', { %ada, json => {%fields, name => 'by API'} })->{json} },
    'hookwisectl create' => sub { $t->ctl_json('endpoint', 'create', $t->file('e.json', encode_json({ %fields, name => 'by file' }))) },
    'hookwisectl update' => sub {
        my $ep = $t->endpoint(name => 'by update');
        $t->ctl_json('endpoint', 'update', 'by update', $t->file('u.json', encode_json(\%fields)));
        return $ep;
    },
    'PUT' => sub {
        my $ep = $t->cgi(POST => '/api/endpoints', { %ada, json => { name => 'by PUT', board => 'Dispatch' } })->{json};
        $t->cgi(PUT => "/api/endpoints/$ep->{id}", { %ada, json => { %fields, name => 'by PUT' } });
        return $ep;
    },
    'a Python backup' => sub {
        my %doc = (%python, id => 'python-made', name => 'imported', bearer_token => 'a-token-of-the-old-one');
        $t->ctl_json('import', $t->file('backup.json', encode_json({ version => 2, configs => [\%doc] })));
        return { id => 'python-made', token => 'a-token-of-the-old-one' };
    },
);
for my $how (sort keys %way) {
    $n++;
    my $ep = $way{$how}->();
    my $shown = $t->cgi(GET => "/api/endpoints/$ep->{id}", {%ada})->{json};
    is_deeply({ map { $_ => $shown->{$_} } keys %fields }, \%fields, "$how: every field is read back");
    is($t->webhook($ep, body('odd'))->code, 201, "$how: success_code");
    $row = happens($ep, body('bad'));
    is($row->{is}, "[mine] web$n is | Alerts | In Progress | Incident | Network | Switch | Priority 4 - Low | High | Low | ACME", "$how: is on the ticket")
        or diag explain $row;
    like(($row->{ticket}{notes} || [])->[0]{text} // $row->{ticket}{initialDescription}, qr/^Host web$n\nsays it hurts/, "$how: description_template");
    is(happens($ep, body('good'))->{ticket}{status}{name}, 'Completed', "$how: close_status");
}

# --- out of the payload, and by rules: later ones win -------------------------------------------------------
$n++;
my @targets = qw(customer_id ticket_type subtype item priority board status severity impact);
my %mapped = (customer_id => 'Initech', ticket_type => 'Incident', subtype => 'Backup', item => 'Disk', priority => 'Priority 2 - High', board => 'Alerts',
    status => 'Waiting', severity => 'Low', impact => 'High');
my $mapper = $t->endpoint(%fields, name => 'mapper', json_mapping => { summary => '$.host', description => 'only $.text', map { $_ => "\$.to.$_" } @targets });
$row = happens($mapper, body('bad', to => \%mapped));
is($row->{is}, "[mine] web$n | Alerts | Waiting | Incident | Backup | Disk | Priority 2 - High | Low | High | Initech", 'json_mapping: every target');
like(($row->{ticket}{notes} || [])->[0]{text} // $row->{ticket}{initialDescription}, qr/^only it hurts/, 'the description too');
$n++;
my $ruled = $t->endpoint(%fields, name => 'ruled', routing_rules => [
    { path => '$.host', regex => '^WEB', overrides => { %mapped, priority => 'Priority 3 - Medium' } },
    { path => '$.text', regex => 'nothing', overrides => { board => 'Dispatch' } },
    { path => '$.text', regex => 'hurts', overrides => { priority => 'Priority 1 - Critical', close_status => 'Closed' }, stop => true },
    { path => '$.host', regex => '.', overrides => { drop => true } }]);
$row = happens($ruled, body('bad'));
is($row->{is}, "[mine] web$n is | Alerts | Waiting | Incident | Backup | Disk | Priority 1 - Critical | Low | High | Initech", 'routing_rules: every override, the later one, stop');
is(happens($ruled, body('good'))->{ticket}{status}{name}, 'Closed', 'close_status of a rule');
is(happens($ruled, body('bad', text => 'fine'))->{action}, '', 'drop');

# --- the kind of an event ----------------------------------------------------------------------------------
for my $case ([note => ''], [open => 'create'], [ignore => '']) {
    my ($on, $action) = @$case;
    $n++;
    my $ep = $t->endpoint(base(name => "unknown: $on", on_unknown => $on));
    is(happens($ep, body('odd'))->{action}, $action, "on_unknown $on: nothing open");
    happens($ep, body('bad'));
    is(happens($ep, body('odd'))->{action}, $on eq 'ignore' ? '' : 'update', "on_unknown $on: a ticket is open");
}
$n++;
my $batch = $t->endpoint(name => 'batch', batch_path => '$.list', trigger_field => '@.state', open_value => ['bad', '~^wor'], close_value => 'go*',
    dedup_key => ['@.host', '$.site'], json_mapping => { summary => '@.text' });
my @rows = happens($batch, { site => "s$n", list => [map { { host => $_->[0], state => $_->[1], text => "$_->[2] $n" } } [qw(a bad one)], [qw(b worse two)], [qw(a bad three)]] }, 3);
is_deeply([sort map { $_->{action} } @rows], [qw(create create update)], 'batch_path, open_value, dedup_key');
@rows = happens($batch, { site => "s$n", list => [{ host => 'a', state => 'gone', text => 'x' }] });
is($rows[0]{action}, 'close', 'close_value');

# --- a setting changed while it runs, and the environment ----------------------------------------------------
$n++;
$t->cgi(PUT => '/api/settings', { %ada, json => { CW_TICKET_PREFIX => 'Changed:' } });
is(happens($plain, body('bad'))->{summary}, "Changed: web$n is in trouble", 'PUT /api/settings is in force for the next webhook');
$t->cgi(PUT => '/api/settings', { %ada, json => { CW_TICKET_PREFIX => undef } });
$worker->stop;
$t->hookwised(env => { CW_TICKET_PREFIX => 'Env:', CW_SERVICE_BOARD => 'Alerts', CW_STATUS_NEW => 'Waiting' });
$n++;
like(happens($plain, body('bad'))->{is}, qr/^Env: web$n is in trouble \| Alerts \| Waiting \|/, 'the environment wins over the file');

$t->done;
