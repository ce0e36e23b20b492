#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# The addresses PSAs post to: which endpoint they lead to, who may use them, and what they tell.
use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/lib";
use HookWise::Test;
use Digest::SHA qw(hmac_sha256_base64 sha256);
use Mojo::JSON qw(encode_json false true);
use Records;

my $t = HookWise::Test->new;
$t->redis;
$t->httpd(<<'EOT');
HookwiseRedis %%REDIS%%
# One child: another one would not know what this one has learnt.
MaxRequestWorkers 25
HookwiseKeyFile %%KEYFILE%%
HookwiseAuthFailures 0
<LocationMatch "^/webhooks/(?:[^/]+/ticket|test|health)/?$">
    SetHandler hookwise-sync
</LocationMatch>
EOT

my $body = '{"ticket_id":7,"event":"ticket.updated"}';
sub post { my ($path, $headers) = @_; return $t->post("/webhooks/$path", $headers || {}, $body) }
sub says {
    my ($res, $code, $message, $what) = @_;
    is_deeply([$res->code, $res->json->{message}], [$code, $message], $what) or diag $res->body;
    return;
}
my %none = map { $_ => false } qw(connectwise halopsa autotask freshservice superops);

# --- nothing is published -------------------------------------------------------------------------
my $res = $t->get('/webhooks/health');
is($res->code, 503, 'health is not known before anything is published');
is_deeply($res->json, { status => 'unknown', webhooks_enabled => false, providers => \%none }, 'and says so');
says(post('freshservice/ticket'), 503, 'The webhook cannot be stored now', 'nor is a ticket taken');

# --- no endpoint ----------------------------------------------------------------------------------
publish($t, 'alerts', preset => 'generic');
is_deeply($t->get('/webhooks/health')->json, { status => 'ok', webhooks_enabled => false, providers => \%none },
    'no provider has an endpoint');
says(post('freshservice/ticket'), 404, 'No endpoint mirrors tickets of freshservice', 'no endpoint of that provider');
says(post('zendesk/ticket'), 404,
    'There is no such provider: connectwise, halopsa, autotask, freshservice or superops is expected',
    'no such provider');
says(post('test'), 404, 'No endpoint mirrors tickets', 'nothing to test against');
is($t->get('/webhooks/freshservice/ticket')->code, 405, 'GET is no way to tell of a ticket');

# --- one endpoint ---------------------------------------------------------------------------------
publish($t, 'fresh', preset => 'freshservice');
$t->redis_cli('HSET', 'hw:sync', freshservice => 'fresh');
$res = $t->get('/webhooks/health');
is_deeply([$res->code, $res->json], [200, { status => 'ok', webhooks_enabled => true,
    providers => { %none, freshservice => true } }], 'it shows in health');
unlike($res->body, qr/fresh"|tok-/, 'without its id');
$res = post('freshservice/ticket', { 'X-Webhook-Secret' => 'tok-fresh' });
is($res->code, 202, 'taken, with the token in X-Webhook-Secret') or diag $res->body;
my $ev = event_of($t, $res->json->{request_id});
is_deeply([@$ev{qw(ep k a b)}], ['fresh', 'webhook', 'header', $body], 'as an event of the endpoint');
unlike($ev->{h}, qr/tok-fresh/, 'which does not hold the secret');
is(post('freshservice/ticket', { Authorization => 'Bearer tok-fresh' })->code, 202, 'or as Bearer');
is(post('freshservice/ticket?token=tok-fresh')->code, 202, 'or in the address');
says(post('freshservice/ticket', { 'X-Webhook-Secret' => 'guess' }), 401, 'Credentials are missing or wrong', 'a wrong secret');
says(post('freshservice/ticket'), 401, 'Credentials are missing or wrong', 'none');
says(post('halopsa/ticket', { 'X-Webhook-Secret' => 'tok-fresh' }), 404, 'No endpoint mirrors tickets of halopsa',
    'another provider');

$res = post('test', { 'X-Webhook-Secret' => 'tok-fresh' });
is($res->code, 200, 'a test of the secret');
like(delete $res->json->{timestamp}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/, 'says when');
is_deeply({ %{ $res->json }, timestamp => '' }, { status => 'ok', message => 'Webhook authentication successful',
    source_ip => '127.0.0.1', timestamp => '' }, 'and from where');
says(post('test', { 'X-Webhook-Secret' => 'guess' }), 401, 'Credentials are missing or wrong', 'a wrong one');
$res = $t->ua->post('http://127.0.0.1:' . $t->port . '/webhooks/test', { 'X-Webhook-Secret' => 'tok-fresh' })->res;
is($res->code, 200, 'a test needs no body');
is(scalar(grep { ($_->{rj} // '') eq '' } events($t)), 3, 'and stores nothing');

# --- several: the one whose credentials fit --------------------------------------------------------
my $key = 'signing-key-of-acme';
publish($t, 'cw-one', preset => 'connectwise');
publish($t, 'cw-two', preset => 'connectwise', bearer => false,
    auth => fernet($t, encode_json([{ scheme => 'connectwise', secret => $key }])));
publish($t, 'cw-far', preset => 'connectwise', bearer => false, trusted_ips => '192.0.2.0/24');
$t->redis_cli('HSET', 'hw:sync', connectwise => 'cw-far cw-one cw-two');
my $sign = hmac_sha256_base64($body, sha256($key)) . '=';
my $taken = sub { my $r = post('connectwise/ticket', @_); return $r->code == 202 ? event_of($t, $r->json->{request_id})->{ep} : $r->code };
is($taken->({ 'x-content-signature' => $sign }), 'cw-two', 'by its signature');
is($taken->({ 'X-Webhook-Secret' => 'tok-cw-one' }), 'cw-one', 'by its token');
is($taken->({ 'X-Webhook-Secret' => 'tok-cw-two' }), 401, 'a token that is none');
is(post('test', { 'x-content-signature' => $sign })->code, 200, 'a test by signature');
$t->redis_cli('HSET', 'hw:sync', connectwise => 'cw-far');
says(post('connectwise/ticket', { 'x-content-signature' => $sign }), 403, 'Your address is not allowed here', 'an address that is not allowed');

# A record that was changed a moment ago is the one in force.
publish($t, 'fresh', preset => 'freshservice', tokens => [{ sha256 => Digest::SHA::sha256_hex('new'), until => 0 }]);
is(post('freshservice/ticket', { 'X-Webhook-Secret' => 'new' })->code, 202, 'a new token counts at once');
is(post('freshservice/ticket', { 'X-Webhook-Secret' => 'tok-fresh' })->code, 401, 'the old one no more');

# --- Redis loses what was published: what the child knew goes on ------------------------------------
$t->redis_cli('FLUSHALL');
is_deeply($t->get('/webhooks/health')->json->{providers}{freshservice}, true, 'still known after a flush');

$t->done;
