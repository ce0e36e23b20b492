#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# What hookwised asks for the pages: lists of the PSA, a test of the connection, the model.
use FindBin;
use lib "$FindBin::Bin/../lib";
use HookWise::Test;
use HookWise::Test::Cgi;

my $t = HookWise::Test->new;
my $sim = $t->connectwise;
my $ollama = $t->sim('ollama');
$t->conf(OLLAMA_HOST => $ollama->url, CW_RATE_PER_MINUTE => 60000);
my %as = $t->cgi_servers(ada => 'owner', vic => 'viewer', tom => 'operator@acme');
my %ada = %{ $as{ada} };
my %vic = %{ $as{vic} };
my %tom = %{ $as{tom} };
my $ep = $t->cgi(POST => '/api/endpoints', { %ada, json => { name => 'Kuma' } })->{json};

sub refused {
    my ($answer, $status, $error, $message, $what) = @_;
    is_deeply([$answer->{status}, $answer->{json}{error}], [$status, $error], $what) or diag $answer->{body};
    like($answer->{json}{message}, $message, "$what: in words");
    return;
}

# --- nobody is there ------------------------------------------------------------------------------
refused($t->cgi(GET => '/api/cw/boards', {%vic}), 503, 'no-worker', qr/^no hookwised answers; look whether it runs\z/, 'without hookwised');
is_deeply($t->cgi(GET => '/health/llm', {%vic})->{json}, { status => 'unknown', message => 'no hookwised answers; look whether it runs' },
    'nor is anything known of the model');
is($t->redis_cli('LLEN', 'hw:ask'), 0, 'nothing is asked that nobody hears');
like($t->cgi_log, qr{\Ahookwise\.cgi: GET /api/cw/boards: no hookwised answers; look whether it runs\n\z}, 'the log says so');

# --- lists --------------------------------------------------------------------------------------------
$t->hookwised;
$t->wait_for(sub { $t->cgi(GET => '/api/cw/boards', {%vic})->{status} == 200 }, 'hookwised answers');
my $boards = $t->cgi(GET => '/api/cw/boards', {%vic})->{json};
my ($alerts) = grep { $_->{name} eq 'Alerts' } @{ $boards->{items} };
ok($alerts, 'boards') or diag explain $boards;
is($boards->{next}, undef, 'all of them');
my %some = (priorities => 'name', companies => 'identifier', "statuses/$alerts->{id}" => 'name', "types/$alerts->{id}" => 'name',
    "subtypes/$alerts->{id}" => 'name', "items/$alerts->{id}" => 'name');
for my $path (sort keys %some) {
    my $answer = $t->cgi(GET => "/api/cw/$path", {%vic});
    ok($answer->{status} == 200 && length($answer->{json}{items}[0]{ $some{$path} } // ''), $path) or diag $answer->{body};
}
my ($company) = @{ $t->cgi(GET => '/api/cw/companies', {%vic})->{json}{items} };
is_deeply([map { $_->{identifier} } @{ $t->cgi(GET => "/api/cw/companies?q=$company->{identifier}", {%vic})->{json}{items} }],
    [$company->{identifier}], 'a company by its name');
my $asked = () = grep { $_->{path} =~ m{/service/boards\?} || $_->{path} eq '/service/boards' } $sim->requests;
$t->cgi(GET => '/api/cw/boards', {%vic}) for 1 .. 3;
is(scalar(grep { $_->{path} =~ m{/service/boards\?} || $_->{path} eq '/service/boards' } $sim->requests), $asked, 'lists are remembered');
refused($t->cgi(GET => '/api/cw/types/x', {%vic}), 422, 'bad-request', qr/its id is needed/, 'no board');

# --- the test of the connection --------------------------------------------------------------------------
my $test = $t->cgi(POST => '/api/cw/test', {%ada})->{json};
ok($test->{ok}, 'ConnectWise lets us in') or diag explain $test;
like($test->{message}, qr/^ConnectWise lets us in and shows \d+ boards?\z/, 'in words');
is($t->cgi(POST => '/api/cw/test', {%vic})->{status}, 403, 'for admins');
$sim->fault(match => { method => 'GET', path => '/service/boards' }, fault => 401, times => -1);
$test = $t->cgi(POST => '/api/cw/test', {%ada})->{json};
ok(!$test->{ok}, 'it does not') or diag explain $test;
like($test->{message}, qr/401/, 'and says why, though lists are remembered');
$sim->ua->delete($sim->url . '/_sim/fault');

# --- chat targets -------------------------------------------------------------------------------------------
my $chatty = $t->cgi(POST => '/api/endpoints', { %ada, json => { name => 'Chatty', notify => [
    { type => 'slack', id => 'one', name => 'Ops', url => 'https://localhost:9/services/secret' },
    { type => 'webex', id => 'two', token => 'verysecret', email => 'ops@example.com' }] } })->{json};
is_deeply([map { $_->{url} // $_->{token} } @{ $chatty->{notify} }], ['https://localhost:9/********', '********'], 'secrets of targets are not shown');
my $try = "/api/endpoints/$chatty->{id}/notify-test";
is_deeply($t->cgi(POST => $try, { %ada, json => { target => 'one' } })->{json}{items}, [{ id => 'one', type => 'slack', name => 'Ops', ok => Mojo::JSON->false,
    message => 'POST https://localhost:9/********: its address is not a public one, and NOTIFY_NETWORKS does not list it' }], 'a test message, and why it does not come');
refused($t->cgi(POST => $try, { %ada, json => { target => 'three' } }), 422, 'bad-request', qr/is none of the endpoint's targets/, 'no such target');
refused($t->cgi(POST => "/api/endpoints/$ep->{id}/notify-test", { %ada, json => {} }), 422, 'bad-request', qr/names no target/, 'no target');
is($t->cgi(POST => $try, { %vic, json => {} })->{status}, 403, 'for operators');
is($t->cgi(POST => $try, { %tom, json => {} })->{status}, 404, 'of that tenant');
is_deeply($t->cgi(GET => "/api/endpoints/$chatty->{id}/notifications", {%vic})->{json}, { items => [], next => undef }, 'a test is no message about an event');
refused($t->cgi(GET => "/api/endpoints/$chatty->{id}/notifications?cursor=x", {%vic}), 422, 'bad-cursor', qr/is not one of this list/, 'a foreign cursor');

# --- the model --------------------------------------------------------------------------------------------
my $model;
$t->wait_for(sub { $model = $t->cgi(GET => '/health/llm', {%vic}); ($model->{json}{status} // '') ne 'unknown' }, 'hookwised says how the model is');
is($model->{status}, 200, 'the model') or diag $model->{body};
ok($model->{json}{status} =~ /^(?:up|down)\z/ && exists $model->{json}{model}, 'says how it is') or diag $model->{body};
refused($t->cgi(POST => '/api/llm/preview', { %tom, json => { payload => 'x', endpoint_id => $ep->{id} } }), 404, 'no-endpoint', qr/there is no endpoint/,
    'an endpoint of another tenant');
refused($t->cgi(POST => '/api/llm/preview', { %ada, json => {} }), 422, 'bad-value', qr/is missing/, 'no payload');
my $preview = $t->cgi(POST => '/api/llm/preview', { %ada, json => { payload => { msg => 'disk full' }, endpoint_id => $ep->{id}, instructions => 'be short' } });
if ($model->{json}{status} eq 'up') {
    is($preview->{status}, 200, 'a preview') or diag $preview->{body};
    ok(length $preview->{json}{text}, 'is a text');
} else {
    is($preview->{status}, 502, 'no preview without it');
}

$t->done;
