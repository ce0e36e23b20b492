#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Administration: tenant map, settings, maintenance, windows, backup, caches.
use FindBin;
use lib "$FindBin::Bin/../lib";
use HookWise::Test;
use HookWise::Test::Cgi;
use Mojo::File qw(path);
use Mojo::JSON qw(encode_json);

my $t = HookWise::Test->new;
$t->conf(CW_PRIVATE_KEY => 'do-not-tell', MAX_RETRIES => 3);
my %as = $t->cgi_servers(ada => 'owner', abe => 'admin', olga => 'operator', vic => 'viewer', tom => 'owner@acme');
my $worker = $t->hookwised(env => { RETRY_BASE_MS => 250 });
my %ada = %{ $as{ada} };

sub refused {
    my ($answer, $status, $error, $field, $what) = @_;
    is_deeply([$answer->{status}, @{ $answer->{json} }{qw(error field)}], [$status, $error, $field], $what)
        or diag $answer->{body};
    return;
}

# --- tenant map ---------------------------------------------------------------------------------
my $exact = $t->cgi(POST => '/api/tenantmap', { %ada, json => { pattern => 'acme.example', company => 'ACME' } });
is_deeply([$exact->{status}, @{ $exact->{json} }{qw(pattern company)}], [201, 'acme.example', 'ACME'], 'a mapping');
my $wild = $t->cgi(POST => '/api/tenantmap', { %ada, json => { pattern => '*.example', company => 'OTHERS' } })->{json};
refused($t->cgi(POST => '/api/tenantmap', { %ada, json => { pattern => 'ACME.example', company => 'X' } }), 409, 'conflict', 'pattern', 'once each');
refused($t->cgi(POST => '/api/tenantmap', { %ada, json => { pattern => 'x' } }), 422, 'bad-mapping', 'company', 'no company');
refused($t->cgi(POST => '/api/tenantmap', { %ada, json => { pattern => ' ', company => 'X' } }), 422, 'bad-mapping', 'pattern', 'no pattern');
refused($t->cgi(POST => '/api/tenantmap', { %{ $as{tom} }, json => { pattern => 'x', company => 'X' } }), 403, 'forbidden', undef, 'it is for all tenants');
is_deeply([map { $_->{pattern} } @{ $t->cgi(GET => '/api/tenantmap', $as{vic})->{json}{items} }], ['*.example', 'acme.example'], 'the list');
my %company = ('acme.example' => ['ACME', 'exact'], 'ACME.EXAMPLE' => ['ACME', 'exact'], 'x.example' => ['OTHERS', 'wildcard'], 'nobody' => [undef, undef]);
my $part = $t->cgi(GET => '/api/tenantmap?limit=1', $as{vic})->{json};
is(join(' ', map({ $_->{pattern} } @{ $part->{items} }), $part->{next}), '*.example 1', 'a part of it, and where it goes on');
$part = $t->cgi(GET => "/api/tenantmap?limit=1&cursor=$part->{next}", $as{vic})->{json};
is(join(' ', map({ $_->{pattern} } @{ $part->{items} }), $part->{next} // 'end'), 'acme.example end', 'the rest');
is_deeply($t->cgi(GET => '/api/tenantmap?cursor=9', $as{vic})->{json}{items}, [], 'behind its end');
refused($t->cgi(GET => '/api/tenantmap?cursor=x', $as{vic}), 422, 'bad-cursor', 'cursor', 'a foreign cursor');
refused($t->cgi(GET => '/api/users?limit=0', {%ada}), 422, 'bad-argument', 'limit', 'a limit of nothing');
is(scalar @{ $t->cgi(GET => '/api/presets?limit=3', $as{vic})->{json}{items} }, 3, 'presets, too');
is_deeply([@{ $t->cgi(POST => '/api/tenantmap/test', { %{ $as{vic} }, json => { value => $_ } })->{json} }{qw(company how)}], $company{$_}, "$_ is tried")
    for sort keys %company;
is($t->cgi(PUT => "/api/tenantmap/$wild->{id}", { %ada, json => { company => 'REST' } })->{json}{pattern}, '*.example', 'one part changes');
refused($t->cgi(PUT => "/api/tenantmap/$wild->{id}", { %ada, json => { pattern => 'Acme.Example' } }), 409, 'conflict', 'pattern', 'not to that of another');
refused($t->cgi(PUT => '/api/tenantmap/999', { %ada, json => { company => 'X' } }), 404, 'no-mapping', undef, 'one that is not there');
is($t->cgi(DELETE => "/api/tenantmap/$wild->{id}", {%ada})->{status}, 204, 'removed');
is($t->cgi(DELETE => "/api/tenantmap/$wild->{id}", {%ada})->{status}, 404, 'once');
is_deeply([map {"$_"} $t->psql("SELECT what FROM audit WHERE what LIKE 'tenantmap%' ORDER BY id")],
    ['tenantmap.set', 'tenantmap.set', 'tenantmap.set', 'tenantmap.delete'], 'all audited');

# --- settings -----------------------------------------------------------------------------------
my $settings;
$t->wait_for(sub { $settings = $t->cgi(GET => '/api/settings', $as{abe}); $settings->{json}{worker} }, 'hookwised has told its settings');
is_deeply([@{ $settings->{json} }{qw(worker note)}], [$t->redis_cli('ZRANGE', 'hw:workers', 0, -1)->[0], undef], 'whose they are');
my %setting = map { $_->{name} => $_ } @{ $settings->{json}{items} };
unlike($settings->{body}, qr/do-not-tell/, 'no secret');
is_deeply([@{ $setting{CW_PRIVATE_KEY} }{qw(value changeable source)}], ['********', 0, 'file'], 'a secret is stars');
is_deeply([@{ $setting{MAX_RETRIES} }{qw(value default source changeable min max)}], ['3', '5', 'file', 1, 0, 100], 'a number');
is($setting{CW_COMPANY}{value}, undef, 'what is not set');
is($t->cgi(GET => '/api/settings', $as{vic})->{status}, 403, 'viewers see none');
my $put = $t->cgi(PUT => '/api/settings', { %ada, json => { MAX_RETRIES => 7, CW_TICKET_PREFIX => 'Down:' } });
%setting = map { $_->{name} => $_ } @{ $put->{json}{items} };
is_deeply([@{ $setting{MAX_RETRIES} }{qw(value source)}], ['7', 'database'], 'changed') or diag $put->{body};
refused($t->cgi(PUT => '/api/settings', { %ada, json => { CW_STATUS_NEW => 'Fresh', MAX_RETRIES => 'many' } }), 422, 'bad-setting', 'MAX_RETRIES', 'no number');
is(scalar $t->psql("SELECT count(*) FROM setting WHERE name = 'CW_STATUS_NEW'"), 0, 'all or none of it');
refused($t->cgi(PUT => '/api/settings', { %ada, json => { CW_PRIVATE_KEY => 'x' } }), 422, 'not-changeable', 'CW_PRIVATE_KEY', 'secrets stay in the file');
refused($t->cgi(PUT => '/api/settings', { %ada, json => { COLOUR => 'x' } }), 422, 'unknown-field', 'COLOUR', 'no setting');
refused($t->cgi(PUT => '/api/settings', { %{ $as{tom} }, json => { MAX_RETRIES => 1 } }), 403, 'forbidden', undef, 'nor by who belongs to a tenant');
my $kuma = $t->cgi(POST => '/api/endpoints', { %ada, json => { name => 'Kuma', preset => 'uptime-kuma',
    maintenance_windows => [{ type => 'weekly', days => 'sat', start => '22:00', end => '04:00', timezone => 'Europe/Berlin' }] } })->{json};
my $down = { heartbeat => { status => 0 }, monitor => { name => 'web' } };
my $dry = $t->cgi(POST => "/api/endpoints/$kuma->{id}/dry-run", { %ada, json => { payload => $down, now => '2026-03-04T12:00:00Z' } })->{json};
is($dry->{elements}[0]{summary}, 'Down: web', 'the dry run knows');
$t->cgi(PATCH => "/api/endpoints/$kuma->{id}", { %ada, json => { maintenance_windows => [] } });
my $sample = $t->cgi_sample(\%ada, $kuma, $down);
is($sample->{items}[0]{summary}, 'Down: web', 'hookwised too, with the next event') or diag encode_json($sample);
$t->cgi(PUT => '/api/settings', { %ada, json => { CW_TICKET_PREFIX => undef } });
$dry = $t->cgi(POST => "/api/endpoints/$kuma->{id}/dry-run", { %ada, json => { payload => $down } })->{json};
is($dry->{elements}[0]{summary}, 'Alert: web', 'null is the file\'s again');

# What hookwised read and what the admin API reads are two files.
my $api_file = path($t->conf(CW_PRIVATE_KEY => undef, CW_COMPANY => 'of-the-api', REMOTE_USER_ROLES => 'x=viewer'))->slurp;
sub said { return map { $_->{name} => $_ } @{ $_[0]{json}{items} } }
%setting = said($t->cgi(GET => '/api/settings', $as{abe}));
is_deeply([map { [@{ $setting{$_} }{qw(value source given)}] } qw(CW_PRIVATE_KEY CW_COMPANY RETRY_BASE_MS REMOTE_USER_ROLES MAX_RETRIES)],
    [['********', 'file', 1], [undef, 'default', 0], ['250', 'environment', 1], ['x=viewer', 'file', 1], ['7', 'database', 1]],
    'hookwised\'s are in force; who may enter is the API\'s own');
my $second = $t->hookwised(conf => $t->file('other.conf', $api_file . "CW_COMPANY=elsewhere\n"), env => { RETRY_BASE_MS => 250 });
my $two;
$t->wait_for(sub { $two = $t->cgi(GET => '/api/settings', $as{abe})->{json}; defined $two->{note} }, 'both have told theirs');
like($two->{note}, qr/^\S+ reads otherwise: CW_COMPANY, CW_PRIVATE_KEY, REMOTE_USER_ROLES\z/, 'two that do not agree') or diag $two->{note};
$second->stop;
$worker->stop;
my $alone = $t->cgi(GET => '/api/settings', $as{abe});
%setting = said($alone);
is_deeply([@{ $alone->{json} }{qw(worker note)}, map { $setting{$_}{value} } qw(CW_COMPANY RETRY_BASE_MS)],
    [undef, 'no hookwised answers: these are the settings of the admin API, and hookwised may have read others', 'of-the-api', '1000'],
    'without a worker they are the API\'s');
$t->conf(CW_PRIVATE_KEY => 'do-not-tell', CW_COMPANY => undef, REMOTE_USER_ROLES => undef);
$worker->start;

# --- maintenance ----------------------------------------------------------------------------------
is_deeply($t->cgi(GET => '/admin/maintenance', $as{vic})->{json}, { enabled => 0 }, 'maintenance is off');
is_deeply($t->cgi(POST => '/admin/maintenance', $as{olga})->{json}, { enabled => 1 }, 'toggled');
my $quiet = $t->cgi_sample(\%ada, $kuma, $down);
is($quiet->{items}[0]{status}, 'skipped', 'in force for the next event') or diag encode_json($quiet);
is_deeply($t->cgi(POST => '/admin/maintenance', { %ada, json => { enabled => \1 } })->{json}, { enabled => 1 }, 'set');
ok($t->cgi(GET => '/api/maintenance/windows', $as{vic})->{json}{global}, 'the calendar says so');
is_deeply($t->cgi(POST => '/admin/maintenance', { %ada, json => { enabled => \0 } })->{json}, { enabled => 0 }, 'off');
refused($t->cgi(POST => '/admin/maintenance', { %ada, json => { enabled => 'yes' } }), 422, 'bad-value', 'enabled', 'neither on nor off');
is($t->cgi(POST => '/admin/maintenance', $as{vic})->{status}, 403, 'not by viewers');

$t->cgi(PATCH => "/api/endpoints/$kuma->{id}", { %ada, json => { maintenance_windows => [
    { type => 'weekly', days => 'sat', start => '22:00', end => '04:00', timezone => 'Europe/Berlin', recoveries => 'skip' },
    { type => 'once', start => '2026-03-20T10:00:00Z', end => '2026-03-20T11:00:00Z' } ] } });
my $windows = $t->cgi(GET => '/api/maintenance/windows?from=2026-03-15T00:00:00Z&days=15', $as{vic})->{json};
is_deeply([map { [@$_{qw(starts ends index recoveries)}] } @{ $windows->{items} }], [
    ['2026-03-14T21:00:00.000Z', '2026-03-15T03:00:00.000Z', 0, 'skip'],    # active at the beginning
    ['2026-03-20T10:00:00.000Z', '2026-03-20T11:00:00.000Z', 1, 'pass'],
    ['2026-03-21T21:00:00.000Z', '2026-03-22T03:00:00.000Z', 0, 'skip'],
    ['2026-03-28T21:00:00.000Z', '2026-03-29T02:00:00.000Z', 0, 'skip'],    # clocks go forward
], 'when windows are') or diag encode_json($windows);
is_deeply($t->cgi(GET => '/api/maintenance/windows?tenant=acme', $as{vic})->{json}{items}, [], 'of a tenant without any');
refused($t->cgi(GET => '/api/maintenance/windows?days=1000', $as{vic}), 422, 'bad-argument', 'days', 'too far');

# --- backup, restore, caches -----------------------------------------------------------------------
my $backup = $t->cgi(GET => '/admin/backup', $as{abe});
like($backup->{headers}{'content-disposition'}, qr/^attachment; filename="hookwise-\d{4}-\d\d-\d\d\.json"\z/, 'a backup');
unlike($backup->{body}, qr/\Q$kuma->{token}\E/, 'with sealed secrets');
is($t->cgi(GET => '/admin/backup', $as{tom})->{status}, 403, 'not for a tenant');
$t->cgi(DELETE => "/api/endpoints/$kuma->{id}", {%ada});
is($t->cgi(POST => '/admin/restore', { %{ $as{abe} }, body => $backup->{body} })->{status}, 403, 'owners restore');
my $restored = $t->cgi(POST => '/admin/restore', { %ada, body => $backup->{body} });
is_deeply([$restored->{status}, $restored->{json}{in_force}], [200, 1], 'restored') or diag $restored->{body};
is($t->cgi(GET => "/api/endpoints/$kuma->{id}/token", {%ada})->{json}{token}, $kuma->{token}, 'with its token');
ok($t->redis_cli('HEXISTS', 'hw:ep', $kuma->{id}), 'and published');
refused($t->cgi(POST => '/admin/restore', {%ada}), 422, 'bad-json', 'body', 'nothing');
refused($t->cgi(POST => '/admin/restore', { %ada, body => '{"format":' }), 422, 'bad-json', 'body', 'half of one');
$t->redis_cli('DEL', 'hw:ep', 'hw:epv');
my $cleared = $t->cgi(POST => '/admin/clear-cache', $as{olga});
is_deeply($cleared->{json}, { endpoints => 1, alerts => $cleared->{json}{alerts} }, 'caches cleared') or diag $cleared->{body};
ok($t->redis_cli('HEXISTS', 'hw:ep', $kuma->{id}), 'published anew');

is($t->cgi_log, '', 'nothing was worth a line in the log');
$t->done;
