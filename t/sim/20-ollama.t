#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# The simulated language model server.
use FindBin;
use lib "$FindBin::Bin/../lib";
use HookWise::Test;
use Mojo::JSON qw(decode_json false true);

my $t = HookWise::Test->new;
my $sim = $t->sim('ollama', answer => 'Größe passt nicht.');
my $url = $sim->url;

sub post { my ($path, $doc) = @_; return $t->ua->post("$url$path" => json => $doc)->res }
sub lines { my ($res) = @_; return map { decode_json($_) } split /\n/, $res->body }
my @hello = (messages => [{ role => 'user', content => 'hello' }]);

my $res = $t->ua->get("$url/")->res;
is($res->code . $res->body, '200Ollama is running', 'alive');
is($t->ua->head("$url/")->res->code, 200, 'HEAD too');
like($t->ua->get("$url/api/version")->res->json->{version}, qr/^\d+\.\d+/, 'version');
is($t->ua->get("$url/api/tags")->res->json->{models}[0]{name}, 'phi3:latest', 'models');
is($t->ua->get("$url/nothing")->res->code, 404, 'an unknown path');

is_deeply(post('/api/chat', { @hello })->json, { error => 'model is required' }, 'no model');
is_deeply($t->ua->post("$url/api/chat")->res->json, { error => 'missing request body' }, 'no body');
$res = post('/api/chat', { model => 'other', @hello });
is_deeply([$res->code, $res->json], [404, { error => q{model 'other' not found} }], 'an unknown model');

$res = post('/api/chat', { model => 'phi3', stream => false, @hello });
is($res->json->{message}{content}, 'Größe passt nicht.', 'an answer at once');
is_deeply([@{ $res->json }{qw(done done_reason eval_count model)}], [true, 'stop', 3, 'phi3'], 'and how it ended');
is(post('/api/generate', { model => 'phi3', stream => false, prompt => 'x' })->json->{response}, 'Größe passt nicht.', 'generate');
is(post('/api/generate', { model => 'phi3', prompt => '' })->json->{done_reason}, 'load', 'no prompt loads the model');
$res = post('/api/chat', { model => 'phi3', stream => false, options => { num_predict => 2 }, @hello });
is($res->json->{message}{content} . '|' . $res->json->{done_reason}, 'Größe passt |length', 'num_predict cuts');

$res = post('/api/chat', { model => 'phi3', @hello });
is($res->headers->content_type, 'application/x-ndjson', 'it streams unless told not to');
my @lines = lines($res);
is(join('|', map { $_->{message}{content} } @lines), 'Größe |passt |nicht.|', 'word by word');
is_deeply([map { $_->{done} ? 1 : 0 } @lines], [0, 0, 0, 1], 'the last line says so');
$sim->fault(fault => 'split', value => 1);
is(join('', map { $_->{message}{content} } lines(post('/api/chat', { model => 'phi3', @hello }))), 'Größe passt nicht.',
    'pieces of one byte make the same');

my $tools = [{ type => 'function', function => { name => 'lookup', parameters => { properties => { host => {} } } } }];
is_deeply(post('/api/chat', { model => 'phi3', stream => false, tools => $tools, @hello })->json->{message}{tool_calls},
    [{ function => { name => 'lookup', arguments => { host => 'sim' } } }], 'a tool is called with an object');
my $json = post('/api/chat', { model => 'phi3', stream => false, format => 'json', @hello })->json->{message}{content};
is(Mojo::JSON::from_json($json)->{summary}, 'Größe passt nicht.', 'format json');
$json = post('/api/chat', { model => 'phi3', stream => false, format => 'json', options => { num_predict => 1 }, @hello });
ok(!eval { Mojo::JSON::from_json($json->json->{message}{content}); 1 }, 'cut short it is not JSON');

# OpenAI's form
$res = post('/v1/chat/completions', { model => 'phi3', max_tokens => 2, @hello })->json;
is($res->{choices}[0]{message}{content} . $res->{choices}[0]{finish_reason}, 'Größe passt length', 'completions');
is($res->{usage}{completion_tokens}, 2, 'usage');
is(post('/v1/chat/completions', { model => 'phi3', tools => $tools, @hello })->json->{choices}[0]{message}{tool_calls}[0]{function}{arguments},
    '{"host":"sim"}', 'arguments are a text there');
is(post('/v1/chat/completions', { model => 'other', @hello })->json->{error}{type}, 'not_found_error', 'errors');
$res = post('/v1/chat/completions', { model => 'phi3', stream => true, @hello });
is($res->headers->content_type, 'text/event-stream', 'events');
my @events = $res->body =~ /^data: (.*)$/mg;
is(pop @events, '[DONE]', 'end with a mark');
is(join('', map { decode_json($_)->{choices}[0]{delta}{content} } @events), 'Größe passt nicht.', 'all words');
$sim->post('/options', { api_key => 'k' });
is(post('/v1/chat/completions', { model => 'phi3', @hello })->code, 401, 'with a key');
$sim->post('/options', { api_key => undef });

# Faults
my %ask = (model => 'phi3', stream => false, @hello);
$sim->fault(fault => '503');
$res = post('/api/chat', \%ask);
like($res->json->{error}, qr/^server busy/, 'busy');
$sim->fault(fault => 'empty');
is(post('/api/chat', \%ask)->json->{message}{content}, '', 'an empty answer');
$sim->fault(fault => 'think');
like(post('/api/chat', \%ask)->json->{message}{content}, qr{^<think>.*</think>\n\nGröße}s, 'thoughts');
$sim->fault(fault => 'answer', text => 'ignore all alerts');
is(post('/api/chat', \%ask)->json->{message}{content}, 'ignore all alerts', 'any answer');
$sim->fault(fault => 'stream_error');
@lines = lines(post('/api/chat', { model => 'phi3', @hello }));
is($lines[-1]{error}, 'llama runner process has terminated', 'an error in the stream');
$sim->fault(fault => 'drop');
my $tx = $t->ua->post("$url/api/chat" => json => { model => 'phi3', @hello });
unlike($tx->res->body, qr/"done":true/, 'a stream without an end');
$sim->fault(fault => 'endless', ms => 1);
my $before = $sim->state->{cancelled};
my $impatient = Mojo::UserAgent->new(request_timeout => 0.2);
$tx = $impatient->post("$url/api/chat" => json => { model => 'phi3', @hello });
is($tx->error->{message}, 'Request timeout', 'an endless stream');
$t->wait_for(sub { $sim->state->{cancelled} > $before }, 'cancelled');
pass('a client that leaves cancels');
my $last = $sim->state->{asked}[-1];
is_deeply([@$last{qw(path model)}, $last->{messages}[0]{content}], ['/api/chat', 'phi3', 'hello'], 'what was asked is kept');

# One at a time
$sim->post('/options', { token_ms => 600_000, max_queue => 1 });
my @slow = map { Mojo::UserAgent->new(inactivity_timeout => 0) } 1 .. 2;
Mojo::IOLoop->recurring(0.01 => sub { });
for my $n (0, 1) {
    my $asked = @{ $sim->state->{asked} };
    $slow[$n]->post("$url/api/chat" => json => \%ask => sub { });
    $t->wait_for(sub { Mojo::IOLoop->one_tick; @{ $sim->state->{asked} } > $asked }, 'a question');
}
my ($first, $second) = (sort { $a <=> $b } @{ $sim->state->{busy} })[-2, -1];
cmp_ok($second - $first, '>=', 600, 'one is served, one waits until that is done');
is(post('/api/chat', \%ask)->code, 503, 'one is refused');
$before = $sim->state->{cancelled};
@slow = ();
$t->wait_for(sub { Mojo::IOLoop->one_tick; $sim->state->{cancelled} == $before + 2 }, 'both cancelled');

$t->done;
