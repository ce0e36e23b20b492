#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# What came and what became of it: samples, dry runs, history, replay, incidents, statistics.
use FindBin;
use lib "$FindBin::Bin/../lib";
use HookWise::Test;
use HookWise::Test::Cgi;
use Mojo::JSON qw(decode_json encode_json);

my $t = HookWise::Test->new;
# Days and what is of today are counted: the day shall last.
$t->wait_for(sub { 86400 - time % 86400 > 300 }, 'the next day', 400);
my %as = $t->cgi_servers(ada => 'owner', vic => 'viewer', tom => 'admin@acme');
my $worker = $t->hookwised;
my %ada = %{ $as{ada} };
my %vic = %{ $as{vic} };
my %tom = %{ $as{tom} };
my $kuma = $t->cgi(POST => '/api/endpoints', { %ada, json => { name => 'Kuma', preset => 'uptime-kuma', reopen_window_minutes => 0 } })->{json};
my $other = $t->cgi(POST => '/api/endpoints', { %ada, json => { name => 'Alerts', preset => 'alertmanager', tenant => 'acme' } })->{json};

sub kuma {
    my ($name, $status) = @_;
    return { heartbeat => { status => $status, msg => "answer $status" }, monitor => { name => $name }, msg => "$name $status" };
}

sub refused {
    my ($answer, $status, $error, $field, $what) = @_;
    is_deeply([$answer->{status}, @{ $answer->{json} }{qw(error field)}], [$status, $error, $field], $what)
        or diag $answer->{body};
    return;
}

sub sample { my (@sample) = @_; return $t->cgi_sample(\%ada, @sample) }

# --- dry run ------------------------------------------------------------------------------------
my $doc = { name => 'Kuma', preset => 'uptime-kuma', routing_rules => [{ path => '$.monitor.name', regex => '^db',
    overrides => { priority => 'High', customer_id => 'ACME' } }] };
my $payload = $t->file('payload.json', encode_json(kuma('db7', 0)));
my ($exit, $said) = $t->ctl('explain', '--endpoint', $t->file('doc.json', encode_json($doc)), '--payload', $payload,
    '--now', '2026-03-01T12:00:00Z', '--header', 'X-Site: north');
is($exit, 0, 'hookwisectl explains');
my $dry = $t->cgi(POST => '/api/dry-run', { %vic, json => { document => $doc, payload => encode_json(kuma('db7', 0)),
    now => '2026-03-01T12:00:00Z', headers => { 'X-Site' => 'north' } } });
is($dry->{status}, 200, 'a dry run of a document that is not saved') or diag $dry->{body};
my ($elements) = $dry->{body} =~ /"elements":(.*)\}\z/s;
my $compact = run_jq($said);
is($elements, $compact, 'says byte for byte what hookwisectl explain says');
is_deeply([@{ $dry->{json}{elements}[0] }{qw(kind action company)}], [qw(open create ACME)], 'which is right');

sub run_jq {    # our own writer's compact form of what was printed for people
    my ($text) = @_;
    my ($code, $out) = $t->ctl({ conf => 0 }, 'path', '$.elements', $t->file('said.json', $text));
    return $out =~ s/^\[(.*)\]\n\z/$1/sr;
}
my $stored = $t->cgi(POST => "/api/endpoints/$kuma->{id}/dry-run", { %vic, json => { payload => kuma('web', 1) } })->{json};
is_deeply([@{ $stored->{elements}[0] }{qw(kind action reason)}], [qw(close skip nothing-to-close)], 'of a stored one');
my $facts = $t->cgi(POST => "/api/endpoints/$kuma->{id}/dry-run", { %vic, json => { payload => kuma('web', 1), facts => { open => \1, ticket_id => '77' } } })->{json};
is($facts->{elements}[0]{action}, 'close', 'with facts given');
refused($t->cgi(POST => '/api/dry-run', { %vic, json => { payload => 'x' } }), 422, 'bad-value', 'document', 'no document');
refused($t->cgi(POST => '/api/dry-run', { %vic, json => { document => $doc, payload => 'x', facts => { open => 'x' } } }), 422, 'bad-type', 'facts.open', 'facts that cannot be');
refused($t->cgi(POST => '/api/dry-run', { %vic, json => { document => $doc, payload => 'x', facts => [] } }), 422, 'bad-type', 'facts', 'or are none');
refused($t->cgi(POST => '/api/dry-run', { %vic, json => { document => { name => 'x', trigger_field => '$[' }, payload => 'x' } }), 422,
    'bad-path', 'trigger_field', 'a document that cannot be');
refused($t->cgi(POST => '/api/dry-run', { %vic, json => { document => $doc } }), 422, 'bad-value', 'payload', 'no payload');
refused($t->cgi(POST => '/api/dry-run', { %vic, json => { document => $doc, payload => 'x', colour => 1 } }), 422, 'unknown-field', 'colour', 'a member that is none');
is($t->cgi(POST => '/api/dry-run', { %vic, json => { document => $doc, payload => '<x/>' } })->{json}{elements}[0]{action}, 'skip', 'nonsense is skipped');

# --- samples through the queue --------------------------------------------------------------------
my $test = sample($kuma, kuma('web', 0));
is($test->{status}, 'queued', 'a sample is queued');
is_deeply([map { @$_{qw(request_id status action)} } @{ $test->{items} }], [$test->{request_id}, 'processed', 'create'], 'and worked off')
    or diag encode_json($test);
my $ticket = $test->{items}[0]{ticket_id};
is($t->cgi(GET => "/api/endpoints/$kuma->{id}", {%ada})->{json}{last_seen_at}, undef, 'it is no sign of life');
my $live = $t->cgi(POST => "/api/endpoints/$kuma->{id}/dry-run", { %vic, json => { payload => kuma('web', 1), facts => 'live' } })->{json};
is($live->{elements}[0]{action}, 'close', 'a dry run knows the ticket that is open');
$t->psql(q{INSERT INTO alert SELECT (jsonb_populate_record(a, '{"alert_key": "other", "dedup_key": "disk"}')).* FROM alert a});
$live = $t->cgi(POST => "/api/endpoints/$kuma->{id}/dry-run", { %vic, json => { payload => kuma('web', 1), facts => 'live' } })->{json};
is($live->{elements}[0]{action} . ': ' . $live->{elements}[0]{reason}, 'update: still-shared', 'and who else it is open for');
$t->psql(q{DELETE FROM alert WHERE alert_key = 'other'});
sample($kuma, kuma('web', 0));
sample($kuma, kuma('mail', 0));
my $batch = sample($other, { status => 'firing', alerts => [map { { status => 'firing', fingerprint => $_, labels => { alertname => "A$_" }, annotations => { summary => "s$_", token => 'abc' } } } 1 .. 3] }, 3);
is(scalar @{ $batch->{items} }, 3, 'three elements') or diag encode_json($batch);
is($t->cgi(POST => "/api/endpoints/$kuma->{id}/test", {%ada})->{status}, 202, 'a sample of our own');
$t->wait_for(sub { $t->psql('SELECT count(*) FROM webhook_log') == 7 }, 'seven rows');

# --- history --------------------------------------------------------------------------------------
my $list = $t->cgi(GET => '/api/history', {%vic})->{json};
is(scalar @{ $list->{items} }, 7, 'history');
is($list->{next}, undef, 'all of it');
ok(!exists $list->{items}[0]{payload}, 'without payloads');
my %count = ("endpoint_id=$kuma->{id}" => 4, 'status=processed' => 7, 'action=update' => 1, "ticket_id=$ticket" => 2, 'tenant=acme' => 3,
    "request_id=$batch->{request_id}" => 3, 'q=MAIL' => 1, 'from=2020-01-01T00:00:00Z' => 7, 'to=2020-01-01' => 0, 'destination=local' => 7,
    'source_ip=127.0.0.1' => 7, 'company=nobody' => 0, 'action=create&tenant=acme' => 3);
is(scalar @{ $t->cgi(GET => "/api/history?$_", {%vic})->{json}{items} }, $count{$_}, "history?$_") for sort keys %count;
refused($t->cgi(GET => '/api/history?status=odd', {%vic}), 422, 'bad-argument', 'status', 'an unknown status');
refused($t->cgi(GET => '/api/history?from=noon', {%vic}), 422, 'bad-argument', 'from', 'no time');
refused($t->cgi(GET => '/api/history?cursor=x', {%vic}), 422, 'bad-cursor', 'cursor', 'no cursor');
my ($first) = @{ $t->cgi(GET => '/api/history?limit=1', {%vic})->{json}{items} };
my $page = $t->cgi(GET => '/api/history?limit=3', {%vic})->{json};
my $rest = $t->cgi(GET => "/api/history?limit=100&cursor=$page->{next}", {%vic})->{json};
is_deeply([map { $_->{id} } @{ $page->{items} }, @{ $rest->{items} }], [map { $_->{id} } @{ $list->{items} }], 'page after page');
is_deeply([map { $_->{tenant} } @{ $t->cgi(GET => '/api/history?tenant=default', {%tom})->{json}{items} }], [('acme') x 3], 'who belongs to a tenant sees its own');
my ($web) = grep { $_->{summary} =~ /web/ && $_->{action} eq 'create' } @{ $list->{items} };
my $entry = $t->cgi(GET => "/api/history/$web->{id}", {%vic})->{json};
is_deeply([$entry->{payload}{monitor}{name}, ref $entry->{trace}, $entry->{replayable}, scalar @{ $entry->{parts} }], ['web', 'ARRAY', 1, 1], 'one entry');
is_deeply([map { $_->{step} } @{ $entry->{attempts} }], ['act'], 'what was done');
is($entry->{ai}, undef, 'no analysis');
$t->psql("INSERT INTO analysis (request_id, part, received_at, endpoint_id, destination, ticket_id, tries, error, failed_at)"
    . " VALUES ('$entry->{request_id}', $entry->{part}, now(), 'x', 'local', '1', 6, 'the model said nothing', now())");
is_deeply($t->cgi(GET => "/api/history/$entry->{id}", { %ada })->{json}{ai}, { status => 'failed', tries => 6, error => 'the model said nothing' },
    'why an analysis was given up');
my @line = @{ $entry->{timeline} };
is(join(' ', map { $_->{stage} } @line), 'received taken begun decided acted recorded', 'how it came about');
is_deeply([$line[0]{at}, @{ $line[0] }{qw(ms took_ms)}], [$entry->{received_at}, 0, 0], 'from when it was received');
is(join(' ', map { $line[$_]{ms} - $line[ $_ - 1 ]{ms} } 1 .. $#line), join(' ', map { $_->{took_ms} } @line[1 .. $#line]),
    'how long each stage took');
is(join(' ', sort { $a <=> $b } map { $_->{ms} } @line), join(' ', map { $_->{ms} } @line), 'in order');
is($line[4]{ms}, int(1000 * $entry->{processing_time} + 0.5), 'as processing_time says');
like($entry->{alert_key}, qr/^[0-9a-f]{64}\z/, 'its alert');
my $element = $t->cgi(GET => "/api/history/$batch->{items}[0]{id}", {%tom})->{json};
is(scalar @{ $element->{parts} }, 3, 'one of a batch names the others');
is($element->{payload}{alerts}[0]{annotations}{token}, '********', 'secrets are masked');
refused($t->cgi(GET => "/api/history/$web->{id}", {%tom}), 404, 'no-history', undef, 'not that of another tenant');
refused($t->cgi(GET => '/api/history/x', {%vic}), 404, 'no-history', undef, 'no such id');

# --- download -------------------------------------------------------------------------------------
my $lines = $t->cgi(GET => '/api/history/export?limit=4', {%vic});
is($lines->{headers}{'content-type'}, 'application/x-ndjson', 'JSON lines');
is_deeply([map { decode_json($_)->{id} } split /\n/, $lines->{body}], [map { $_->{id} } @{ $list->{items} }[0 .. 3]], 'one each');
my $csv = $t->cgi(GET => "/api/history/export?format=csv&limit=10&cursor=$lines->{headers}{'x-next-cursor'}", {%vic});
my @csv = split /\r\n/, $csv->{body};
like($csv[0], qr/^id,request_id,part,/, 'CSV with names');
is(scalar @csv, 4, 'the rest');
is($csv->{headers}{'x-next-cursor'}, undef, 'and no more');
$t->cgi(PATCH => "/api/endpoints/$kuma->{id}", { %ada, json => { ticket_prefix => '' } });
sample($kuma, kuma('=cmd("x")', 0));
like($t->cgi(GET => '/api/history/export?format=csv&limit=1', {%vic})->{body}, qr/"'=cmd\(""x""\)/, 'texts are texts to spreadsheets');
$t->cgi(PATCH => "/api/endpoints/$kuma->{id}", { %ada, json => { ticket_prefix => undef } });

# --- replay ---------------------------------------------------------------------------------------
my $replayed = $t->cgi(POST => "/history/replay/$web->{id}", {%ada});
is_deeply([$replayed->{status}, @{ $replayed->{json} }{qw(status replay_of)}], [202, 'queued', "$web->{id}"], 'one is replayed');
$t->wait_for(sub { @{ $t->cgi(GET => "/api/history?request_id=$replayed->{json}{request_id}", {%vic})->{json}{items} } }, 'and recorded');
refused($t->cgi(POST => "/history/replay/$web->{id}", {%vic}), 403, 'forbidden', undef, 'viewers replay nothing');
refused($t->cgi(POST => "/history/replay/$web->{id}", {%tom}), 404, 'no-history', undef, 'nor others');
my %acme = (filter => { tenant => 'acme' });
is_deeply($t->cgi(POST => '/api/history/replay', { %ada, json => { %acme, count_only => \1 } })->{json}, { count => 1 }, 'three elements are one request');
my $many = $t->cgi(POST => '/api/history/replay', { %ada, json => {%acme} });
is_deeply([$many->{status}, @{ $many->{json} }{qw(count queued)}], [202, 1, 1], 'which is replayed once');
my $some = $t->cgi(POST => '/api/history/replay', { %ada, json => { ids => [$web->{id}, "$batch->{items}[0]{id}", $batch->{items}[1]{id}, 99999] } })->{json};
is_deeply([$some->{queued}, map { $_->{id}, $_->{error} } @{ $some->{failed} }], [2, 99999, 'no-history'], 'by id, each request once');
refused($t->cgi(POST => '/api/history/replay', { %ada, json => {} }), 422, 'bad-value', 'ids', 'nothing chosen');
refused($t->cgi(POST => '/api/history/replay', { %ada, json => { filter => { colour => 'red' } } }), 422, 'unknown-field', 'colour', 'no filter');
$t->wait_for(sub { $t->psql('SELECT count(*) FROM webhook_log') == 8 + 1 + 3 + 4 }, 'all recorded');

# --- incidents --------------------------------------------------------------------------------------
my $incidents = $t->cgi(GET => '/api/incidents', {%vic})->{json};
is(scalar @{ $incidents->{items} }, 7, 'incidents') or diag encode_json($incidents);
my ($incident) = grep { $_->{id} eq $ticket } @{ $incidents->{items} };
is_deeply([@$incident{qw(status endpoint_name events_count)}], ['open', 'Kuma', 4], 'one of them') or diag encode_json($incident);
is(scalar @{ $t->cgi(GET => '/api/incidents?q=A2', {%vic})->{json}{items} }, 1, 'by text') ;
is(scalar @{ $t->cgi(GET => '/api/incidents', {%tom})->{json}{items} }, 3, 'of the tenant');
my $closed = $t->cgi(PATCH => "/api/incidents/$ticket", { %ada, json => { status => 'closed', note => 'cable was loose' } })->{json};
is_deeply([$closed->{status}, $closed->{notes}[-1]{text}, $closed->{notes}[-1]{author}], ['closed', 'cable was loose', 'ada'], 'closed by hand');
is(scalar @{ $t->cgi(GET => '/api/incidents?status=active', {%vic})->{json}{items} }, 6, 'active ones');
refused($t->cgi(PATCH => "/api/incidents/$ticket", { %ada, json => { status => 'odd' } }), 422, 'bad-status', 'status', 'an unknown status');
refused($t->cgi(GET => "/api/incidents/$ticket", {%tom}), 404, 'no-incident', undef, 'of another tenant');
my $note = $t->cgi(POST => "/api/incidents/$ticket/notes", { %ada, json => { text => 'more' } });
is_deeply([$note->{status}, @{ $note->{json} }{qw(author text)}], [201, 'ada', 'more'], 'a note');
is($t->cgi(GET => "/api/incidents/$ticket/notes", {%vic})->{json}{items}[-1]{text}, 'more', 'is there');
refused($t->cgi(POST => "/api/incidents/$ticket/notes", { %ada, json => { text => '  ' } }), 422, 'bad-note', 'text', 'an empty one');
isnt(sample($kuma, kuma('web', 0))->{items}[0]{ticket_id}, $ticket, 'a recurrence opens a new one');

# --- statistics -------------------------------------------------------------------------------------
my $stats = $t->cgi(GET => '/api/stats', {%vic})->{json};
my %sql = map { split /\t/ } $t->psql('SELECT status, count(*) FROM webhook_log GROUP BY 1');
my %did = map { split /\t/ } $t->psql("SELECT action, count(*) FROM webhook_log WHERE status = 'processed' GROUP BY 1");
is_deeply([@$stats{qw(total processed failed created updated)}], [17, $sql{processed}, 0, $did{create}, $did{update}], 'numbers of today')
    or diag encode_json($stats);
is($stats->{success_rate}, 1, 'all went well');
cmp_ok($stats->{avg_processing_time}, '>', 0, 'in some time');
is_deeply($stats->{endpoints}, { total => 2, enabled => 2, silent => 0, failing => 0 }, 'endpoints now');
is($stats->{open_incidents}, 7, 'incidents now');
is($t->cgi(GET => '/api/stats?period=24h', {%tom})->{json}{total}, 3 + 6, 'of a tenant');
refused($t->cgi(GET => '/api/stats?period=odd', {%vic}), 422, 'bad-argument', 'period', 'an unknown period');
my %points = (daily => 24, weekly => 7, monthly => 30);
for my $period (sort keys %points) {
    my $items = $t->cgi(GET => "/api/stats/history?period=$period", {%vic})->{json}{items};
    my $sum = 0;
    $sum += $_->{total} for @$items;
    is_deeply([scalar @$items, $sum], [$points{$period}, 17], $period);
}
my $spark = $t->cgi(GET => "/api/endpoints/$kuma->{id}", {%vic})->{json}{stats};
is_deeply([$spark->{events}, $spark->{events_24h}, eval { my $n = 0; $n += $_ for @{ $spark->{sparkline} }; $n }], [8, 8, 8], 'an endpoint\'s');

# --- deleting ---------------------------------------------------------------------------------------
refused($t->cgi(DELETE => '/api/history', {%ada}), 422, 'no-filter', undef, 'nothing says which');
is_deeply($t->cgi(DELETE => '/api/history?tenant=acme&count_only=1', {%ada})->{json}, { count => 9 }, 'counted first');
for my $try (["DELETE", '/api/history?tenant=default'], ['DELETE', '/api/history?tenant=default&count_only=1'], ['POST', '/api/history/replay', { filter => { tenant => 'default' } }]) {
    my $tried = $t->cgi($try->[0] => $try->[1], { %tom, $try->[2] ? (json => $try->[2]) : () });
    is("$tried->{status} $tried->{json}{field} $tried->{json}{message}", '403 tenant tom belongs to the tenant acme', "$try->[0] for another tenant is not for one's own");
}
is_deeply($t->cgi(DELETE => "/api/history?endpoint_id=$kuma->{id}", {%tom})->{json}, { deleted => 0 }, 'nobody deletes what he does not see');
is_deeply($t->cgi(DELETE => "/api/history?request_id=$batch->{request_id}&q=A1", {%ada})->{json}, { deleted => 1 }, 'one of three');
is(scalar $t->psql("SELECT count(*) FROM webhook_raw WHERE request_id = '$batch->{request_id}'"), 1, 'the request stays');
is_deeply($t->cgi(DELETE => '/api/history?tenant=acme', {%ada})->{json}, { deleted => 8 }, 'the rest');
is(scalar $t->psql("SELECT count(*) FROM webhook_raw WHERE request_id = '$batch->{request_id}'"), 0, 'and the request with it');
is(scalar $t->psql("SELECT count(*) FROM audit WHERE what = 'history.delete'"), 3, 'audited');
is($t->cgi(DELETE => '/api/history?tenant=acme', {%vic})->{status}, 403, 'not by viewers');

# --- a replay of more than one call takes --------------------------------------------------------------
my $id = $web->{id};
$t->psql("DELETE FROM replay_job; DELETE FROM audit; CREATE TABLE copies AS SELECT w.*, n FROM webhook_log w,
    generate_series(1, 1300) n WHERE w.id = $id;
    INSERT INTO webhook_log (created_at, request_id, part, config_id, tenant, status, source_ip)
    SELECT created_at - n * interval '1 minute', 'copy-' || n, part, config_id, tenant, status, '198.51.100.7' FROM copies
    UNION ALL SELECT created_at - n * interval '1 minute', 'copy-' || n, 1, config_id, tenant, status, '198.51.100.7' FROM copies
    WHERE n IN (199, 200, 1300);
    INSERT INTO webhook_raw SELECT 'copy-' || n, c.created_at - n * interval '1 minute', r.event FROM copies c
    JOIN webhook_raw r USING (request_id) WHERE n NOT IN (7, 8)");
my $before = $t->psql('SELECT count(*) FROM webhook_log');
my %copies = (filter => { source_ip => '198.51.100.7' });
is_deeply($t->cgi(POST => '/api/history/replay', { %ada, json => { %copies, count_only => \1 } })->{json}, { count => 1300 }, 'counted first');
my $answer = $t->cgi(POST => '/api/history/replay', { %ada, json => {%copies} });
my $job = $answer->{json}{job};
is_deeply([$answer->{status}, $answer->{json}{count}, @$job{qw(tenant created_by status total notify finished_at)}, $job->{filter}],
    [202, 1300, '*', 'ada', 'running', 1300, Mojo::JSON->false, undef, $copies{filter}], 'a job');
refused($t->cgi(GET => "/api/history/replays/$job->{id}", {%tom}), 404, 'no-replay', undef, 'not that of all for one tenant');
refused($t->cgi(DELETE => "/api/history/replays/$job->{id}", {%vic}), 403, 'forbidden', undef, 'nor stopped by viewers');
$t->wait_for(sub { $job = $t->cgi(GET => "/api/history/replays/$job->{id}", {%vic})->{json}; $job->{status} eq 'done' }, 'it ends', 300);
is_deeply([@$job{qw(queued failed total)}], [1298, 2, 1300], 'each request once, those without bytes not');
like($job->{error}, qr/^the request behind history entry \d+ was not kept$/, 'it says why');
$t->wait_for(sub { $t->psql('SELECT count(*) FROM webhook_log') == $before + 1298 }, 'all recorded', 300);
is($t->psql("SELECT count(*) || ' ' || count(DISTINCT request_id) FROM webhook_log WHERE source_ip = '198.51.100.7'"), '1303 1300', 'nothing was replayed of itself');
refused($t->cgi(POST => '/api/history/replay', { %ada, json => { %copies, notify => 'yes' } }), 422, 'bad-value', 'notify', 'to tell, or not to tell');
$worker->proc->freeze; # or it might be done with it before it is stopped
$answer = $t->cgi(POST => '/api/history/replay', { %ada, json => { %copies, notify => \1 } });
is($answer->{json}{job}{notify}, Mojo::JSON->true, 'one of which chat targets are told');
$t->cgi(DELETE => "/api/history/replays/$answer->{json}{job}{id}", {%ada});
$worker->proc->thaw;
my @jobs = @{ $t->cgi(GET => '/api/history/replays', {%vic})->{json}{items} };
is(join(' ', map { $_->{status} } @jobs), 'stopped done', 'another one is stopped');
is($t->psql("SELECT string_agg(what, ' ' ORDER BY id) FROM audit"), 'history.replay history.replay history.replay-stop', 'audited');

# --- how long it is kept ------------------------------------------------------------------------------
$t->psql(q{SELECT history_partition('webhook_log', current_date - 20)});
my $kept = $t->cgi(PUT => '/api/settings', { %ada, json => { LOG_RETENTION_DAYS => 10 } });
is_deeply([map { @$_{qw(value source)} } grep { $_->{name} eq 'LOG_RETENTION_DAYS' } @{ $kept->{json}{items} }], ['10', 'database'], 'changed at run time');
$t->wait_for(sub { $t->psql(q{SELECT to_regclass('webhook_log_' || to_char(current_date - 20, 'YYYYMMDD')) IS NULL}) eq 't' }, 'hookwised drops what is older');
is($t->psql(q{SELECT to_regclass('webhook_log_' || to_char(current_date, 'YYYYMMDD')) IS NULL}), 'f', 'and no more');

is($t->cgi_log, '', 'nothing was worth a line in the log');
# --- how long it takes -------------------------------------------------------------------------------------
my $times = sub { $t->cgi(GET => "/api/endpoints/$kuma->{id}", {%vic})->{json}{stats}{processing_time} };
$t->psql("UPDATE webhook_log SET processing_time = 0.5 WHERE config_id = '$kuma->{id}'");
my $ended = $t->psql("SELECT count(*) FROM webhook_log WHERE config_id = '$kuma->{id}' AND status NOT IN ('rejected', 'retrying')");
cmp_ok($ended, '>', 1000, 'many events of the endpoint came to an end');
is_deeply($times->(), { events => 1000, p50 => 0.5, p95 => 0.5 }, 'how long the newest events of an endpoint took');
$t->psql("INSERT INTO webhook_log (created_at, request_id, part, config_id, status, processing_time) SELECT now() - i * interval '1 minute',"
    . " 'slow', i, '$kuma->{id}', CASE WHEN i > 12 THEN 'rejected' ELSE 'processed' END, i FROM generate_series(1, 20) i");
$t->psql("UPDATE webhook_log SET created_at = created_at - interval '2 days' WHERE config_id = '$kuma->{id}' AND request_id <> 'slow'");
is_deeply($times->(), { events => 12, p50 => 6.5, p95 => 11.45 }, 'of the last day, refused ones left out');

$t->done;
