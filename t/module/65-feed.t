#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# The live feed: who may listen, what is told, where it goes on, how many, and how it ends.
use FindBin;
use lib "$FindBin::Bin/../lib";
use HookWise::Test;
use Digest::SHA qw(sha256_hex);
use IO::Select;
use IO::Socket::INET;
use MIME::Base64 qw(encode_base64);
use Mojo::JSON qw(decode_json encode_json);
use Time::HiRes qw(time);

my $t = HookWise::Test->new;
$t->redis;
$t->postgres;
$t->conf;
$t->migrate;
for my $who (['ada', 'owner', '*'], ['vic', 'viewer', 'acme']) {
    $t->ctl({ stdin => "open sesame\n" }, 'user', 'add', $who->[0], '--role', $who->[1],
        '--tenant', $who->[2], '--password-stdin');
}
$t->ctl('cache', 'clear');    # publishes the users
my $conf = $t->httpd_conf . <<'EOT';
# One child, as long as no other one is needed: so streams are counted together.
StartServers 1
ThreadsPerChild 25
ThreadLimit 25
MinSpareThreads 1
MaxSpareThreads 25
ServerLimit 4
MaxRequestWorkers 100
HookwiseMaxStreams 3
<LocationMatch "^/(?:events|quiet)$">
    SetHandler hookwise-events
    AuthType Hookwise
    AuthName "HookWise"
    Require hookwise-role viewer
</LocationMatch>
<Location "/open">
    SetHandler hookwise-events
</Location>
<LocationMatch "^/site">
    SetHandler hookwise-events
    AuthType Basic
    AuthName "site"
    AuthBasicProvider file
    AuthUserFile "%%DIR%%/htpasswd"
    Require valid-user
</LocationMatch>
<Location "/site/roles">
    HookwiseRemoteUserRoles bob=viewer@acme,alice=operator dan=admin@globex
</Location>
<Location "/site/roles/operators">
    Require hookwise-role operator
    AuthzSendForbiddenOnFailure On
</Location>
EOT
my $hash = crypt 'open sesame', '$6$saltsalt';
$t->file('htpasswd', join '', map {"$_:$hash\n"} qw(alice bob carl));
$t->httpd($conf);

my $n = 0;
sub happen {
    my (%v) = @_;
    return $t->redis_cli('XADD', 'hw:live', '*', 'json', encode_json({ request_id => 'r' . ++$n, part => 0, tenant => 'default',
        config_id => 'kuma', status => 'processed', %v }));
}

# A stream: what came so far lies in {text}.
sub listen_to {
    my ($path, %o) = @_;
    my $user = $o{user} // 'ada';
    my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $t->port) or die "connect: $!\n";
    print $s "GET $path HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n"
        . ($user ? 'Authorization: Basic ' . encode_base64("$user:open sesame", '') . "\r\n" : '')
        . ($o{cookie} ? "Cookie: hookwise=$o{cookie}\r\n" : '')
        . (defined $o{last} ? "Last-Event-ID: $o{last}\r\n" : '') . "\r\n";
    my $stream = { socket => $s, text => '', ended => 0 };
    until_($stream, qr/\r\n\r\n/);
    ($stream->{head}) = $stream->{text} =~ /\A(.*?)\r\n\r\n/s;
    return $stream;
}

sub until_ {
    my ($stream, $re) = @_;
    my $end = time + 60;
    my $select = IO::Select->new($stream->{socket});
    while ($stream->{text} !~ $re && !$stream->{ended} && time < $end) {
        next unless $select->can_read(0.1);
        sysread($stream->{socket}, $stream->{text}, 65536, length $stream->{text}) or $stream->{ended} = 1;
    }
    return $stream->{text} =~ $re;
}

# request ids of the events so far
sub ids { my ($stream) = @_; return join ' ', $stream->{text} =~ /^data: \{.*?"request_id":"(\w+)"/mg }

# --- who may ------------------------------------------------------------------------------------
like(listen_to('/events', user => '')->{head}, qr{^HTTP/1\.1 401 }, 'nobody without signing in');
my $open = listen_to('/open', user => '');
like($open->{head}, qr{^HTTP/1\.1 403 }, 'a location without an AuthType shows nothing');
ok(until_($open, qr/"the feed is for those who are signed in"/), 'and says why');
$t->expect_log(qr/the live feed shows what HookWise receives: it needs an AuthType and Require/);
is($t->post('/events', { Authorization => 'Basic ' . encode_base64('ada:open sesame', '') })->code, 405, 'nothing is posted to it');

# --- what is told ---------------------------------------------------------------------------------
my $before = happen();
my $ada = listen_to('/events');
like($ada->{head}, qr{^HTTP/1\.1 200 .*^Content-Type: text/event-stream; charset=utf-8\r?$}ms, 'a stream of events');
like($ada->{head}, qr{^Cache-Control: no-store\r?$}m, 'nobody keeps it');
ok(until_($ada, qr/^retry: \d+$/m), 'when to come again');
ok(until_($ada, qr/^event: status\ndata: \{"live":true\}$/m), 'it is live');
my $vic = listen_to('/events', user => 'vic');
my $one = listen_to('/quiet?endpoint_id=other');
until_($_, qr/"live":true/) for $vic, $one;
my $first = happen();
my $second = happen(tenant => 'acme', config_id => 'other', summary => "a\nb");
ok(until_($ada, qr/^id: \Q$second\E$/m), 'events come with their ids');
is(ids($ada), 'r2 r3', 'those since it began, none from before');
ok(until_($_, qr/r3/), 'one of the tenant and the endpoint') for $vic, $one;
is(ids($vic), 'r3', 'who belongs to a tenant gets its events');
is(ids($one), 'r3', 'one endpoint');
my ($data) = $vic->{text} =~ /^data: (\{.*"request_id.*)$/m;
is(decode_json($data)->{summary}, "a\nb", 'as they were written');

# --- how many ---------------------------------------------------------------------------------------
my $much = listen_to('/events');
like($much->{head}, qr{^HTTP/1\.1 503 .*^Retry-After: 15\r?$}ms, 'one more than HookwiseMaxStreams');
ok(until_($much, qr/"error":"too-many"/), 'says so');
close $one->{socket};
my $again;
$t->wait_for(sub { $again = listen_to('/events', last => $first); $again->{head} =~ m{^HTTP/1\.1 200 } },
    'who has gone makes place');
ok(until_($again, qr/r3/), 'Last-Event-ID');
is(ids($again), 'r3', 'goes on behind it');
close $again->{socket};
$t->wait_for(sub { $again = listen_to('/events?tenant=default', last => '1-1'); $again->{head} =~ m{^HTTP/1\.1 200 } }, 'a place');
ok(until_($again, qr/^event: gap\n.*r1.*r2/ms), 'an id too old: what is missing is told, then what there is');
is(ids($again), 'r1 r2', 'of the tenant asked for');

# --- signed out meanwhile ---------------------------------------------------------------------------
close $again->{socket};
my $token = 'TokenOfASession' x 3;
my $key = 'hw:sess:' . sha256_hex($token);
my $known = decode_json($t->redis_cli('HGET', 'hw:user', 'vic'));
$t->redis_cli('SET', $key, encode_json({ user => 'vic', version => $known->{version}, csrf => 'x', created => int time }), 'EX', 600);
my $session;
$t->wait_for(sub { $session = listen_to('/events', user => '', cookie => $token); $session->{head} =~ m{^HTTP/1\.1 200 } }, 'a place for a session');
happen(tenant => 'acme');
ok(until_($session, qr/r4/), 'a session listens');
$t->redis_cli('EXPIRE', $key, 11); # longer than it takes until it is looked at
$t->ctl('user', 'update', 'vic', '--role', 'operator');
until_($vic, qr/(?!)/);
ok($vic->{ended}, 'whose role has changed has to come again');
like($vic->{text}, qr/r4/, 'what came before was told');
until_($session, qr/(?!)/);
ok($session->{ended}, 'a session runs out while somebody listens: that is no use of it');
$vic = listen_to('/events', user => 'vic');
$t->ctl('user', 'update', 'vic', '--disable');
until_($vic, qr/(?!)/);
ok($vic->{ended}, 'so does who was disabled');
like(listen_to('/events', user => 'vic')->{head}, qr{^HTTP/1\.1 401 }, 'and does not come in again');
happen();
ok(until_($ada, qr/r5/), 'others go on listening');

# --- users of the site ----------------------------------------------------------------------------------
for my $try (['/site', 'alice'], ['/site/roles', 'carl']) {
    my $stream = listen_to($try->[0], user => $try->[1]);
    like($stream->{head}, qr{^HTTP/1\.1 403 }, "$try->[1] at $try->[0]: whom another AuthType lets in sees nothing without a role");
    ok(until_($stream, qr/"you have no role here; HookwiseRemoteUserRoles gives one"/), 'and hears why');
}
$t->expect_log(qr/AH01631: user bob: authorization failure for "\/site\/roles\/operators"/);
like(listen_to('/site/roles/operators', user => 'bob')->{head}, qr{^HTTP/1\.1 403 }, 'Require hookwise-role knows these roles');
my $bob = listen_to('/site/roles?tenant=default', user => 'bob');
my $alice;
$t->wait_for(sub { $alice = listen_to('/site/roles/operators', user => 'alice'); $alice->{head} =~ m{^HTTP/1\.1 200 } }, 'an operator gets in');
until_($_, qr/"live":true/) for $bob, $alice;
happen();
happen(tenant => 'acme');
ok(until_($_, qr/r7/), 'they listen') for $bob, $alice;
is(ids($bob), 'r7', 'who belongs to a tenant gets its events, whatever he asks for');
is(ids($alice), 'r6 r7', 'who belongs to all gets all');
close $_->{socket} for $bob, $alice;

# --- one reader -----------------------------------------------------------------------------------------
my $readers = sub { return scalar(() = $t->redis_cli('CLIENT', 'LIST') =~ /cmd=xread/g) };
ok($t->wait_for(sub { $readers->() == 1 }, 'one reader'), 'one reads for all');

# --- Redis goes and comes ---------------------------------------------------------------------------------
$t->expect_log(qr/the live feed waits: /);
$t->expect_log(qr/Redis/, optional => 1);
$t->{redis}->proc->stop;
ok(until_($ada, qr/"live":false/), 'without Redis the feed says that it is not live');
$t->{redis}->start;
$t->ctl('cache', 'clear');
ok(until_($ada, qr/"live":false.*"live":true/s), 'and that it is again');
happen();
ok(until_($ada, qr/r8/), 'and goes on');

# --- the end ------------------------------------------------------------------------------------------------
$t->httpd_reload('graceful');
until_($ada, qr/(?!)/);
ok($ada->{ended}, 'a reload ends it');
like($ada->{text}, qr/(?:\}|^:.*)\n\n\z/m, 'behind a whole event');
like(listen_to('/events')->{head}, qr{^HTTP/1\.1 200 }, 'the next one finds the new child');

my ($exit, $said) = $t->configtest("HookwiseMaxStreams many\n");
isnt($exit, 0, 'a wrong number');
like($said, qr/HookwiseMaxStreams: a number of live feeds from 0 to 100000 is expected, not many/, 'is told');
($exit, $said) = $t->configtest("HookwiseRemoteUserRoles alice=owner,bob=king\n");
isnt($exit, 0, 'a role there is not');
like($said, qr/HookwiseRemoteUserRoles: name=role, name=role\@tenant or \*=role with viewer, operator, admin or owner is expected, not bob=king/, 'is told');
$t->done;
