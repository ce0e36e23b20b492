#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Query strings: what is misspelt, given twice or no text is refused, before it shows or deletes
# what nobody asked for; every list takes limit and cursor.
use FindBin;
use lib "$FindBin::Bin/../lib";
use HookWise::Test;
use HookWise::Test::Cgi;
use HookWise::Tree qw(slurp);
use Mojo::JSON qw(decode_json);

my $t = HookWise::Test->new;
my %as = $t->cgi_servers(ada => 'owner');
$t->hookwised;
my %ada = %{ $as{ada} };
my $ep = $t->endpoint(name => 'Kuma', preset => 'uptime-kuma');
my $down = { heartbeat => { status => 0 }, monitor => { name => 'web' } };
my $tried = $t->cgi_sample(\%ada, $ep, $down);
is($tried->{items}[0]{action}, 'create', 'an event is in history') or BAIL_OUT('no event');
my $incident = $tried->{items}[0]{ticket_id};

sub refused {
    my ($method, $path, $field, $message) = @_;
    my $answer = $t->cgi($method => $path, {%ada});
    is_deeply([$answer->{status}, @{ $answer->{json} || {} }{qw(error field message)}], [422, 'bad-argument', $field, $message], "$method $path")
        or diag $answer->{body};
    return;
}

# --- what is not known ------------------------------------------------------------------------------
my $filters = 'endpoint_id status action from to source_ip ticket_id company request_id q destination tenant';
refused(GET => '/api/history?endpoint=x', 'endpoint', "is unknown here; there are $filters full limit cursor");
refused(DELETE => '/api/history?endpont_id=x', 'endpont_id', "is unknown here; there are $filters count_only");
refused(DELETE => '/api/history?status=failed&limit=1', 'limit', "is unknown here; there are $filters count_only");
refused(GET => '/api/session?x', 'x', 'is unknown here');
refused(GET => '/api/history?status=failed&status=dlq', 'status', 'is given twice');
refused(GET => '/api/history?q=a%ff', 'q', 'is not UTF-8 text');
refused(GET => '/api/history?endpoint_id=a%00b', 'endpoint_id', 'is not UTF-8 text');
refused(GET => '/api/incidents?tenant=%c3', 'tenant', 'is not UTF-8 text');
refused(GET => "/api/history?%ff=1", "\x{fffd}", 'is not UTF-8 text');
refused(GET => '/api/history?' . join('&', map {"a$_=1"} 1 .. 101), 'query', 'has too many arguments');
is($t->cgi(GET => '/api/history?x=1')->{status}, 401, 'nobody is told without signing in');
is($t->cgi(GET => '/api/history?&status=&', {%ada})->{status}, 200, 'nothing between two & is nothing');
is($t->psql('SELECT count(*) FROM webhook_log'), 1, 'nothing was deleted');

# --- what is known and cannot be ------------------------------------------------------------------------
my $address = 'takes one IPv4 or IPv6 address';
refused(GET => "/api/history?source_ip=$_", 'source_ip', $address) for qw(abc 10.0.0.0/8 10.0.0 ::1::);
refused(DELETE => '/api/history?source_ip=10.0.0.0/8', 'source_ip', $address);
refused(GET => '/api/history/export?source_ip=x', 'source_ip', $address);
my $many = $t->cgi(POST => '/api/history/replay', { %ada, json => { filter => { source_ip => 'x' } } });
is_deeply([$many->{status}, $many->{json}{field}], [422, 'source_ip'], 'in the filter of a replay too');
$t->psql("UPDATE webhook_log SET source_ip = '2001:db8::1'");
is(scalar @{ $t->cgi(GET => '/api/history?source_ip=2001:DB8:0:0::0001', {%ada})->{json}{items} }, 1, 'an address is found however it is written');
my ($exit, undef, $err) = $t->ctl(qw(history --source-ip 10.0.0.0/8));
is_deeply([$exit, $err], [100, "hookwisectl: history: --source-ip: \"10.0.0.0/8\" is not one IPv4 or IPv6 address\n"], 'so does hookwisectl');
is(scalar @{ $t->ctl_json(qw(history --source-ip 2001:db8:0::1))->{items} }, 1, 'which finds it too');
refused(GET => "/api/history?limit=$_", 'limit', 'takes a whole number from 1 to 1000') for qw(0 1001 x -1);
for my $plus ('%2B', '+') { # east of Greenwich is + here; PostgreSQL's zones count the other way round
    my ($east) = $t->psql(q{SELECT to_char(created_at AT TIME ZONE '-03' + interval '1 second', 'YYYY-MM-DD"T"HH24:MI:SS') FROM webhook_log});
    is(scalar @{ $t->cgi(GET => "/api/history?to=$east${plus}03:00", {%ada})->{json}{items} }, 1, "a time with ${plus}03:00");
    is(scalar @{ $t->cgi(GET => "/api/history?from=$east${plus}03:00", {%ada})->{json}{items} }, 0, 'that is what it says');
}
refused(GET => '/api/history?from=yesterday', 'from', 'takes a time such as 2026-11-20T06:14:08Z');
is_deeply([@{ $t->cgi(GET => '/api/endpoints?cursor=nobody', {%ada})->{json} }{qw(error field message)}],
    ['bad-cursor', 'cursor', 'is not one that a page gave as next, or its endpoint is gone'], 'a cursor that is none');

is_deeply([@{ $t->cgi(GET => '/api/endpoints?preset=kuma', {%ada})->{json} }{qw(error field message)}],
    ['bad-value', 'preset', 'there is no preset of that name'], 'a preset that is none');
is(scalar @{ $t->cgi(GET => '/api/endpoints?preset=uptime-kuma', {%ada})->{json}{items} }, 1, 'one that is');
($exit, undef, $err) = $t->ctl(qw(history --endpoint Kumo));
is("$exit $err", qq(100 hookwisectl: history: --endpoint: there is no endpoint "Kumo", and no history of one\n), 'an endpoint that never was');
is(scalar @{ $t->ctl_json('history', '--endpoint', $_)->{items} }, 1, "the history of $_") for 'Kuma', $ep->{id};
$t->psql("UPDATE webhook_log SET config_id = 'gone-one'; UPDATE webhook_stat SET endpoint_id = 'gone-one'");
is(scalar @{ $t->ctl_json(qw(history --endpoint gone-one))->{items} }, 1, 'and of one that was deleted');

# --- paths ---------------------------------------------------------------------------------------------------
for my $path ("/api/endpoints/%ff", "/api/users/a%00b", "/api/\xff") {
    my $answer = $t->cgi(GET => $path, {%ada});
    is_deeply([$answer->{status}, $answer->{json}{error}], [404, 'no-route'], 'a path that is no text leads nowhere');
}

# --- every list, page by page ------------------------------------------------------------------------------------
my $api = decode_json(slurp('htdocs/openapi.json'));
my $row = sub { my ($ref) = @_; return $ref->{'$ref'} ? $api->{components}{parameters}{ $ref->{'$ref'} =~ s{.*/}{}r } : $ref };
$t->cgi(POST => '/api/tenantmap', { %ada, json => { pattern => $_, company => 'X' } }) for qw(one two);
$t->cgi(POST => '/api/apikeys', { %ada, json => { name => $_, role => 'viewer' } }) for qw(one two);
$t->cgi(POST => "/api/incidents/$incident/notes", { %ada, json => { text => $_ } }) for qw(one two);
$t->endpoint(name => "More $_", maintenance_windows => [{ type => 'daily', start => '01:00', end => '02:00' }]) for 1, 2;
$t->ctl({ stdin => "open sesame\n" }, qw(user add vic --role viewer --password-stdin));
for my $path (sort keys %{ $api->{paths} }) {
    my $op = $api->{paths}{$path}{get} || next;
    my $list = ($op->{responses}{200}{content}{'application/json'}{schema} || next);
    my @parts = map { $_->{properties} || {} } $list, @{ $list->{allOf} || [] };
    next unless grep { $_->{items} && $_->{next} } @parts;
    next if $path eq '/api/stats/history' || $path =~ m{^/api/cw/};    # so many points; a PSA that is not there
    my %has = map { $row->($_)->{name} => 1 } @{ $op->{parameters} || [] };
    ok($has{limit} && $has{cursor}, "$path: limit and cursor are described");
    my $where = $path =~ s/\{id\}/$path =~ m{incidents} ? $incident : $ep->{id}/er;
    my $first = $t->cgi(GET => "$where?limit=1", {%ada});
    cmp_ok(scalar @{ $first->{json}{items} || [] }, '<=', 1, "$where: a page of one row") or diag $first->{body};
    is($t->cgi(GET => "$where?limit=0", {%ada})->{status}, 422, "$where: no row is no page");
    is($t->cgi(GET => "$where?cursor=nonsense!", {%ada})->{json}{error}, 'bad-cursor', "$where: a cursor that is none");
    next unless defined $first->{json}{next};
    my $second = $t->cgi(GET => "$where?limit=1&cursor=$first->{json}{next}", {%ada});
    is(scalar @{ $second->{json}{items} }, 1, "$where: the next page") or diag $second->{body};
    isnt(Mojo::JSON::encode_json($second->{json}{items}), Mojo::JSON::encode_json($first->{json}{items}), 'which has another row');
}

$t->done;
