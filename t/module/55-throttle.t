#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Addresses that keep coming with wrong credentials: 429, no work for Redis, and no harm to whoever
# has the right ones.
use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/lib";
use HookWise::Test;
use HookWise::Test::Poll qw(now);
use Records;

my $t = HookWise::Test->new;
$t->redis;
$t->httpd(<<'EOC');
HookwiseRedis %%REDIS%%
HookwiseKeyFile %%KEYFILE%%
ServerLimit 1
MaxRequestWorkers 25
RemoteIPHeader X-Forwarded-For
RemoteIPInternalProxy 127.0.0.1
Listen 127.0.0.1:%%PORT:usual%%
Listen 127.0.0.1:%%PORT:off%%
<Location "/w">
    SetHandler hookwise-webhook
</Location>
<VirtualHost 127.0.0.1:%%PORT%%>
    HookwiseAuthFailures 5
</VirtualHost>
<VirtualHost 127.0.0.1:%%PORT:off%%>
    HookwiseAuthFailures 0
</VirtualHost>
<VirtualHost 127.0.0.1:%%PORT:usual%%>
</VirtualHost>
EOC
publish($t, 'lobby');
publish($t, 'signed', bearer => Mojo::JSON::false(), hmac => fernet($t, 'between us'));

sub ask {
    my ($from, $token, %o) = @_;
    return $t->ua->post(($o{url} || $t->url) . '/w/' . ($o{id} || 'lobby'),
        { 'X-Forwarded-For' => $from, Authorization => "Bearer $token" }, '{}')->res;
}
sub codes { my ($n, @ask) = @_; my %n; $n{ ask(@ask)->code }++ for 1 .. $n; return \%n }

# Times that endpoints were looked up.
sub looked_up { return join('', $t->redis_cli('INFO', 'commandstats')) =~ /cmdstat_hget:calls=(\d+)/ ? $1 : 0 }

my ($guest, $other) = ('203.0.113.5', '203.0.113.6');
is_deeply(codes(5, $guest, 'nope'), { 401 => 5 }, 'five wrong tokens are told that they are wrong');
my $res = ask($guest, 'nope');
is($res->code, 429, 'the sixth is told to wait');
is($res->json->{status}, 'error', 'an error');
is($res->json->{message}, 'Too many requests with wrong credentials came from your address', 'it says why');
like($res->headers->header('Retry-After'), qr/^(?:[1-9]|[1-5]\d|60)$/, 'and how long: to the end of the minute');
is($res->headers->www_authenticate, undef, 'no invitation to try again at once');
is(ask($guest, 'tok-lobby')->code, 202, 'the right token passes from there');
is(ask($guest, 'nope')->code, 429, 'which changes nothing for the wrong ones');
is(ask($other, 'nope')->code, 401, 'its neighbour is judged by itself');
is(ask($guest, 'x', id => 'signed')->code, 429, 'signatures count as well');
is(ask($guest, 'x', id => 'nobody')->code, 404, 'endpoints that are not there are told as ever');

my ($began, $before) = (now(), looked_up());
is_deeply(codes(200, $guest, 'nope'), { 429 => 200 }, 'a flood of them');
cmp_ok(looked_up() - $before, '<=', now() - $began + 1, 'asks Redis once in a second');
$before = looked_up();
is_deeply(codes(3, $other, 'nope'), { 401 => 3 }, 'an address below the limit');
is(looked_up() - $before, 6, 'has each of them looked up, and recorded');

publish($t, 'lobby', tokens => [{ sha256 => Digest::SHA::sha256_hex('fresh'), until => 0 }]);
$t->wait_for(sub { ask($guest, 'fresh')->code == 202 }, 'a new token passes from there, within a second');
is(ask($guest, 'tok-lobby')->code, 429, 'the old one does not');

is(ask("2001:db8:5:6::$_", 'nope')->code, 401, "number $_ of an IPv6 network") for 1 .. 5;
is(ask('2001:db8:5:6:7::8', 'nope')->code, 429, 'which is one sender');
is(ask('2001:db8:5:7::8', 'nope')->code, 401, 'the next network another');

my $off = 'http://127.0.0.1:' . $t->port('off');
is_deeply(codes(40, $guest, 'nope', url => $off), { 401 => 40 }, '0: any number');
my $usual = 'http://127.0.0.1:' . $t->port('usual');
is_deeply(codes(35, '198.51.100.9', 'nope', url => $usual), { 401 => 30, 429 => 5 }, 'thirty where nothing is said');

$t->wait_for(sub { counter($t, 'throttled', 'name of lobby') >= 200 }, 'they are counted');
my $told = 5 + 4 + 6 + 40 + 30;
$t->wait_for(sub { counter($t, 'unauthorized', 'name of lobby') >= $told }, 'so are those that were told');
is(counter($t, 'unauthorized', 'name of lobby'), $told, 'each once');

for my $bad (['many', 'not a number'], ['-1', 'negative'], ['1000001', 'too many']) {
    my ($rc, $said) = $t->configtest("HookwiseAuthFailures $bad->[0]\n");
    isnt($rc, 0, $bad->[1]);
    like($said, qr/HookwiseAuthFailures: a number of failures from 0 \(any number\) to 1000000 is expected, not \Q$bad->[0]\E/, 'says so');
}

$t->done;
