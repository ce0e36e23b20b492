#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# hookwisectl history, replay, incident, maintenance, tenantmap, user, health.
use FindBin;
use lib "$FindBin::Bin/../lib";
use HookWise::Test;
use HookWise::Test::Run qw(run);
use Mojo::JSON qw(decode_json true false);

my $t = HookWise::Test->new;
$t->redis;
$t->postgres;
$t->migrate;
my ($exit, $out, $err);

# --- history ------------------------------------------------------------------------------------
my $ep = $t->endpoint(name => 'Boilers');
$t->psql(qq{INSERT INTO webhook_log (created_at, request_id, part, config_id, config_name, status, action,
    ticket_id, destination, summary, error_message, payload, headers, trace, source_ip)
    SELECT now() - make_interval(secs => n), 'req-' || n, 0, '$ep->{id}', 'Boilers',
    CASE n WHEN 2 THEN 'failed' ELSE 'processed' END, CASE n WHEN 2 THEN NULL ELSE 'create' END, n::text,
    'local', 'Boiler ' || n, CASE n WHEN 2 THEN E'no such\nboard' END, '{"n":' || n || '}', '{"host":"x"}',
    '[{"step":"kind","outcome":"open","text":"0 opens"}]', '192.0.2.1' FROM generate_series(1, 5) n;
    INSERT INTO webhook_stat (span, start, endpoint_id, tenant, status, action, destination, n, seconds)
    SELECT span, date_trunc(span, created_at), config_id, tenant, status, coalesce(action, ''), destination, count(*), 1
    FROM webhook_log, (VALUES ('hour'), ('day')) v (span) GROUP BY 1, 2, 3, 4, 5, 6, 7});
my $page = $t->ctl_json('history', '--limit', '2');
is_deeply([map { $_->{request_id} } @{ $page->{items} }], ['req-1', 'req-2'], 'newest first');
ok(!exists $page->{items}[0]{payload}, 'without payloads');
my $next = $t->ctl_json('history', '--limit', '3', '--cursor', $page->{next}, '--full');
is_deeply([map { $_->{request_id} } @{ $next->{items} }], ['req-3', 'req-4', 'req-5'], 'the next page');
is($next->{next}, undef, 'is the last');
is_deeply($next->{items}[0]{payload}, { n => 3 }, 'full: with payload');
is(scalar @{ $t->ctl_json('history', '--endpoint', 'Boilers')->{items} }, 5, 'by the name of an endpoint');
is(join(' ', ($t->ctl('history', '--endpoint', 'nobody'))[0, 2]), qq(100 hookwisectl: history: --endpoint: there is no endpoint "nobody", and no history of one\n),
    'of an endpoint that never was');
is_deeply([map { $_->{id} } @{ $t->ctl_json('history', '--status=failed')->{items} }],
    [$page->{items}[1]{id}], 'by status');
is(scalar @{ $t->ctl_json('history', '--q', 'boiler 4')->{items} }, 1, 'by text');
is(scalar @{ $t->ctl_json('history', '--from', '2001-01-01', '--to', '2001-02-01T00:00:00+01:00')->{items} }, 0, 'by time');
($exit, $out, $err) = $t->ctl('history', '--from', 'yesterday');
is($exit, 100, 'a time that is none');
like($err, qr/^hookwisectl: history: --from: /, 'names the option');
is_deeply([$t->ctl('history', '--status', 'done')],
    [100, '', "hookwisectl: history: --status: \"done\" is none of processed, skipped, retrying, failed, dlq, rejected\n"], 'a status that is none');
is_deeply([$t->ctl('history', '--action', 'open')],
    [100, '', "hookwisectl: history: --action: \"open\" is none of create, update, close, reopen\n"], 'an action that is none');
($exit, $out, $err) = $t->ctl('history', '--limit', '1001');
is($exit, 100, 'a limit beyond 1000');
($exit, $out) = $t->ctl('history', '--limit', '2');
my @lines = split /\n/, $out;
like($lines[0], qr/^ID +RECEIVED +STATUS +ACTION +TICKET +ENDPOINT +SUMMARY +ERROR$/, 'a table');
like($lines[2], qr/ failed +- +2 +Boilers +Boiler 2 +no such board$/, 'of one line for each row');
like($lines[3], qr/^more: --cursor \S+$/, 'and how to go on');
my $id = $page->{items}[0]{id};
is($t->ctl_json('history', $id)->{trace}[0]{text}, '0 opens', 'one entry with its trace');
($exit, $out) = $t->ctl('history', $id);
like($out, qr/^trace +kind +open +0 opens$/m, 'also for people');
($exit, $out, $err) = $t->ctl('history', '999');
is("$exit $err", "100 hookwisectl: history: there is no history entry 999\n", 'no such entry');

# What payloads hold commands no terminal.
my $nasty = "[31m\\u001b[0;1m\\u009b2J\\u202e\\u2066\\u0007\\r\\nnext\\u007f\\u00fc";
my $seen = qr/\[31m\x{fffd}\[0;1m\x{fffd}2J\x{fffd}{3}/;
my $was = join "\t", $t->psql("SELECT coalesce(company, '') FROM webhook_log WHERE id = $id");
$t->psql("UPDATE webhook_log SET company = E'$nasty', error_message = E'$nasty' WHERE id = $id");
($exit, $out) = $t->ctl('history', $id);
utf8::decode($out);
like($out, qr/^company +$seen\nnext\x{fffd}\x{fc}$/m, 'an entry without control characters');
unlike($out, qr/[\x00-\x08\x0b-\x1f\x7f-\x9f\x{202e}\x{2066}]/, 'none at all');
($exit, $out) = $t->ctl('history', '--limit', '1');
utf8::decode($out);
like($out, qr/ $seen next\x{fffd}\x{fc}$/m, 'in the table on one line');
$t->psql("UPDATE webhook_log SET company = nullif('$was', ''), error_message = NULL WHERE id = $id");

# --- replay ---------------------------------------------------------------------------------------
my %stream;
sub queued {
    %stream = ();
    for my $n (0 .. 15) {
        my $entries = $t->redis_cli(XRANGE => "hw:s:$n", '-', '+');
        for my $entry (@$entries) {
            my %fields = @{ $entry->[1] };
            push @{ $stream{$n} }, { %fields, map { split /=/, $_, 2 } split /\0/, $fields{e} };
        }
    }
    return map { @$_ } values %stream;
}
my $body = '{"title":"Bäckerei","secret":"42"}';
utf8::encode($body);
($exit, $out, $err) = run([$t->product('t/store/record_one'), 'req-kept', $ep->{id}, $body, $t->key, 'no credentials'],
    env => { HW_TEST_DATABASE => $t->database_url });
is("$exit$err", '0', 'a request recorded with its bytes');
my $kept = $t->ctl_json('history', '--request-id', 'req-kept')->{items}[0]{id};
my $replayed = $t->ctl_json('replay', $kept)->{items}[0];
is($replayed->{id}, $kept, 'replayed');
my @entries = queued();
is(scalar @entries, 1, 'one event in the streams');
is_deeply([map { $entries[0]{$_} // '' } qw(k of by ep b rj)], ['replay', $kept, 'hookwisectl', $ep->{id}, $body, ''],
    'the exact bytes, as a replay of that entry, no longer rejected');
is($entries[0]{id}, $replayed->{request_id}, 'as a request of its own');
isnt($entries[0]{id}, 'req-kept', 'with another id');
($exit, $out, $err) = $t->ctl('replay', $kept, '999');
is($exit, 100, 'one of two entries is not there');
like($out, qr/^queued $kept as request /, 'the other is replayed');
like($err, qr/^hookwisectl: replay 999: there is no history entry 999\n\z/, 'the missing one is told');
($exit, $out, $err) = $t->ctl('replay', $id);
is("$exit $err", "100 hookwisectl: replay $id: the request behind history entry $id was not kept\n",
    'a request that was not kept cannot be replayed');
($exit, $out, $err) = $t->ctl('replay');
is($exit, 100, 'replay what?');

# --- maintenance -----------------------------------------------------------------------------------
is_deeply($t->ctl_json('maintenance', 'status'), { enabled => false }, 'maintenance is off');
is_deeply($t->ctl_json('maintenance', 'on'), { enabled => true }, 'on');
is(scalar $t->psql(q{SELECT value FROM setting WHERE name = 'maintenance_mode'}), '1', 'as a setting');
($exit, $out) = $t->ctl('maintenance', 'off');
is($out, "maintenance is off\n", 'off again');
is(scalar $t->psql(q{SELECT string_agg(after->>'maintenance_mode', ',' ORDER BY id) FROM audit WHERE what = 'setting.set'}),
    '1,0', 'both are audited');

# --- tenant map ---------------------------------------------------------------------------------------
$t->ctl_json('tenantmap', 'set', '*.example.org', 'ACME');
$t->ctl_json('tenantmap', 'set', 'North', 'NORTHWIND');
$t->ctl_json('tenantmap', 'set', 'NORTH', 'NW2');
is_deeply($t->ctl_json('tenantmap', 'list')->{items},
    [{ pattern => '*.example.org', company => 'ACME' }, { pattern => 'NORTH', company => 'NW2' }],
    'a pattern in another case is the same');
($exit, $out) = $t->ctl('tenantmap', 'list');
is($out, "PATTERN        COMPANY\n*.example.org  ACME\nNORTH          NW2\n", 'as a table');
($exit, $out, $err) = $t->ctl('tenantmap', 'set', ' ', 'X');
like($err, qr/pattern: must have 1 to 255 characters/, 'a blank pattern');
($exit) = $t->ctl('tenantmap', 'delete', 'north');
is($exit, 0, 'removed');
($exit, $out, $err) = $t->ctl('tenantmap', 'delete', 'north');
is("$exit $err", "100 hookwisectl: tenantmap delete: there is no mapping for \"north\"\n", 'and gone');

# --- users --------------------------------------------------------------------------------------------------
($exit, $out, $err) = $t->ctl({ stdin => "correct horse\n" }, 'user', 'add', 'ada', '--password-stdin');
is("$exit $out$err", "0 added user ada (admin)\n", 'a user');
my $hash = $t->psql('SELECT password_hash FROM app_user');
like($hash, qr/^\$y\$/, 'with a yescrypt hash');
($exit, $out, $err) = $t->ctl({ stdin => "horse battery\n" }, 'user', 'add', 'ada', '--password-stdin');
is($exit, 100, 'twice');
like($err, qr/name: there is a user "ada" already/, 'is refused');
($exit, $out, $err) = $t->ctl({ stdin => "battery staple\n" }, 'user', 'passwd', 'ada', '--password-stdin');
is("$exit $out$err", "0 changed the password of ada\n", 'another password');
isnt($t->psql('SELECT password_hash FROM app_user'), $hash, 'another hash');
for my $case (
    [['add', 'bob', '--role', 'king', '--password-stdin'], "secretsecret\n", qr/role: "king" is none of owner, admin, operator, viewer/],
    [['add', 'b b', '--password-stdin'], "secretsecret\n", qr/name: may hold no blanks, colons or control characters at offset 1/],
    [['add', 'bob', '--password-stdin'], '', qr/stdin: holds no password/],
    [['add', 'bob', '--password-stdin'], "\n", qr/password: takes 8 characters or more/],
    [['add', 'bob', '--password-stdin'], "s\xc3\xa9ven77\n", qr/password: takes 8 characters or more/],
    [['passwd', 'ada', '--password-stdin'], "seven77\n", qr/password: takes 8 characters or more/],
    [['add', 'bob'], '', qr/password: give it on standard input with --password-stdin/],
    [['passwd', 'bob', '--password-stdin'], "secretsecret\n", qr/there is no user "bob"/],
) {
    ($exit, $out, $err) = $t->ctl({ stdin => $case->[1] }, 'user', @{ $case->[0] });
    is($exit, 100, "user @{ $case->[0] }: refused");
    like($err, $case->[2], 'and why');
}
$t->conf(GUI_USERNAME => 'carl', GUI_PASSWORD => 'from-the-settings');
($exit, $out, $err) = $t->ctl('user', 'add', 'carl', '--role', 'owner');
is("$exit $err", '0 ', 'the password of GUI_USERNAME may come from the settings');
$t->conf(GUI_PASSWORD => 'short');
my $weak = "0 hookwisectl: warning: GUI_PASSWORD has fewer than 8 characters\n";
($exit, $out, $err) = $t->ctl('user', 'passwd', 'carl');
is("$exit $err", $weak, 'a short one of the settings is taken with a warning');
($exit, $out, $err) = $t->ctl({ stdin => "short\n" }, 'user', 'passwd', 'carl', '--password-stdin');
is("$exit $err", $weak, 'also when a script hands it over');
is_deeply([map { "$_->{name} $_->{role} $_->{tenant}" } @{ $t->ctl_json('user', 'list')->{items} }],
    ['ada admin *', 'carl owner *'], 'the list');
unlike($t->psql('SELECT string_agg(a::text, $$|$$) FROM audit a'), qr/horse|staple|from-the-settings|\$y\$/,
    'no password in the audit log');

# --- incidents ---------------------------------------------------------------------------------------------
$t->psql(qq{INSERT INTO incident (tenant, endpoint_id, xref, summary, created_at, updated_at)
    VALUES ('default', '$ep->{id}', 'hw:1', 'Boiler 1', now(), now())});
$t->psql(q{INSERT INTO incident_note (incident_id, author, text, created_at) VALUES (1, 'HookWise', 'colder', now())});
is($t->ctl_json('incident', 'list', '--status', 'open')->{items}[0]{summary}, 'Boiler 1', 'an incident');
my $incident = $t->ctl_json('incident', 'show', 1);
is($incident->{notes}[0]{text}, 'colder', 'with notes');
is_deeply([map { $_->{request_id} } @{ $incident->{events} }], ['req-1'], 'and its events');
$t->psql("UPDATE incident SET company = E'$nasty', description = E'$nasty' WHERE id = 1; UPDATE incident_note SET text = E'$nasty' WHERE incident_id = 1");
($exit, $out) = $t->ctl('incident', 'show', 1);
utf8::decode($out);
is(scalar(() = $out =~ /$seen/g), 3, 'company, description and note');
unlike($out, qr/[\x00-\x08\x0b-\x1f\x7f-\x9f\x{202e}\x{2066}]/, 'command no terminal either');
($exit, $out, $err) = $t->ctl('incident', 'show', '7');
is("$exit $err", "100 hookwisectl: incident show: there is no incident 7\n", 'no such incident');

# --- health ---------------------------------------------------------------------------------------------------
($exit, $out, $err) = $t->ctl('--json', 'health');
is($exit, 111, 'without a worker it is down');
my $health = decode_json($out);
is_deeply([map { $health->{$_}{status} } qw(redis database worker)], ['up', 'up', 'down'], 'and says which part');
is($health->{status}, 'down', 'as a whole');
is($health->{worker}{count}, 0, 'workers are counted');
my $away = $t->file('away.conf', "DATABASE_URL=postgresql:///x?host=/nonexistent\nREDIS_URL=unix:/nonexistent\n");
($exit, $out) = $t->ctl({ conf => 0 }, '-c', $away, 'health');
is($exit, 111, 'nothing there');
like($out, qr/^redis +down +\S.*\ndatabase +down +\S.*\nworker +down +\S.*\n\ndown$/m, 'a line for each part');

$t->done;
