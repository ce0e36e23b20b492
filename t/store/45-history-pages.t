#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Pages of history under filters, over many days: each row once, in order, none left out.
use FindBin;
use lib "$FindBin::Bin/../lib";
use HookWise::Test;
use HookWise::Test::Cgi;
use POSIX qw(strftime ceil);

my $t = HookWise::Test->new;
$t->cgi_servers(ada => 'owner');
my $ada = $t->cgi_login('ada', 'open sesame');

# Twenty days of the rows that t/bench/history times.
open my $fh, '<', $t->source . '/t/bench/fill.sql' or die "fill.sql: $!\n";
$t->psql(do { local $/; <$fh> });
my $today = int(time / 86400) * 86400;
my @dates = map { strftime '%Y-%m-%d', gmtime $today - $_ * 86400 } reverse 1 .. 20;
my $first = 1;
for (@dates) { $t->psql("CALL bench_day('$_', $first, 400, 1)"); $first += 400 }
# What is found by the text of a payload alone, among the newest rows and far behind them.
$t->psql(q{UPDATE webhook_log SET payload = '{"note":"albatross"}' WHERE id IN (7990, 5)});
# One row of an endpoint that has none otherwise, and one for an hour whose row was deleted.
$t->psql(q{INSERT INTO endpoint (id, name, tenant, doc) VALUES ('lonely', 'Lonely', 'acme', '{}');
    INSERT INTO webhook_log (created_at, request_id, part, config_id, tenant, status, destination)
    VALUES (now() - interval '15 days', 'lonely', 0, 'lonely', 'acme', 'dlq', 'local');
    CALL bench_beside();
    INSERT INTO webhook_stat (span, start, endpoint_id, tenant, status, action, destination, n, seconds)
    SELECT span, date_trunc(span, now() - interval '3 days'), 'lonely', 'acme', 'dlq', '', 'local', 1, 1
    FROM (VALUES ('hour'), ('day')) v (span)});

sub walk {
    my ($query, $limit, $cursor) = @_;
    my @ids;
    do {
        my $answer = $t->cgi(GET => "/api/history?limit=$limit&$query" . ($cursor ? "&cursor=$cursor" : ''), $ada);
        return "$answer->{status} $answer->{body}" if $answer->{status} != 200;
        push @ids, map { $_->{id} } @{ $answer->{json}{items} };
        $cursor = $answer->{json}{next};
    } while ($cursor && @ids < 20_000);
    return join ' ', @ids;
}

my ($from, $to) = map { strftime '%Y-%m-%dT%H:%M:%SZ', gmtime $today - $_ * 86400 + 4321 } 9, 4;
my $searched = q{concat_ws(' ', coalesce(summary, ''), coalesce(dedup_key, ''), coalesce(error_message, ''))};
for my $try (
    ['', 'true'], ['endpoint_id=bench-0', "config_id = 'bench-0'"], ['endpoint_id=lonely', "config_id = 'lonely'"],
    ['endpoint_id=none', 'false'], ['status=failed', "status = 'failed'"], ['status=retrying', "status = 'retrying'"],
    ['status=skipped', "status = 'skipped'"], ['tenant=default', "tenant = 'default'"], ['action=reopen', "action = 'reopen'"], ['tenant=initech', "tenant = 'initech'"], ['destination=local', "destination = 'local'"],
    ['destination=autotask', 'false'], ['tenant=initech&endpoint_id=bench-0', 'false'],
    ['endpoint_id=bench-1&status=failed', "config_id = 'bench-1' AND status = 'failed'"],
    ['endpoint_id=bench-3&destination=connectwise&action=update', "config_id = 'bench-3' AND destination = 'connectwise' AND action = 'update'"],
    ['status=dlq&tenant=acme', "status = 'dlq' AND tenant = 'acme'"], ['company=Company%207', "company = 'Company 7'"],
    ['company=Company%207&status=skipped', "company = 'Company 7' AND status = 'skipped'"],
    ['source_ip=10.0.0.1', "source_ip = '10.0.0.1'"], ['source_ip=10.0.0.1&company=Company%209', "source_ip = '10.0.0.1' AND company = 'Company 9'"],
    ['request_id=lonely', "request_id = 'lonely'"], ["from=$from", "created_at >= '$from'"], ["to=$to", "created_at < '$to'"],
    ["from=$from&to=$to&status=failed", "created_at >= '$from' AND created_at < '$to' AND status = 'failed'"],
    ["from=$from&to=$to&endpoint_id=bench-2", "created_at >= '$from' AND created_at < '$to' AND config_id = 'bench-2'"],
    ["from=$from&to=$to&company=Company%208", "created_at >= '$from' AND created_at < '$to' AND company = 'Company 8'"],
    ['q=certificate%20expires', "$searched ILIKE '%certificate expires%'"], ['q=WEB-47', "$searched ILIKE '%web-47%'"],
    ['q=zq', 'false'], ['q=d%203', "$searched ILIKE '%d 3%'"], ['q=nothing%20of%20this', 'false'],
    ['q=board%203&status=dlq', "$searched ILIKE '%board 3%' AND status = 'dlq'"],
    ['q=cpu&endpoint_id=bench-30', "$searched ILIKE '%cpu%' AND config_id = 'bench-30'"],
    ['q=albatross', 'id = 7990'], ['q=cpu&company=Company%207', "$searched ILIKE '%cpu%' AND company = 'Company 7'"],
) {
    my ($query, $where) = @$try;
    my @ids = $t->psql("SELECT id FROM webhook_log WHERE $where ORDER BY created_at DESC, id DESC");
    my $limit = ceil(@ids / 3) || 1;
    is(walk($query, $limit > 1000 ? 1000 : $limit), join(' ', @ids), "$query: " . @ids . ' rows in pages');
}
is(walk('q=albatross&endpoint_id=' . $t->psql('SELECT config_id FROM webhook_log WHERE id = 5'), 10), '5',
    'a payload is read among the newest rows of a filter');
my $answer = $t->cgi(GET => '/api/history?endpoint_id=bench-0&cursor=12', $ada);
is("$answer->{status} $answer->{json}{error} $answer->{json}{field}", '422 bad-cursor cursor', 'a cursor that is none');

# --- all of it as a download ----------------------------------------------------------------------
my @every = $t->psql('SELECT id FROM webhook_log ORDER BY created_at DESC, id DESC');
my $got = $t->cgi(GET => '/api/history/export', $ada);
is(join(' ', $got->{body} =~ /^\{"id":(\d+),/mg), "@every", 'more rows than pages are long');
ok(!exists $got->{headers}{'content-length'} && !exists $got->{headers}{'x-next-cursor'}, 'sent as they are read');
$got = $t->cgi(GET => '/api/history/export?format=csv&full=1&limit=250', $ada);
is(join(' ', $got->{body} =~ /^(\d+),/mg), "@every[0 .. 249]", 'as many as wanted');
is($got->{body} =~ /^id,/, 1, 'below their names');
$got = $t->cgi(GET => '/api/history/export?limit=1000', $ada);
is(walk('', 1000), join(' ', $got->{body} =~ /^\{"id":(\d+),/mg, split / /, walk('', 1000, $got->{headers}{'x-next-cursor'})),
    'a page says where to go on');

# --- statistics for the planner -----------------------------------------------------------------
$t->psql('CALL bench_day(current_date + 5, 100000, 1500, 1)');
ok($t->wait_for(sub { $t->psql('SELECT n_mod_since_analyze FROM pg_stat_user_tables WHERE relname = '
    . q{'webhook_log_' || to_char(current_date + 5, 'YYYYMMDD')}) >= 1500 }, 'counts of a new day'), 'a day that has grown');
is($t->psql('SELECT history_analyze()'), 1, 'is analysed');
ok($t->wait_for(sub { $t->psql('SELECT history_analyze()') eq '0' }, 'counts of an analysed day'), 'once');
$t->done;
