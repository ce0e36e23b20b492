#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Endpoints through the API: documents, secrets, publishing, copies, order, many at once.
use FindBin;
use lib "$FindBin::Bin/../lib";
use HookWise::Test;
use HookWise::Test::Cgi;
use Mojo::JSON qw(decode_json);

my $t = HookWise::Test->new;
$t->conf(PUBLIC_URL => 'https://hooks.example/hw/');
my %as = $t->cgi_servers(ada => 'owner', abe => 'admin@acme', olga => 'operator', vic => 'viewer@acme');
my %ada = %{ $as{ada} };
my %abe = %{ $as{abe} };
my %olga = %{ $as{olga} };
my %vic = %{ $as{vic} };

sub refused {
    my ($answer, $status, $error, $field, $what) = @_;
    is_deeply([$answer->{status}, @{ $answer->{json} }{qw(error field)}], [$status, $error, $field], $what)
        or diag $answer->{body};
    return;
}

# --- creating -----------------------------------------------------------------------------------
my $made = $t->cgi(POST => '/api/endpoints', { %ada, json => { name => 'Kuma', preset => 'uptime-kuma',
    hmac_secret => 's3cret', timeout_alerts_enabled => \1, timeout_hours => 2 } });
is($made->{status}, 201, 'an endpoint is made');
my $kuma = $made->{json};
like($kuma->{id}, qr/^[\w-]{64}\z/, 'with an id');
like($kuma->{token}, qr/^[\w-]{43}\z/, 'and a token, shown once');
is($kuma->{url}, "https://hooks.example/hw/webhook/$kuma->{id}", 'its address');
is($kuma->{hmac_secret}, '********', 'secrets that were given are stars');
ok($kuma->{in_force}, 'it is in force');
my $record = $t->redis_cli('HGET', 'hw:ep', $kuma->{id});
is(decode_json($record)->{name}, 'Kuma', 'the web server has it');
refused($t->cgi(POST => '/api/endpoints', { %ada, json => { name => 'x', colour => 'red' } }), 422,
    'unknown-field', 'colour', 'an unknown field');
my $path = $t->cgi(POST => '/api/endpoints', { %ada, json => { name => 'x', json_mapping => { summary => '$.a[' } } });
refused($path, 422, 'bad-path', 'json_mapping.summary', 'a broken path');
is($path->{json}{offset}, 4, 'and where it breaks');
refused($t->cgi(POST => '/api/endpoints', { %ada, json => { preset => 'generic' } }), 422, 'required', 'name',
    'no name');
refused($t->cgi(POST => '/api/endpoints', { %olga, json => { name => 'x' } }), 403, 'forbidden', undef, 'an operator makes none');

# --- tenants ------------------------------------------------------------------------------------
my $acme = $t->cgi(POST => '/api/endpoints', { %abe, json => { name => 'Acme checks' } })->{json};
is($acme->{tenant}, 'acme', 'who belongs to a tenant makes endpoints of it');
refused($t->cgi(POST => '/api/endpoints', { %abe, json => { name => 'x', tenant => 'default' } }), 403,
    'forbidden', 'tenant', 'and of no other');
refused($t->cgi(PATCH => "/api/endpoints/$acme->{id}", { %abe, json => { tenant => 'default' } }), 403,
    'forbidden', 'tenant', 'nor gives one away');
is($t->cgi(PATCH => "/api/endpoints/$acme->{id}", { %abe, json => { tenant => undef } })->{json}{tenant},
    'acme', 'nor by leaving it out');
refused($t->cgi(GET => "/api/endpoints/$kuma->{id}", {%abe}), 404, 'no-endpoint', undef, 'others are not there');
for my $try (['PATCH', '', { name => 'x' }], ['PUT', '', { name => 'x' }], ['DELETE', ''], ['POST', '/rotate', {}],
    ['POST', '/clone', {}], ['POST', '/test', {}], ['POST', '/dry-run', { payload => 'x' }], ['GET', '/token']) {
    my ($method, $more, $json) = @$try;
    is($t->cgi($method => "/api/endpoints/$kuma->{id}$more", { %abe, $json ? (json => $json) : () })->{status},
        404, "nor for $method $more");
}
is_deeply([map { $_->{name} } @{ $t->cgi(GET => '/api/endpoints', {%vic})->{json}{items} }], ['Acme checks'],
    'the list is the tenant\'s');
is_deeply([map { $_->{name} } @{ $t->cgi(GET => '/api/endpoints?tenant=acme', {%ada})->{json}{items} }],
    ['Acme checks'], 'who sees all may look at one');

# --- reading and changing -----------------------------------------------------------------------
my $got = $t->cgi(GET => "/api/endpoints/$kuma->{id}", {%vic, %ada});
is($got->{status}, 200, 'one endpoint');
ok(!exists $got->{json}{token}, 'without its token');
is_deeply($got->{json}{stats}, { events => 0, events_24h => 0, failed_24h => 0, skipped_24h => 0,
    sparkline => [(0) x 24], last_error => undef, last_error_at => undef, last_error_id => undef, stale_at => undef,
    token_age_seconds => $got->{json}{stats}{token_age_seconds},
    processing_time => { events => 0, p50 => undef, p95 => undef } }, 'its numbers');
cmp_ok($got->{json}{stats}{token_age_seconds}, '<', 3600, 'a young token');
is_deeply($got->{json}{config_health}, { status => 'unknown', problems => [], checked_at => undef },
    'nobody has compared it with a PSA');
$t->psql(qq{INSERT INTO endpoint_health (endpoint_id, version, checked_at, status, problems) SELECT id, version,
    '2026-03-01 12:00Z', 'attention', '[{"field":"board","message":"there is no board \\"Nowhere\\""}]' FROM endpoint
    WHERE id = '$got->{json}{id}'});
my $health = { status => 'attention', checked_at => '2026-03-01T12:00:00.000Z',
    problems => [{ field => 'board', message => 'there is no board "Nowhere"' }] };
is_deeply($t->cgi(GET => "/api/endpoints/$got->{json}{id}", { %ada })->{json}{config_health}, $health, 'what was found of it');
is_deeply([map { $_->{config_health} } grep { $_->{id} eq $got->{json}{id} } @{ $t->cgi(GET => '/api/endpoints', { %ada })->{json}{items} }],
    [$health], 'in the list as well');
is($t->cgi(GET => '/api/endpoints/Kuma', {%ada})->{status}, 404, 'a name is no address');

my $patched = $t->cgi(PATCH => "/api/endpoints/$kuma->{id}", { %ada, json => { board => 'Service', version => $kuma->{version} } });
is_deeply([@{ $patched->{json} }{qw(board name hmac_secret in_force)}], ['Service', 'Kuma', '********', 1], 'one field changes')
    or diag $patched->{body};
refused($t->cgi(PATCH => "/api/endpoints/$kuma->{id}", { %ada, json => { board => 'Other', version => $kuma->{version} } }),
    409, 'changed', undef, 'nobody overwrites what he has not seen');
my $whole = { %{ $patched->{json} }, rate_limit => 60 };
delete $whole->{board};
my $put = $t->cgi(PUT => "/api/endpoints/$kuma->{id}", { %ada, json => $whole });
is($put->{status}, 200, 'a whole document, as it was shown') or diag $put->{body};
is_deeply([@{ $put->{json} }{qw(board rate_limit hmac_secret)}], [undef, 60, '********'], 'what is left out goes');
is(decode_json($t->redis_cli('HGET', 'hw:ep', $kuma->{id}))->{rate_limit}, 60, 'the next webhook meets it');
my $secret = $t->cgi(GET => "/api/endpoints/$kuma->{id}/token", {%ada});
is_deeply([@{ $secret->{json} }{qw(token hmac_secret url)}], [$kuma->{token}, 's3cret', $kuma->{url}],
    'secrets stayed, and are shown on request');
is(scalar $t->psql("SELECT who FROM audit WHERE what = 'endpoint.token'"), 'ada', 'which is audited');
is($t->cgi(GET => "/api/endpoints/$kuma->{id}/token", {%olga})->{status}, 403, 'and is not for operators');
$t->cgi(PATCH => "/api/endpoints/$kuma->{id}", { %ada, json => { hmac_secret => undef } });
is($t->cgi(GET => "/api/endpoints/$kuma->{id}/token", {%ada})->{json}{hmac_secret}, undef, 'null takes a secret away');
is($t->cgi(GET => "/api/endpoints/$kuma->{id}", {%ada})->{json}{hmac_secret}, undef, 'and it shows no more');

# --- rotate, clone --------------------------------------------------------------------------------
my $rotated = $t->cgi(POST => "/api/endpoints/$kuma->{id}/rotate", { %ada, json => { overlap_seconds => 3600 } })->{json};
isnt($rotated->{token}, $kuma->{token}, 'another token');
like($rotated->{previous_until}, qr/^\d{4}-/, 'the old one lives for a while');
is(scalar @{ decode_json($t->redis_cli('HGET', 'hw:ep', $kuma->{id}))->{tokens} }, 2, 'both are taken');
is($t->cgi(GET => "/api/endpoints/$kuma->{id}", {%ada})->{json}{previous_token_until}, $rotated->{previous_until}, 'until then');
is($t->cgi(POST => "/api/endpoints/$kuma->{id}/rotate", {%ada})->{json}{previous_until}, undef, 'or not at all');
refused($t->cgi(POST => "/api/endpoints/$kuma->{id}/rotate", { %ada, json => { overlap_seconds => -1 } }), 422,
    'bad-value', 'overlap_seconds', 'no time runs backwards');
my $copy = $t->cgi(POST => "/api/endpoints/$kuma->{id}/clone", { %ada, json => {} })->{json};
is_deeply([@$copy{qw(name is_draft preset rate_limit)}], ['Kuma (copy)', 1, 'uptime-kuma', 60], 'a copy is a draft');
isnt($copy->{token}, $rotated->{token}, 'with a token of its own');
my $named = $t->cgi(POST => "/api/endpoints/$kuma->{id}/clone", { %ada, json => { name => 'Kuma 2', is_draft => \0 } })->{json};
is_deeply([@$named{qw(name is_draft)}], ['Kuma 2', 0], 'unless it is said otherwise');

# --- lists ----------------------------------------------------------------------------------------
my @names;
my $next = '';
do {
    my $page = $t->cgi(GET => "/api/endpoints?limit=2&cursor=$next", {%ada})->{json};
    push @names, map { $_->{name} } @{ $page->{items} };
    $next = $page->{next};
} while defined $next;
is_deeply(\@names, ['Acme checks', 'Kuma', 'Kuma (copy)', 'Kuma 2'], 'page after page, by name');
is_deeply([map { $_->{name} } @{ $t->cgi(GET => '/api/endpoints?q=COPY', {%ada})->{json}{items} }], ['Kuma (copy)'], 'text');
is_deeply([map { $_->{name} } @{ $t->cgi(GET => '/api/endpoints?q=%25', {%ada})->{json}{items} }], [], 'a per cent sign means itself');
is_deeply([map { $_->{name} } @{ $t->cgi(GET => '/api/endpoints?state=draft', {%ada})->{json}{items} }], ['Kuma (copy)'], 'drafts');
refused($t->cgi(GET => '/api/endpoints?state=odd', {%ada}), 422, 'bad-state', 'state', 'an unknown state');
refused($t->cgi(GET => '/api/endpoints?limit=0', {%ada}), 422, 'bad-argument', 'limit', 'no rows');
my $order = $t->cgi(PUT => '/api/endpoints/order', { %olga, json => { ids => [$named->{id}, $kuma->{id}, $acme->{id}] } });
is_deeply([map { $_->{display_order} } @{ $order->{json}{items} }], [0, 1, 2], 'an order');
$t->cgi(PATCH => "/api/endpoints/$copy->{id}", { %ada, json => { is_pinned => \1, display_order => 9 } });
is_deeply([map { $_->{name} } @{ $t->cgi(GET => '/api/endpoints', {%ada})->{json}{items} }],
    ['Kuma (copy)', 'Kuma 2', 'Kuma', 'Acme checks'], 'pinned ones first, then that');
refused($t->cgi(PUT => '/api/endpoints/order', { %ada, json => { ids => ['nobody'] } }), 404, 'no-endpoint', undef, 'an unknown id');
refused($t->cgi(PUT => '/api/endpoints/order', { %abe, json => { ids => [$kuma->{id}] } }), 404, 'no-endpoint', undef, 'one of another tenant');
is($t->cgi(GET => '/api/endpoints/fields', {%vic})->{json}{items}[1]{name}, 'name', 'what a document may hold');
my ($trigger) = grep { $_->{name} eq 'uptime-kuma' } @{ $t->cgi(GET => '/api/presets', {%vic})->{json}{items} };
is_deeply([$trigger->{title}, ref $trigger->{document}], ['Uptime Kuma', 'HASH'], 'presets');

# --- many at once -----------------------------------------------------------------------------------
my $bulk = $t->cgi(POST => '/api/endpoints/bulk', { %olga, json => { action => 'pause', ids => [$kuma->{id}, 'nobody', $named->{id}] } })->{json};
is_deeply($bulk->{done}, [$kuma->{id}, $named->{id}], 'paused');
is_deeply([map { [@$_{qw(id error)}] } @{ $bulk->{failed} }], [['nobody', 'no-endpoint']], 'one that is not there does not stop the others');
ok(!decode_json($t->redis_cli('HGET', 'hw:ep', $named->{id}))->{enabled}, 'in force');
$t->cgi(POST => '/api/endpoints/bulk', { %olga, json => { action => 'resume', ids => [$kuma->{id}] } });
ok(decode_json($t->redis_cli('HGET', 'hw:ep', $kuma->{id}))->{enabled}, 'resumed');
my $export = $t->cgi(POST => '/api/endpoints/bulk', { %olga, json => { action => 'export', ids => [$kuma->{id}] } })->{json};
is($export->{items}[0]{name}, 'Kuma', 'exported');
is_deeply([grep { exists $export->{items}[0]{$_} } qw(token hmac_secret stats url)], [], 'without secrets');
refused($t->cgi(POST => '/api/endpoints/bulk', { %olga, json => { action => 'delete', ids => [$kuma->{id}] } }), 403, 'forbidden', undef,
    'deleting takes an admin');
refused($t->cgi(POST => '/api/endpoints/bulk', { %olga, json => { action => 'paint', ids => ['x'] } }), 422, 'bad-action', 'action', 'an unknown action');
is_deeply($t->cgi(POST => '/api/endpoints/bulk', { %ada, json => { action => 'delete', ids => [$named->{id}, $copy->{id}] } })->{json}{done},
    [$named->{id}, $copy->{id}], 'deleted');
is($t->redis_cli('HEXISTS', 'hw:ep', $named->{id}), 0, 'gone from Redis');
is($t->cgi(DELETE => "/api/endpoints/$acme->{id}", {%abe})->{json}{deleted}, $acme->{id}, 'one deleted');

# --- Redis down ---------------------------------------------------------------------------------------
my $session = $t->cgi_login('ada', 'open sesame');
is($t->cgi_log, '', 'nothing was worth a line in the log');
$t->conf(REMOTE_USER_ROLES => 'ada=owner');
$t->{redis}->proc->stop;
my $late = $t->cgi(PATCH => "/api/endpoints/$kuma->{id}", { json => { board => 'Late' },
    env => { REMOTE_USER => 'ada', AUTH_TYPE => 'Basic' } });
is($late->{status}, 200, 'saved without Redis') or diag $late->{body};
is($late->{json}{board}, 'Late', 'as it says');
ok(!$late->{json}{in_force}, 'but not in force');
like($late->{json}{warning}, qr/^saved, but not in force yet: .*hookwised publishes it when Redis is back\z/, 'in words');
$t->{redis}->start;

$t->done;
