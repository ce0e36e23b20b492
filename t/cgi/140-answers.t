#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Answers are what openapi.json says: no member it does not tell of, none of another type.
use FindBin;
use lib "$FindBin::Bin/../lib";
use HookWise::Test;
use HookWise::Test::Cgi;
use HookWise::Tree qw(slurp);
use Mojo::JSON qw(decode_json);

my $api = decode_json(slurp('htdocs/openapi.json'));

# --- a small judge of schemas -----------------------------------------------------------------------
sub schema_of {
    my ($s) = @_;
    if (my $ref = $s->{'$ref'}) {
        my ($name) = $ref =~ m{/schemas/(\w+)\z};
        return schema_of($api->{components}{schemas}{$name});
    }
    return $s unless $s->{allOf};
    my %all = (type => 'object', properties => {});
    for my $part (map { schema_of($_) } @{ $s->{allOf} }) {
        $all{properties} = { %{ $all{properties} }, %{ $part->{properties} || {} } };
        $all{additionalProperties} ||= $part->{additionalProperties};
        push @{ $all{required} }, @{ $part->{required} || [] };
    }
    return \%all;
}

sub kind {
    my ($v) = @_;
    return 'null' unless defined $v;
    return 'object' if ref $v eq 'HASH';
    return 'array' if ref $v eq 'ARRAY';
    return 'boolean' if ref $v;
    require B;
    my $flags = B::svref_2object(\$v)->FLAGS;
    return 'string' if $flags & B::SVf_POK();
    return $flags & B::SVf_IOK() ? 'integer' : 'number';
}

sub faults {
    my ($schema, $v, $at) = @_;
    my $s = schema_of($schema);
    my $kind = kind($v);
    my @types = ref $s->{type} ? @{ $s->{type} } : $s->{type} // ();
    return "$at is $kind" if @types && !grep { $_ eq $kind || ($_ eq 'number' && $kind eq 'integer') } @types;
    return "$at is \"" . ($v // 'null') . '"' if $s->{enum} && !grep { ($_ // '') eq ($v // '') } @{ $s->{enum} };
    return map { faults($s->{items}, $v->[$_], "$at\[$_]") } 0 .. $#$v if $kind eq 'array' && $s->{items};
    return if $kind ne 'object';
    my $known = $s->{properties} || {};
    my @out = map {"$at.$_ is missing"} grep { !exists $v->{$_} } @{ $s->{required} || [] };
    for my $name (sort keys %$v) {
        if ($known->{$name}) { push @out, faults($known->{$name}, $v->{$name}, "$at.$name") }
        elsif (ref $s->{additionalProperties}) { push @out, faults($s->{additionalProperties}, $v->{$name}, "$at.$name") }
        elsif (%$known && !$s->{additionalProperties}) { push @out, "$at.$name is not told of" }
    }
    return @out;
}
is_deeply([faults({ type => 'object', properties => { a => { type => 'integer' } }, required => ['b'] }, { a => 'x', c => 1 }, 'v')],
    ['v.b is missing', 'v.a is string', 'v.c is not told of'], 'the judge finds faults');

# --- the calls -----------------------------------------------------------------------------------------
my $t = HookWise::Test->new;
$t->cgi_servers(ada => 'owner');
$t->hookwised;
my $ada = $t->cgi_login('ada', 'open sesame');
my %tried;

sub fits {
    my ($method, $pattern, $path, $json, $code) = @_;
    my $answer = $t->cgi($method => $path, { %$ada, $json ? (json => $json) : () });
    my $op = $api->{paths}{$pattern}{ lc $method };
    $tried{"$method $pattern"} = 1;
    $code //= '200';
    is($answer->{status}, $code, "$method $path") or diag $answer->{body};
    my $said = $op->{responses}{$code} || $api->{components}{responses}{Error};
    my ($schema) = map { $_->{schema} } values %{ $said->{content} || {} };
    is(join("\n", $schema && $answer->{json} ? faults($schema, $answer->{json}, '') : ()), '', 'as it is described');
    return $answer->{json};
}

my $ep = fits(POST => '/api/endpoints', '/api/endpoints', { name => 'Kuma', preset => 'uptime-kuma', hmac_secret => 'x',
    timeout_alerts_enabled => \1, maintenance_windows => [{ type => 'daily', start => '01:00', end => '02:00', timezone => 'UTC' }] }, 201);
my $one = "/api/endpoints/$ep->{id}";
my $down = { heartbeat => { status => 0 }, monitor => { name => 'web' } };
fits(PATCH => '/api/endpoints/{id}', $one, { maintenance_windows => undef });
my $test = fits(POST => '/api/endpoints/{id}/test', "$one/test", { payload => $down, wait_seconds => 10 }, 202);
fits(POST => '/api/endpoints/{id}/test', "$one/test", { payload => $down, wait_seconds => 10 }, 202);
my $row = $t->wait_for(sub { $t->cgi(GET => "/api/history?request_id=$test->{request_id}", $ada)->{json}{items}[0] }, 'its row');
fits(PATCH => '/api/endpoints/{id}', $one, { maintenance_windows => [{ type => 'daily', start => '01:00', end => '02:00' }] });
fits(PATCH => '/api/endpoints/{id}', $one, { notify => [{ type => 'slack', url => 'https://localhost:9/hook', on => ['failed'] }] });
fits(POST => '/api/endpoints/{id}/notify-test', "$one/notify-test", {});
$t->psql("INSERT INTO notification (endpoint_id, target, what, request_id, part, received_at) SELECT config_id, 'x', 'create', request_id, part, created_at FROM webhook_log WHERE id = $row->{id}");
is(scalar @{ fits(GET => '/api/endpoints/{id}/notifications', "$one/notifications?limit=1")->{items} }, 1, 'a message');
fits(GET => '/api/endpoints', '/api/endpoints');
fits(GET => '/api/endpoints/{id}', $one);
fits(GET => '/api/endpoints/fields', '/api/endpoints/fields');
fits(GET => '/api/endpoints/{id}/token', "$one/token");
fits(PUT => '/api/endpoints/order', '/api/endpoints/order', { ids => [$ep->{id}] });
fits(POST => '/api/endpoints/{id}/rotate', "$one/rotate", { overlap_seconds => 60 });
my $copy = fits(POST => '/api/endpoints/{id}/clone', "$one/clone", {}, 201);
fits(PUT => '/api/endpoints/{id}', "/api/endpoints/$copy->{id}", { name => 'Copy' });
fits(POST => '/api/endpoints/bulk', '/api/endpoints/bulk', { action => 'export', ids => [$ep->{id}, 'x'] });
fits(DELETE => '/api/endpoints/{id}', "/api/endpoints/$copy->{id}");
fits(POST => '/api/endpoints/{id}/dry-run', "$one/dry-run", { payload => $down });
fits(POST => '/api/dry-run', '/api/dry-run', { payload => $down, document => { name => 'x' } });
fits(GET => '/api/presets', '/api/presets');
fits(GET => '/api/tickets', '/api/tickets');
fits(GET => '/api/history', '/api/history?full=1');
fits(GET => '/api/history/{id}', "/api/history/$row->{id}");
fits(POST => '/history/replay/{log_id}', "/history/replay/$row->{id}", {}, 202);
fits(POST => '/api/history/replay', '/api/history/replay', { ids => [$row->{id}, 9999] }, 202);
fits(POST => '/api/history/replay', '/api/history/replay', { filter => {}, count_only => \1 });
my $job = $t->psql(q{INSERT INTO replay_job (tenant, filter, until, created_by, total) VALUES ('*', '{"status":"dlq"}', now(),
    'ada', 7) RETURNING id});
fits(GET => '/api/history/replays', '/api/history/replays');
fits(GET => '/api/history/replays/{id}', "/api/history/replays/$job");
fits(DELETE => '/api/history/replays/{id}', "/api/history/replays/$job");
fits(GET => '/api/history/replays/{id}', '/api/history/replays/9999', undef, 404);
fits(DELETE => '/api/history', '/api/history?status=dlq&count_only=1');
fits(GET => '/api/incidents', '/api/incidents');
fits(GET => '/api/incidents/{id}', "/api/incidents/$row->{ticket_id}");
fits(POST => '/api/incidents/{id}/notes', "/api/incidents/$row->{ticket_id}/notes", { text => 'x' }, 201);
fits(GET => '/api/incidents/{id}/notes', "/api/incidents/$row->{ticket_id}/notes");
fits(PATCH => '/api/incidents/{id}', "/api/incidents/$row->{ticket_id}", { status => 'closed' });
my $map = fits(POST => '/api/tenantmap', '/api/tenantmap', { pattern => 'a*', company => 'A' }, 201);
fits(GET => '/api/tenantmap', '/api/tenantmap');
fits(POST => '/api/tenantmap/test', '/api/tenantmap/test', { value => 'abc' });
fits(PUT => '/api/tenantmap/{id}', "/api/tenantmap/$map->{id}", { company => 'B' });
fits(DELETE => '/api/tenantmap/{id}', "/api/tenantmap/$map->{id}", undef, 204);
fits(GET => '/api/stats', '/api/stats');
fits(GET => '/api/stats/history', '/api/stats/history');
fits(GET => '/api/settings', '/api/settings');
fits(PUT => '/api/settings', '/api/settings', { MAX_RETRIES => 4 });
fits(GET => '/admin/maintenance', '/admin/maintenance');
fits(POST => '/admin/maintenance', '/admin/maintenance', { enabled => \0 });
fits(GET => '/api/maintenance/windows', '/api/maintenance/windows');
my $backup = fits(GET => '/admin/backup', '/admin/backup');
fits(POST => '/admin/restore', '/admin/restore', $backup);
$ada = $t->cgi_login('ada', 'open sesame');    # users were restored: sessions are over
fits(POST => '/admin/clear-cache', '/admin/clear-cache', {});
fits(POST => '/api/cw/test', '/api/cw/test', {});
fits(GET => '/health/llm', '/health/llm');
fits(GET => '/api/session', '/api/session');
my $user = fits(POST => '/api/users', '/api/users', { name => 'bob', role => 'viewer' }, 201);
fits(GET => '/api/users', '/api/users');
fits(GET => '/api/users/{name}', '/api/users/bob');
fits(PUT => '/api/users/{name}', '/api/users/bob', { role => 'operator' });
fits(PATCH => '/api/users/{name}', '/api/users/bob', { enabled => \0 });
my $key = fits(POST => '/api/apikeys', '/api/apikeys', { name => 'k', role => 'viewer' }, 201);
fits(GET => '/api/apikeys', '/api/apikeys');
fits(GET => '/api/audit', '/api/audit');
# Refusals.
fits(PATCH => '/api/endpoints/{id}', $one, { json_mapping => { summary => '$[' } }, 422);
fits(GET => '/api/history/{id}', '/api/history/9999', undef, 404);
fits(GET => '/api/cw/types/{board_id}', '/api/cw/types/1', undef, 422);

# What is not tried here has a test of its own, or needs a world outside.
my %elsewhere = map { $_ => 1 } 'POST /login', 'POST /logout', 'POST /api/session/password', 'POST /api/session/totp',
    'DELETE /api/users/{name}', 'DELETE /api/apikeys/{id}', 'GET /api/history/export', 'POST /api/llm/preview',
    map {"GET /api/cw/$_"} qw(boards priorities companies statuses/{board_id} subtypes/{board_id} items/{board_id});
my @left;
for my $path (sort keys %{ $api->{paths} }) {
    for my $method (sort keys %{ $api->{paths}{$path} }) {
        my $key_ = uc($method) . " $path";
        push @left, $key_ unless $api->{paths}{$path}{$method}{'x-served-by'} || $tried{$key_} || $elsewhere{$key_};
    }
}
is(join("\n", @left), '', 'every route is tried');
is($t->cgi_log, '', 'nothing was worth a line in the log');
$t->done;
