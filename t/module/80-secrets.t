#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Tokens, signatures and keys are in no log, no status page, no CGI variable and no event.
use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/lib";
use HookWise::Test;
use Digest::SHA qw(hmac_sha256_hex);
use IO::Socket::INET;
use Mojo::JSON;
use Records;

my $t = HookWise::Test->new;
$t->redis(requirepass => 'redis-secret-pw');
$t->file('redis.password', "redis-secret-pw\n");
$t->httpd(<<'EOT');
LogLevel debug hookwise:trace8
HookwiseRedis %%REDIS%%
HookwiseRedisPasswordFile %%DIR%%/redis.password
HookwiseKeyFile %%KEYFILE%%
LogFormat "%h %r %U %q %>s %{Referer}i" wide
CustomLog "%%DIR%%/httpd/wide.log" wide
ExtendedStatus On
<Location "/w">
    SetHandler hookwise-webhook
</Location>
<Location "/denied">
    SetHandler hookwise-webhook
    Require all denied
</Location>
<Location "/status">
    SetHandler server-status
</Location>
ErrorDocument 403 /plain.html
EOT
$t->file('httpd/htdocs/plain.html', 'denied');

my $token = 'QueryTokenThatMustStayHidden';
my $sum = Digest::SHA::sha256_hex($token);
publish($t, 'mute', tokens => [{ sha256 => $sum, until => 0 }], hmac => fernet($t, 'SharedHmacSecret'));
my $sign = hmac_sha256_hex('{}', 'SharedHmacSecret');

my $res = $t->post("/w/mute?a=b&token=$token&c=d", { 'X-HookWise-Signature' => $sign }, '{}');
is($res->code, 202, 'let in by the query');
my $ev = event_of($t, $res->json->{request_id});
is($ev->{q}, 'a=b&c=d', 'the rest of the query is kept');
unlike(join(' ', %$ev), qr/\Q$token\E|\Q$sign\E/, 'the event has no credentials');
is($t->post("/w/mute?token=$token", {}, '{}')->code, 401, 'no signature');
is($t->post("/w/mute?token=$token&token=$token", { 'X-HookWise-Signature' => $sign }, '{}')->code, 202,
    'twice in one query');
is($t->post('/w/mute', { Authorization => "Bearer $token", 'X-HookWise-Signature' => $sign }, '{}')->code,
    202, 'Bearer');
is($t->ua->post('http://user:' . $token . '@127.0.0.1:' . $t->port . '/w/mute',
        { 'X-HookWise-Signature' => $sign }, '{}')->res->code, 202, 'Basic');
is($t->post("/w/unknown?token=$token", {}, '{}')->code, 404, 'unknown endpoint');
is($t->get("/w/mute?token=$token")->code, 405, 'GET');
$t->expect_log(qr/client denied by server configuration/, optional => 1);
is($t->post("/denied/mute?x&token=$token", {}, '{}')->code, 403, 'denied before the handler');
is($t->get("/plain.html?token=harmless")->code, 200, "another application's token");

# What senders call their secrets nobody can list: "key", "auth" and the like in a name are enough.
my %made_up = map { ("X-$_" => "Hidden$_") } qw(Team-Key Our-Auth Bearer Snmp-Community Passphrase CSRF-Token Pwd Otp User_Pass);
my %shown = map { ("X-$_" => "Seen$_") } qw(Event-Key Incident-Key Dedup-Key Alert-Key Monkey Keyword Authority Passage Community2);
$res = $t->post('/w/mute', { %made_up, %shown, Authorization => "Bearer $token", 'X-HookWise-Signature' => $sign,
    'Idempotency-Key' => 'SeenIdempotency' }, '{}');
my $headers = Mojo::JSON::decode_json(event_of($t, $res->json->{request_id})->{h});
is(join(' ', sort grep {/^(?:Seen|Hidden)/} values %$headers), join(' ', sort 'SeenIdempotency', values %shown),
    'headers that sound like secrets are not kept, those that name a thing are');

# A request line httpd cannot take never comes to a location.
for my $line ("POST /w/mute?token=$token HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n",
    "POST /w/mute?token=$token HTTP/9.9\r\n\r\n", "POST /w/mute?token=$token HTTP/1.1\r\n\r\n") {
    my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $t->port);
    print $s $line;
    my $answer = do { local $/; <$s> };
    like($answer, qr{^HTTP/1\.1 [45]}, 'refused');
}

# While a request is under way its line is on the status page.
my $slow = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $t->port);
print $slow "POST /w/mute?slow=1&token=$token HTTP/1.1\r\nHost: x\r\nX-HookWise-Signature: $sign\r\n"
    . "Content-Length: 2\r\n\r\n{";
my $page = $t->wait_for(sub {
    my $p = $t->get('/status')->body;
    return $p =~ m{/w/mute\?slow=1} ? $p : undef;
}, 'status page');
unlike($page, qr/\Q$token\E/, 'status page');
print $slow '}';
like(scalar(<$slow>), qr/ 202 /, 'the slow one was taken');

my $logs = join '', map { open my $fh, '<', $_ or die "$_: $!"; local $/; <$fh> }
    glob($t->dir . '/httpd/*.log');
like($logs, qr{"POST /w/mute\?a=b&token=\*{8}&c=d HTTP/1\.1" 202}, 'the access log has it masked');
like($logs, qr{ /w/mute \?a=b&token=\*{8}&c=d 202}, 'query strings too');
like($logs, qr{GET /plain\.html\?token=harmless}, 'other applications are left alone');
my %secrets = (token => $token, signature => $sign, 'hmac secret' => 'SharedHmacSecret',
    'redis password' => 'redis-secret-pw', key => $t->key, 'token of Basic' =>
    MIME::Base64::encode_base64("user:$token", ''), digest => $sum);
for my $what (sort keys %secrets) {
    unlike($logs, qr/\Q$secrets{$what}\E/, "no $what in a log");
}
unlike(join(' ', counters($t)), qr/\Q$token\E/, 'nor in counters');

$t->done;
