#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# The simulated chat services.
use FindBin;
use lib "$FindBin::Bin/../lib";
use HookWise::Test;
use Mojo::JSON qw(false true);

my $t = HookWise::Test->new;
my $sim = $t->sim('chat', token => 'xoxb-1', sig => 'S');
my $url = $sim->url;

sub post { my ($path, $doc, %headers) = @_; return $t->ua->post("$url$path" => \%headers => json => $doc)->res }
sub said { my ($res) = @_; return $res->code . ' ' . $res->body }

# Slack's incoming webhook
my $hook = '/services/T1/B1/x';
is(said(post($hook, { text => 'hello' })), '200 ok', 'a message');
is(said(post($hook, {})), '400 no_text', 'no text');
is(said($t->ua->post("$url$hook" => {} => 'text')->res), '400 invalid_payload', 'not JSON');
$sim->fault(fault => 'says', status => 410, text => 'channel_is_archived');
is(said(post($hook, { text => 'x' })), '410 channel_is_archived', 'a word of refusal');
$sim->fault(fault => '429', retry_after => 3);
my $res = post($hook, { text => 'x' });
is($res->code . $res->headers->header('Retry-After'), '4293', 'too many');

# Slack's Web API
my %auth = (Authorization => 'Bearer xoxb-1');
is_deeply(post('/api/chat.postMessage', { channel => 'C1', text => 'x' })->json, { ok => false, error => 'not_authed' }, 'no token');
is_deeply(post('/api/chat.postMessage', { channel => 'C1', text => 'x' }, Authorization => 'Bearer y')->json,
    { ok => false, error => 'invalid_auth' }, 'a wrong one');
is(post('/api/chat.postMessage', { text => 'x' }, %auth)->json->{error}, 'channel_not_found', 'no channel');
$res = post('/api/chat.postMessage', { channel => 'C1', text => 'x' }, %auth)->json;
is_deeply([@$res{qw(ok channel)}], [true, 'C1'], 'a message');
is(post('/api/chat.update', { channel => 'C1', text => 'y', ts => $res->{ts} }, %auth)->json->{ts}, $res->{ts}, 'changed');
$sim->fault(fault => 'says', text => 'is_archived');
is_deeply(post('/api/chat.postMessage', { channel => 'C1', text => 'x' }, %auth)->json, { ok => false, error => 'is_archived' },
    'refused with status 200');

# Teams
my $flow = '/workflows/abc/triggers/manual/paths/invoke?api-version=1&sig=S';
my %card = (type => 'message', attachments => [{ contentType => 'application/vnd.microsoft.card.adaptive',
    content => { type => 'AdaptiveCard', version => '1.2', body => [{ type => 'TextBlock', text => 'x' }] } }]);
is(said(post($flow, \%card)), '202 ', 'a card');
is(post($flow =~ s/sig=S/sig=T/r, \%card)->json->{error}{code}, 'DirectApiAuthorizationRequired', 'a wrong signature');
is(post($flow, { text => 'x' })->code, 400, 'no card');
is(post($flow, { %card, filler => 'x' x 28672 })->code, 413, 'too large');
is(said(post('/webhookb2/a@b/IncomingWebhook/c/d', { text => 'x' })), '200 1', 'a connector');
$sim->fault(fault => 'says', text => 'Microsoft Teams endpoint returned HTTP error 429');
is(said(post('/webhookb2/a', { text => 'x' })),
    '200 Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429', 'its failure has status 200');

# Webex
is(post('/v1/messages', { roomId => 'r', text => 'x' })->code, 401, 'no token');
is(post('/v1/messages', { roomId => 'r', text => 'x' }, %auth)->json->{text}, 'x', 'a message');
is(post('/v1/messages', { text => 'x' }, %auth)->code, 400, 'to nobody');
is(post('/v1/messages', { roomId => 'r', markdown => 'x' x 7439 }, %auth)->code, 200, '7439 bytes');
$res = post('/v1/messages', { roomId => 'r', markdown => 'ü' x 3720 }, %auth);
is($res->code, 400, 'counted in bytes');
is($res->json->{trackingId}, $res->headers->header('trackingId'), 'with an id to ask about');
is(post('/v1/webhooks/incoming/abc', { markdown => 'x' })->code, 204, 'a webhook');

is(scalar @{ $sim->state->{messages} }, 22, 'messages are kept');
is_deeply([@{ $sim->state->{messages}[0] }{qw(service document)}], ['slack_hook', { text => 'hello' }], 'with their text');

$t->done;
