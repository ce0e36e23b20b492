#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# hookwisectl on endpoints: what is stored, what is published, what is refused.
use FindBin;
use lib "$FindBin::Bin/../lib";
use HookWise::Test;
use Digest::SHA qw(sha256_hex);
use Mojo::JSON qw(decode_json encode_json true false);

my $t = HookWise::Test->new;
$t->redis;
$t->postgres;
$t->migrate;

sub record { my ($id) = @_; return decode_json($t->redis_cli(HGET => 'hw:ep', $id) // 'null') }
sub version { return scalar $t->redis_cli(HGET => 'hw:epv', $_[0]) }

# --- create -----------------------------------------------------------------------------------
my $ep = $t->endpoint(name => 'Boilers', preset => 'uptime-kuma', hmac_secret => 'plum-jam',
    trusted_ips => '192.0.2.0/24', json_mapping => '{"summary":"$.title"}', rate_limit => 30);
like($ep->{id}, qr/^[\w-]{64}$/, 'an id of 64 characters');
like($ep->{token}, qr/^[\w-]{43}$/, 'a token of 32 random bytes');
is($ep->{url}, "/webhook/$ep->{id}", 'a relative URL');
is_deeply($ep->{json_mapping}, { summary => '$.title' }, 'text holding JSON is stored as JSON');

my $rec = record($ep->{id});
is($rec->{name}, 'Boilers', 'published by name');
is_deeply($rec->{tokens}, [{ sha256 => sha256_hex($ep->{token}), until => 0 }], 'digest of the token only');
is($rec->{trusted_ips}, '192.0.2.0/24', 'addresses');
is($rec->{rate_limit}, 30, 'rate limit');
is_deeply([@$rec{qw(enabled draft bearer success_code max_body_kb dedup_window_seconds)}],
    [true, false, true, 202, 1024, 0], 'defaults of what was not given');
like($rec->{hmac}, qr/^gAAAA/, 'signature secret sealed');
is(version($ep->{id}), substr(sha256_hex($t->redis_cli(HGET => 'hw:ep', $ep->{id})), 0, 16), 'version of the text');
is($t->redis_cli(GET => 'hw:cfg'), '1', 'published is marked');
my $stored = join '|', map { $_ // '' } $t->psql('SELECT token, hmac_secret, doc FROM endpoint');
unlike($stored, qr/plum-jam|\Q$ep->{token}/, 'no secret in clear in the database');
unlike(scalar $t->psql('SELECT after FROM audit'), qr/plum-jam|\Q$ep->{token}/, 'nor in the audit log');
is(scalar $t->psql('SELECT what, who FROM audit'), "endpoint.create\thookwisectl", 'which tells who');

# --- show and list ------------------------------------------------------------------------------
my $shown = $t->ctl_json('endpoint', 'show', 'Boilers');
is($shown->{id}, $ep->{id}, 'found by name');
ok(!exists $shown->{token} && !exists $shown->{hmac_secret}, 'without secrets');
is($t->ctl_json('endpoint', 'show', $ep->{id}, '--secrets')->{hmac_secret}, 'plum-jam', 'with them when asked');
is($t->ctl_json('endpoint', 'show', $ep->{id}, '--base-url', 'https://hooks.example/')->{url},
    "https://hooks.example/webhook/$ep->{id}", 'below a base URL');
my ($exit, $out, $err) = $t->ctl('endpoint', 'list');
like($out, qr/^NAME +ID +PRESET +TENANT +STATE +LAST SEEN\nBoilers +\Q$ep->{id}\E +uptime-kuma +default +enabled +never\n\z/,
    'a table for people');

# --- update ---------------------------------------------------------------------------------------
my $before = version($ep->{id});
my $file = $t->file('patch.json', encode_json({ is_enabled => false, rate_limit => undef }));
my $updated = $t->ctl_json('endpoint', 'update', 'Boilers', $file);
ok(!$updated->{token}, 'update shows no token');
$rec = record($ep->{id});
is_deeply([@$rec{qw(enabled rate_limit name)}], [false, undef, 'Boilers'], 'members replaced, null removes');
is_deeply($rec->{tokens}, [{ sha256 => sha256_hex($ep->{token}), until => 0 }], 'the token stays');
isnt(version($ep->{id}), $before, 'another version');
like($rec->{hmac}, qr/^gAAAA/, 'the secret stays');
$rec = record($ep->{id});
($exit) = $t->ctl({ stdin => encode_json($t->ctl_json('endpoint', 'show', 'Boilers')) }, 'endpoint', 'update', 'Boilers', '-');
is($exit, 0, 'what show says can be given back');
($exit, $out, $err) = $t->ctl({ stdin => '{"routing_rules":[{"path":"$.a","regex":"(","overrides":{}}]}' },
    'endpoint', 'update', 'Boilers', '-');
is($exit, 100, 'a bad regex is refused');
like($err, qr/^hookwisectl: endpoint update: routing_rules\[0\]\.regex: .*offset \d+/, 'with field and offset');
is_deeply(record($ep->{id}), $rec, 'and changes nothing');

# --- rotate ----------------------------------------------------------------------------------------
my $new = $t->ctl_json('endpoint', 'rotate', 'Boilers', '--overlap', '3600');
isnt($new->{token}, $ep->{token}, 'another token');
$rec = record($ep->{id});
is($rec->{tokens}[0]{sha256}, sha256_hex($new->{token}), 'the new one');
is($rec->{tokens}[1]{sha256}, sha256_hex($ep->{token}), 'and the old one');
cmp_ok(abs($rec->{tokens}[1]{until} - time - 3600), '<', 600, 'for an hour');
$t->ctl_json('endpoint', 'rotate', 'Boilers');
is(scalar @{ record($ep->{id})->{tokens} }, 1, 'without overlap the old one is void');
($exit, $out, $err) = $t->ctl('endpoint', 'rotate', 'Boilers', '--overlap', 'x');
is($exit, 100, 'a bad number');
like($err, qr/--overlap takes seconds/, 'is told');

# --- refusals -----------------------------------------------------------------------------------------
for my $case (
    ['{"name":"x","colour":"red"}', qr/colour: /, 'an unknown field'],
    ['{"board":"x"}', qr/name: /, 'no name'],
    ['[1]', qr/an endpoint is a JSON object/, 'no object'],
    ['{"name":', qr/stdin: .*offset 8/, 'no JSON'],
    ["{\"id\":\"$ep->{id}\",\"name\":\"y\"}", qr/id: there is an endpoint \Q$ep->{id}\E already/, 'an id that is taken'],
    ['{"id":"a/b","name":"y"}', qr/id: may hold letters, digits, _ and - only at offset 1/, 'an id that breaks URLs'],
    ['{"name":"y","token":"a b"}', qr/token: .* at offset 1/, 'a token with a blank'],
    ['{"name":"y","token":"15-characters-x"}', qr/token: is shorter than 16 characters; without a token a good one is made$/m, 'a token that can be guessed'],
    ['{"name":"y","token":1234567890123456}', qr/token: not a text$/m, 'a number for a token'],
    ['{"name":"y","id":12}', qr/id: not a text$/m, 'a number for an id'],
    ['{"name":"y","id":"ab"}', qr/id: is shorter than 3 characters$/m, 'an id that is next to nothing'],
    ['{"name":"y","id":"' . 'a' x 65 . '"}', qr/id: is longer than 64 characters$/m, 'an id that is too long'],
    ['{"name":"y","tenant":"*"}', qr/tenant: "\*" means all tenants and is none$/m, 'a tenant that is all of them'],
) {
    ($exit, $out, $err) = $t->ctl({ stdin => $case->[0] }, 'endpoint', 'create', '-');
    is($exit, 100, "$case->[2]: refused");
    like($err, $case->[1], "$case->[2]: in words");
    is($out, '', "$case->[2]: nothing on stdout");
}
is(scalar $t->psql('SELECT count(*) FROM endpoint'), '1', 'nothing was stored');
for my $args (['show', 'nobody'], ['delete', 'nobody'], ['rotate', 'nobody']) {
    ($exit, $out, $err) = $t->ctl('endpoint', @$args);
    is("$exit $err", "100 hookwisectl: endpoint $args->[0]: there is no endpoint \"nobody\"\n", "$args->[0] nobody");
}
for my $args ([], ['frob'], ['show'], ['create', 'a', 'b'], ['list', '--frob']) {
    ($exit, $out, $err) = $t->ctl('endpoint', @$args);
    is($exit, 100, "endpoint @$args: used wrongly");
    like($err, qr/^hookwisectl: endpoint: .*\nusage: hookwisectl endpoint create/, "endpoint @$args: shows usage");
}

# --- two of one name, without a token, a token given ---------------------------------------------------
my $open = $t->endpoint(name => 'Boilers', bearer_auth_enabled => false, tenant => 'north');
ok(!$open->{token}, 'no token where none is asked for');
is_deeply(record($open->{id})->{tokens}, [], 'nor published');
is(record($open->{id})->{tenant}, 'north', 'of its tenant');
($exit, $out, $err) = $t->ctl('endpoint', 'show', 'Boilers');
like($err, qr/more than one endpoint is named "Boilers"; use its id/, 'a name of two is no name');
my $kept = $t->endpoint(id => 'old-id', name => 'Kept', token => 'long-known-token');
is_deeply([@$kept{qw(id token)}], ['old-id', 'long-known-token'], 'an id and a token may be given');
($exit, undef, $err) = $t->ctl({ stdin => '{"token":"short"}' }, 'endpoint', 'update', 'old-id', '-');
is("$exit $err", "100 hookwisectl: endpoint update: token: is shorter than 16 characters; without a token a good one is made\n", 'a short one not later either');
for my $id ('"new-id"', 7) {
    ($exit, undef, $err) = $t->ctl({ stdin => qq({"id":$id,"board":"B"}) }, 'endpoint', 'update', 'old-id', '-');
    is("$exit $err", "100 hookwisectl: endpoint update: id: is not this endpoint's, and cannot be changed\n", "an id is not changed to $id");
}
is($t->ctl_json('endpoint', 'update', 'old-id', $t->file('shown.json', encode_json($kept)))->{id}, 'old-id', 'what was shown may be given back');
($exit, undef, $err) = $t->ctl({ stdin => '{"format":"hookwise-apache","version":1,"endpoints":[{"id":"o","name":"Old","token":"short"}]}' }, 'import', '-');
is("$exit $err", '0 ', 'what an older installation has is kept');
($exit, undef, $err) = $t->ctl({ stdin => '{"token":"short","board":"B","tenant":" "}' }, 'endpoint', 'update', 'o', '-');
is("$exit $err", '0 ', 'and may be given back');
my $old = $t->ctl_json('endpoint', 'show', 'o', '--secrets');
is_deeply([@$old{qw(token board tenant)}], ['short', 'B', undef], 'as it was; a blank tenant is the default one');
$t->ctl_json('endpoint', 'delete', 'o');

# --- the limit for bodies of endpoints that set none ----------------------------------------------------
$t->conf(MAX_CONTENT_LENGTH_KB => 64);
my $big = $t->endpoint(name => 'Big', id => 'big-id', max_body_kb => 2000);
$t->ctl_json('cache', 'clear');
is_deeply([map { record($_)->{max_body_kb} } 'old-id', 'big-id'], [64, 2000],
    'MAX_CONTENT_LENGTH_KB is the limit of endpoints that set none');
$t->conf(MAX_CONTENT_LENGTH_KB => undef);
$t->ctl_json('endpoint', 'delete', 'big-id');
$t->ctl_json('cache', 'clear');
is(record('old-id')->{max_body_kb}, 1024, 'without it 1024');

# --- Redis away, Redis flushed --------------------------------------------------------------------------
$t->redis_cli('FLUSHALL');
$t->ctl_json('endpoint', 'rotate', 'old-id');
is(scalar @{ $t->redis_cli(HKEYS => 'hw:ep') }, 3, 'after a flush a change publishes everything');
$t->redis_cli(HSET => 'hw:ep', 'ghost', '{}');
is_deeply($t->ctl_json('cache', 'clear'), { endpoints => 3, alerts => 0 }, 'cache clear');
is($t->redis_cli(HEXISTS => 'hw:ep', 'ghost'), 0, 'removes what is in no database');
my $conf = $t->file('away.conf', "ENCRYPTION_KEY=" . $t->key . "\nDATABASE_URL=" . $t->database_url
    . "\nREDIS_URL=unix:/nonexistent/redis.sock\n");
($exit, $out, $err) = $t->ctl({ conf => 0, stdin => '{"name":"Later"}' }, '-c', $conf, '--json', 'endpoint', 'create', '-');
is($exit, 111, 'Redis away: a temporary failure');
like($err, qr/^hookwisectl: saved, but not in force yet: .*; hookwised publishes it when Redis is back\n\z/, 'but saved');
is(decode_json($out)->{name}, 'Later', 'and answered');
$t->ctl_json('cache', 'clear');
ok(record(decode_json($out)->{id}), 'published later');

# --- delete -----------------------------------------------------------------------------------------------
($exit, $out) = $t->ctl('endpoint', 'delete', 'Kept');
is("$exit $out", "0 deleted Kept (old-id)\n", 'deleted');
is($t->redis_cli(HEXISTS => 'hw:ep', 'old-id'), 0, 'and gone from Redis');
is($t->redis_cli(HEXISTS => 'hw:epv', 'old-id'), 0, 'with its version');

# --- a wrong key ----------------------------------------------------------------------------------------------
my $wrong = $t->file('wrong.conf', "ENCRYPTION_KEY=" . ('A' x 43) . "=\nDATABASE_URL=" . $t->database_url
    . "\nREDIS_URL=" . $t->redis . "\n");
($exit, $out, $err) = $t->ctl({ conf => 0 }, '-c', $wrong, 'endpoint', 'show', $ep->{id}, '--secrets');
is($exit, 100, 'another ENCRYPTION_KEY cannot open secrets');
like($err, qr/ENCRYPTION_KEY: cannot open the token of endpoint \Q$ep->{id}\E: it was sealed with another key/, 'which is told');

$t->done;
