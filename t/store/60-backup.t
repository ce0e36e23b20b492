#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# hookwisectl export and import: our own round trip, and backups of HookWise in Python.
use FindBin;
use lib "$FindBin::Bin/../lib";
use HookWise::Test;
use HookWise::Test::Run qw(run);
use Digest::SHA qw(sha256 sha256_hex hmac_sha256);
use MIME::Base64 qw(decode_base64url encode_base64url);
use Mojo::JSON qw(decode_json encode_json true false);

my $t = HookWise::Test->new;
$t->redis;
$t->postgres;
$t->migrate;
my ($exit, $out, $err, $report);

# A Fernet token as any other implementation makes it, AES by the openssl program.
sub fernet {
    my ($key, $clear) = @_;
    my $raw = decode_base64url($key);
    my ($mac, $aes) = (substr($raw, 0, 16), substr($raw, 16));
    my $iv = substr sha256($clear), 0, 16;
    my ($code, $cipher) = run(['openssl', 'enc', '-aes-128-cbc', '-K', unpack('H*', $aes), '-iv', unpack('H*', $iv)],
        stdin => $clear);
    die "openssl failed\n" if $code;
    my $token = "\x80" . pack('Q>', 1_780_000_000) . $iv . $cipher;
    my $text = encode_base64url($token . hmac_sha256($token, $mac));
    return $text . '=' x (-length($text) % 4);
}
my $other_key = encode_base64url('another key of 32 bytes, exactly') . '=';

sub import_text {
    my ($text) = @_;
    my ($code, $said, $complaint) = $t->ctl({ stdin => $text }, '--json', 'import', '-');
    return ($code, $said =~ /^\{/ ? decode_json($said) : $said, $complaint);
}
sub state_of_all {
    return join "\n", $t->psql(q{SELECT id, name, tenant, doc, token_sha256, display_order FROM endpoint ORDER BY id}),
        $t->psql('SELECT pattern, company FROM tenant_map ORDER BY 1'), $t->psql('SELECT name, value FROM setting ORDER BY 1'),
        $t->psql('SELECT name, role, tenant, enabled, password_hash, totp_secret FROM app_user ORDER BY 1');
}

# --- ours: out and in again -----------------------------------------------------------------------
my $ep = $t->endpoint(name => 'Boilers', preset => 'uptime-kuma', hmac_secret => 'plum-jam', display_order => 3,
    routing_rules => [{ path => '$.a', regex => 'b+', overrides => { board => 'Heat' } }]);
$t->endpoint(name => 'Ünïcode', tenant => 'north', bearer_auth_enabled => false);
$t->ctl_json('tenantmap', 'set', '*.example.org', 'ACME');
$t->ctl_json('maintenance', 'on');
$t->ctl({ stdin => "correct horse\n" }, 'user', 'add', 'ada', '--password-stdin');
$t->psql(q{UPDATE app_user SET totp_secret = '} . fernet($t->key, 'JBSWY3DPEHPK3PXP') . q{'});
my $before = state_of_all();
my $file = $t->dir . '/backup.json';
($exit, $out, $err) = $t->ctl('export', $file);
is("$exit$out$err", '0', 'export');
is((stat $file)[2] & 07777, 0600, 'for its owner only');
open my $fh, '<', $file or die "$file: $!";
my $text = do { local $/; <$fh> };
close $fh;
unlike($text, qr/plum-jam|\Q$ep->{token}\E|\$y\$/, 'secrets are sealed');
my $doc = decode_json($text);
is_deeply([@$doc{qw(format version)}], ['hookwise-apache', 1], 'says what it is');
$t->psql('TRUNCATE endpoint CASCADE; TRUNCATE tenant_map, setting, app_user');
$report = $t->ctl_json('import', $file);
is_deeply([@$report{qw(created updated failed tenant_map settings users ignored problems)}],
    [2, 0, 0, 1, 1, 1, [], []], 'import');
is(state_of_all(), $before, 'everything is back');
is($t->ctl_json('endpoint', 'show', 'Boilers', '--secrets')->{hmac_secret}, 'plum-jam', 'secrets too');
is(decode_json($t->redis_cli(HGET => 'hw:ep', $ep->{id}))->{tokens}[0]{sha256}, sha256_hex($ep->{token}), 'and published');
$report = $t->ctl_json('import', $file);
is_deeply([@$report{qw(created updated failed)}], [0, 2, 0], 'once more: the same endpoints');
is(state_of_all(), $before, 'and nothing changed');
($exit, $report) = import_text(encode_json({ format => 'hookwise-apache', version => 1, endpoints => [], settings => {
    MAX_RETRIES => 'many', CW_STATUS_NEW => 'Fresh', DATABASE_URL => 'postgresql:///other', colour => 'red', maintenance_mode => 'maybe' } }));
is_deeply([$exit, @$report{qw(settings failed)}, $report->{ignored}], [100, 1, 2, [qw(settings.DATABASE_URL settings.colour)]], 'settings: what the database may hold');
is_deeply([grep { /^setting/ } @{ $report->{problems} }], ['setting "MAX_RETRIES" was not imported: MAX_RETRIES: "many" is not a whole number',
    'setting "maintenance_mode" was not imported: maintenance_mode: is neither true nor false'], 'what they cannot be is told');
is_deeply([$t->psql('SELECT name, value FROM setting ORDER BY 1')], ["CW_STATUS_NEW\tFresh", "maintenance_mode\t1"], 'and not stored');
$t->psql("DELETE FROM setting WHERE name = 'CW_STATUS_NEW'");
is_deeply($t->ctl_json('export', "$file.2"), { file => "$file.2" }, 'with --json the name of the file is said');
my $piped = $t->ctl_json('export');
delete $_->{token}, delete $_->{hmac_secret} for @{ $piped->{endpoints} }, @{ $doc->{endpoints} };
is_deeply($piped->{endpoints}, $doc->{endpoints}, 'export to stdout says the same');
($exit, $out, $err) = import_text(encode_json({ %$doc, version => 2 }));
is($exit, 100, 'a backup of a newer version');
like($err, qr/^hookwisectl: import: version: this backup has version 2; .* reads up to 1\n\z/, 'is refused');
($exit, $out, $err) = $t->ctl('export', '/nonexistent/backup.json');
is($exit, 100, 'a file that cannot be written');
like($err, qr{^hookwisectl: export: /nonexistent/backup\.json: cannot be written: No such file}, 'is named');

# --- a Python backup, version 2 ----------------------------------------------------------------------
$t->psql('TRUNCATE endpoint CASCADE; TRUNCATE tenant_map, setting, app_user');
my $uuid = '0b8de5a4-1f0c-4b49-8f3e-111111111111';
my %python = (
    id => $uuid, name => 'Kuma', bearer_token => fernet($t->key, 'python-bearer'), hmac_secret => fernet($t->key, 'python-hmac'),
    customer_id_default => 'ACME', board => 'Service', status => '', close_status => undef, ticket_prefix => '',
    trigger_field => 'heartbeat.status', open_value => '0', close_value => '1',
    json_mapping => '{"summary": "$.monitor.name"}', maintenance_windows => '[]',
    routing_rules => '[{"path": "$.monitor.name", "regex": "^db", "overrides": {"priority": "High"}}]',
    bearer_auth_enabled => 1, is_enabled => true, is_draft => 0, is_pinned => 'true', rate_limit_per_minute => 60,
    timeout_alerts_enabled => false, timeout_hours => 0, display_order => 2, ai_rca_enabled => false,
    retry_enabled => true, retry_max_attempts => 4, tags => ['a'], created_at => '2026-01-02T03:04:05', last_seen_at => undef,
);
($exit, $report, $err) = import_text(encode_json({
    format => 'hookwise-config', version => 2, generated_at => '2026-11-01T00:00:00+00:00', configs => [\%python],
    global_mappings => [{ tenant_value => 'north.example', company_id => 'NORTH', mapping_group_id => undef }],
    preferences => [{ username => 'ada' }], settings => { maintenance_mode => 'true', theme => 'dark' },
}));
is("$exit$err", '0', 'a Python backup');
is_deeply([@$report{qw(created updated failed tenant_map settings)}], [1, 0, 0, 1, 1], 'is taken');
is_deeply([sort @{ $report->{ignored} }], [qw(preferences retry_enabled retry_max_attempts settings.theme tags)],
    'what has no place here is named');
my $got = $t->ctl_json('endpoint', 'show', $uuid, '--secrets');
is_deeply([@$got{qw(token hmac_secret name rate_limit is_pinned board)}],
    ['python-bearer', 'python-hmac', 'Kuma', 60, true, 'Service'], 'id, secrets and fields are kept');
is_deeply($got->{routing_rules}[0]{overrides}, { priority => 'High' }, 'texts holding JSON are values');
ok(!exists $got->{status} && !exists $got->{timeout_hours}, 'columns nobody filled are not fields');
is_deeply($t->ctl_json('tenantmap', 'list')->{items}, [{ pattern => 'north.example', company => 'NORTH' }], 'tenant map');
is($t->ctl_json('maintenance', 'status')->{enabled}, true, 'maintenance mode');

# --- a list of older ones, with clear tokens; one bad endpoint stops no other ------------------------------
my $list = encode_json([
    { id => 'old-one', name => 'Clear', bearer_token => 'clear-token' },
    { id => 'old-two', name => 'Broken', bearer_token => 'x', json_mapping => '{"summary": "$.[" }' },
    { id => 'old-three', name => 'Elsewhere', bearer_token => fernet($other_key, 'x') },
    'no object',
    { id => 'old-four', name => 'Fine', trigger_field => '' },
]);
$t->psql(q{INSERT INTO endpoint (id, name, doc) VALUES ('old-three', 'As it was', '{"name":"As it was"}')});
($exit, $report, $err) = import_text($list);
is($exit, 100, 'some endpoints cannot be taken');
is_deeply([map { $_->{result} } @{ $report->{endpoints} }], [qw(created failed failed failed created)], 'the others are');
is($report->{endpoints}[1]{error}{field}, 'json_mapping.summary', 'the field at fault is named');
like($report->{problems}[0], qr/^endpoint 2 "Broken" \(old-two\) was not imported: json_mapping\.summary: /, 'in words too');
like($report->{problems}[1], qr/^endpoint 3 "Elsewhere" \(old-three\) was not imported: bearer_token: cannot be opened: it was sealed with another ENCRYPTION_KEY/,
    'a wrong key names endpoint and column');
is($t->ctl_json('endpoint', 'show', 'old-three')->{name}, 'As it was', 'and changes nothing for it');
is($t->ctl_json('endpoint', 'show', 'old-one', '--secrets')->{token}, 'clear-token', 'a clear token');
is($t->ctl_json('endpoint', 'show', 'old-four')->{trigger_field}, '', 'an empty trigger says something');
($exit, $out) = $t->ctl({ stdin => $list }, 'import', '-');
like($out, qr/^created     0\nupdated     2\nfailed      3\n/, 'the report for people');
like($out, qr/^endpoint 2 "Broken"/m, 'with its problems');

# --- the whole backup sealed ------------------------------------------------------------------------------
($exit, $report) = import_text(fernet($t->key, encode_json({ version => 2, configs => [{ id => 'sealed', name => 'Sealed' }] })) . "\n");
is("$exit $report->{created}", '0 1', 'a backup that is one Fernet token');
($exit, $out, $err) = import_text(fernet($other_key, '{}' x 40));
is("$exit $err", "100 hookwisectl: import: ENCRYPTION_KEY: cannot open this backup: it was sealed with another key\n",
    'of another key');

# --- no backups ----------------------------------------------------------------------------------------------
for my $case (['{}', qr/not a backup: neither a list of endpoints nor an object with one/], ['"x"', qr/not a backup/],
    ['', qr/at offset 0/], ['{"configs":[', qr/at offset 12/], ['null', qr/not a backup/]) {
    ($exit, $out, $err) = import_text($case->[0]);
    is($exit, 100, "$case->[0]: refused");
    like($err, $case->[1], "$case->[0]: in words");
}

# --- another key -----------------------------------------------------------------------------------------------
$t->psql('DELETE FROM endpoint');
my $made = $t->endpoint(name => 'sealed all over', hmac_secret => 'shh', auth => [{ scheme => 'github', secret => 'cat' }],
    notify => [{ type => 'slack', url => 'https://hooks.slack.com/services/T/B/hook' }]);
$t->ctl({ stdin => "open sesame\n" }, qw(user add otto --password-stdin));
$t->psql("UPDATE app_user SET totp_secret = '" . fernet($t->key, 'GEZDGNBVGY3TQOJQ') . "' WHERE name = 'otto'");
my $sealed = 'SELECT string_agg(token || hmac_secret || auth || notify, $$$$) || (SELECT totp_secret FROM app_user WHERE name = $$otto$$) FROM endpoint';
my $old = $t->psql($sealed);
$t->conf(ENCRYPTION_KEY => $other_key);
($exit, $out, $err) = $t->ctl('reseal');
is("$exit $out$err", "100 hookwisectl: reseal: ENCRYPTION_KEY: opens the token of endpoint \"$made->{id}\" with none of its keys: nothing was changed\n",
    'what no key opens is named');
is(scalar $t->psql($sealed), $old, 'and nothing is changed');
$t->conf(ENCRYPTION_KEY => "$other_key," . $t->key);
is($t->ctl_json('reseal')->{sealed}, 5, 'each secret is sealed once more');
is(scalar $t->psql("SELECT after->>'sealed' FROM audit WHERE what = 'reseal'"), 5, 'the audit log says so');
$t->conf(ENCRYPTION_KEY => $other_key);
my $again = $t->ctl_json('endpoint', 'show', $made->{id}, '--secrets');
is("$again->{token} $again->{hmac_secret} $again->{auth}[0]{secret} $again->{notify}[0]{url}",
    "$made->{token} shh cat https://hooks.slack.com/services/T/B/hook", 'the old key is not needed any more');
($exit) = $t->ctl('export', $t->dir . '/b.json');
is($exit, 0, 'also for users');
($exit, $out, $err) = $t->ctl('reseal', 'now');
like("$exit $err", qr/^100 hookwisectl: reseal: takes no argument\n/, 'an argument too many');

# A file under the temporary name of a backup is somebody else's.
$t->file('theirs', 'x');
symlink $t->dir . '/theirs', $t->dir . '/c.json.tmp' or die "symlink: $!\n";
($exit) = $t->ctl('export', $t->dir . '/c.json');
is($exit, 0, 'a link lies where a backup is written first');
is(-s $t->dir . '/theirs', 1, 'which is not followed');
is(sprintf('%04o', (lstat $t->dir . '/c.json')[2] & 07777), '0600', 'a backup is for its owner');
$t->done;
