#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# A session of somebody bound to a tenant holds the rows of that tenant, whatever a statement asks for.
use FindBin;
use lib "$FindBin::Bin/../lib";
use HookWise::Test;
use HookWise::Test::Cgi;

my $t = HookWise::Test->new;
my %as = $t->cgi_servers(ada => 'admin', tom => 'admin@acme');
my %ada = %{ $as{ada} };
my %tom = %{ $as{tom} };
$t->cgi(POST => '/api/endpoints', { %ada, json => { name => "$_ checks", tenant => $_ } }) for qw(default acme globex);

# --- the views ------------------------------------------------------------------------------------
my $bound = "SET search_path = hookwise_tenant, public; SET hookwise.tenant = 'acme';";
my @with = $t->psql(q{SELECT relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND attname = 'tenant'
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
    AND relname NOT IN ('app_user', 'api_key', 'tenant_map') ORDER BY 1});
cmp_ok(scalar @with, '>=', 7, 'tables have tenants');
is(join(' ', $t->psql(q{SELECT viewname FROM pg_views WHERE schemaname = 'hookwise_tenant' ORDER BY 1})),
    join(' ', sort @with, 'incident_note'), 'each has its view');
is(join(' ', grep { $t->psql(qq{SELECT count(*) FROM pg_attribute WHERE attrelid = 'public.$_'::regclass AND attnum > 0 AND NOT attisdropped})
    != $t->psql(qq{SELECT count(*) FROM pg_attribute WHERE attrelid = 'hookwise_tenant.$_'::regclass AND attnum > 0}) } @with), '', 'of all its columns');
is($t->psql("$bound SELECT string_agg(name, ',') FROM endpoint"), 'acme checks', 'a statement without a condition');
is($t->psql("$bound UPDATE endpoint SET display_order = 7; SET search_path = public; SELECT count(*) FROM endpoint WHERE display_order = 7"),
    1, 'changes nobody else\'s');
is(eval { $t->psql("$bound INSERT INTO endpoint (id, name, tenant, doc) VALUES ('x', 'x', 'globex', '{}')"); 1 }, undef, 'nor adds to them');
like($@, qr/new row violates check option for view "endpoint"/, 'it is refused');
is(eval { $t->psql('SET search_path = hookwise_tenant, public; SELECT count(*) FROM endpoint'); 1 }, undef, 'a session that names no tenant');
like($@, qr/unrecognized configuration parameter "hookwise.tenant"/, 'gets nothing');
$t->psql(q{SELECT history_partition('webhook_log', current_date)});
like($t->psql("$bound EXPLAIN (COSTS OFF) SELECT id FROM webhook_log WHERE tenant = 'acme' ORDER BY created_at DESC, id DESC LIMIT 1"),
    qr/One-Time Filter: \(current_setting\('hookwise\.tenant'::text\) = 'acme'::text\)\s+-> +Index Only Scan using \w+_tenant_/, 'and costs a look at the beginning');

# --- the API on them --------------------------------------------------------------------------------
my $mine = $t->cgi(POST => '/api/endpoints', { %tom, json => { name => 'more' } });
is("$mine->{status} $mine->{json}{tenant}", '201 acme', 'makes its own') or diag $mine->{body};
is($t->cgi(PATCH => "/api/endpoints/$mine->{json}{id}", { %tom, json => { ticket_prefix => 'X' } })->{status}, 200, 'changes it');
is($t->cgi(POST => "/api/endpoints/$mine->{json}{id}/rotate", {%tom})->{status}, 200, 'its token');
is(join(' ', sort map { $_->{name} } @{ $t->cgi(GET => '/api/endpoints', {%tom})->{json}{items} }), 'acme checks more', 'lists them') ;
my @all = map { $_->{id} } @{ $t->cgi(GET => '/api/endpoints', {%ada})->{json}{items} };
is(scalar @all, 4, 'others see all');
my @ids = map { $_->{id} } @{ $t->cgi(GET => '/api/endpoints', {%tom})->{json}{items} };
my $bulk = $t->cgi(POST => '/api/endpoints/bulk', { %tom, json => { action => 'pause', ids => \@ids } });
is($bulk->{status}, 200, 'pauses all it has') or diag $bulk->{body};
is(scalar @{ $t->redis_cli(HKEYS => 'hw:epv') // [] }, 4, 'those of others stay published');
is(join(' ', $t->psql(q{SELECT DISTINCT tenant FROM audit WHERE who = 'tom'})), 'acme', 'what tom did is the tenant\'s');
is($t->psql(q{SELECT count(*) FROM audit WHERE who = 'ada' AND tenant = 'globex'}), 1, 'what was done to it as well');
is(join(' ', sort map { $_->{who} } @{ $t->cgi(GET => '/api/audit?what=endpoint.create', {%tom})->{json}{items} }), 'ada tom', 'tom sees both');
is($t->cgi_log, '', 'nothing was worth a line in the log');

# --- a database that was not brought up to date -------------------------------------------------------
$t->psql('DROP SCHEMA hookwise_tenant CASCADE');
my $late = $t->cgi(GET => '/api/endpoints', {%tom});
is("$late->{status} $late->{json}{error}", '503 no-schema', 'shows nothing rather than everything');
is($t->cgi(GET => '/api/endpoints', {%ada})->{status}, 200, 'is none of who sees all');
$t->expect_log(qr/postgres.*(?:view "endpoint"|parameter "hookwise.tenant"|schema "hookwise_tenant")|^.*ERROR: .*(?:view "endpoint"|parameter "hookwise.tenant"|schema "hookwise_tenant")/);
$t->done;
