#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# A saved change is in force for the very next webhook; a flushed or absent Redis loses nothing
# quietly.
use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/lib";
use HookWise::Test;
use Digest::SHA qw(sha256_hex);
use Mojo::JSON qw(true false);
use Records;
use Time::HiRes qw(time);

my $t = HookWise::Test->new;
$t->redis(appendonly => 'yes');
my $conf = <<'EOT';
HookwiseRedis %%REDIS%%
HookwiseQueueLimit 500
StartServers 2
MaxRequestWorkers 50
<Location "/w">
    SetHandler hookwise-webhook
</Location>
<Location "/readyz">
    SetHandler hookwise-health
</Location>
LogFormat "%P %U %>s" child
CustomLog "%%DIR%%/httpd/child.log" child
EOT
$t->httpd($conf);

sub code {
    my ($id, $token, $body) = @_;
    return $t->post("/w/$id", { Authorization => "Bearer $token" }, $body // '{}')->code;
}

# The children that serve; the process that starts CGI programs has one thread.
sub children { return grep { (() = glob "/proc/$_/task/*") > 10 } $t->{httpd}->children }

# Posts until both children have taken one: each knows the record then, and has a connection to Redis.
# Gives the codes that were answered, one by one.
sub both_take {
    my ($id) = @_;
    my $log = $t->dir . '/httpd/child.log';
    my ($old, %codes) = (-s $log // 0);
    $t->wait_for(sub {
        $codes{ $t->post("/w/$id", { Authorization => "Bearer tok-$id", Connection => 'close' }, '{}')->code }++;
        open my $in, '<', $log or die "$log: $!\n";
        seek $in, $old, 0;
        my %took = map { m{^(\d+) /w/\Q$id\E 202$} ? ($1 => 1) : () } <$in>;
        my @all = children();
        return @all == 2 && 2 == grep { $took{$_} } @all;
    }, "both children take webhooks of $id");
    return join ' ', keys %codes;
}

sub warm {
    my ($id) = @_;
    is(both_take($id), '202', "$id is known and takes webhooks");
    return;
}

subtest 'a change holds at once' => sub {
    publish($t, 'vault');
    warm('vault');
    my $version = publish($t, 'vault', tokens => [{ sha256 => sha256_hex('fresh'), until => 0 }]);
    is(code('vault', 'tok-vault'), 401, 'a revoked token fails on the very next request');
    is(code('vault', 'fresh'), 202, 'the new one works');
    publish($t, 'vault');
    is(code('vault', 'fresh'), 401, 'and back');
    is(code('vault', 'tok-vault'), 202, 'the old one again');
    for my $round (1 .. 10) {
        publish($t, 'vault', tokens => [{ sha256 => sha256_hex("t$round"), until => 0 }]);
        # a refused request first: it must not rest on the old record either
        is(code('vault', "t$round"), 202, "new token $round");
        is(code('vault', 't' . ($round - 1)), 401, 'not the one before');
    }
    my ($before, $last) = map { $_->{av} } (events($t))[-2, -1];
    like($last, qr/^[0-9a-f]{16}\z/, 'events name the credentials they were checked against');
    isnt($last, $before, 'which change with the token');
    publish($t, 'vault', name => 'another name', tokens => [{ sha256 => sha256_hex('t10'), until => 0 }]);
    is(code('vault', 't10'), 202, 'a new name');
    is((events($t))[-1]{av}, $last, 'is no change of credentials');
};

subtest 'so does every other change' => sub {
    publish($t, 'gate');
    is(code('gate', 'tok-gate'), 202, 'open') for 1 .. 4;
    publish($t, 'gate', enabled => false);
    is(code('gate', 'tok-gate'), 403, 'disabled');
    publish($t, 'gate', max_body_kb => 1);
    is(code('gate', 'tok-gate', '{"x":"' . 'x' x 2000 . '"}'), 413, 'enabled, with a lower limit');
    publish($t, 'gate', max_body_kb => 4);
    is(code('gate', 'tok-gate', '{"x":"' . 'x' x 2000 . '"}'), 202, 'the limit raised');
    publish($t, 'gate', trusted_ips => '192.0.2.0/24');
    is(code('gate', 'tok-gate'), 403, 'another address only');
    publish($t, 'gate', success_code => 200);
    is(code('gate', 'tok-gate'), 200, 'every address, another code');
    withdraw($t, 'gate');
    is(code('gate', 'tok-gate'), 404, 'deleted');
    is(code('gate', 'wrong'), 404, 'deleted, also for wrong tokens');
    publish($t, 'gate');
    is(code('gate', 'tok-gate'), 202, 'created again');
};

subtest 'records that cannot be used' => sub {
    $t->expect_log(qr/the record of endpoint broken: enabled: is not true or false/);
    $t->redis_cli('HSET', 'hw:ep', 'broken', '{"enabled":1}');
    $t->redis_cli('HSET', 'hw:epv', 'broken', '0000000000000000');
    my $res = $t->post('/w/broken', { Authorization => 'Bearer x' }, '{}');
    is($res->code, 503, 'a broken record is no reason to refuse for good');
    ok($res->headers->header('Retry-After'), 'try again');
    $t->expect_log(qr/the record of endpoint sealed: hmac: /);
    publish($t, 'sealed', hmac => fernet($t, 'x'));
    is(code('sealed', 'tok-sealed'), 503, 'a secret without a key to open it');
};

subtest 'queue limit' => sub {
    publish($t, 'flood');
    my ($stored, $res) = (0);
    my $before = () = events($t);
    for (1 .. 600) {
        $res = $t->post('/w/flood', { Authorization => 'Bearer tok-flood' }, '{}');
        last if $res->code != 202;
        $stored++;
    }
    is($res->code, 503, 'the queue is full');
    is($before + $stored, 500, 'at its limit, over all shards');
    is($res->json->{message}, 'The queue is full', 'says so');
    is($res->headers->header('Retry-After'), 30, 'when to come back');
    is(code('flood', 'wrong'), 401, 'wrong tokens are still told apart');
};

subtest 'flushed' => sub {
    $t->redis_cli('DEL', map { "hw:s:$_" } 0 .. 15);
    publish($t, 'known');
    warm('known');
    $t->redis_cli('FLUSHALL');
    my $res = $t->post('/w/known', { Authorization => 'Bearer tok-known' }, '{"n":1}');
    is($res->code, 202, 'a record in the cache is enough to store');
    is(event_of($t, $res->json->{request_id})->{f}, 'u', 'the event says that it is unverified');
    is(code('known', 'wrong'), 401, 'a wrong token is wrong all the same');
    $res = $t->post('/w/stranger', { Authorization => 'Bearer x' }, '{}');
    is($res->code, 503, 'an unknown endpoint may exist: nobody can say');
    is($res->json->{message}, 'No configuration is published', 'says so');
    is($t->get('/readyz')->code, 503, 'not ready');
    is($t->get('/readyz')->json->{reason}, 'unpublished', 'because of that');
    publish($t, 'known');
    is(code('stranger', 'x'), 404, 'published again: unknown');
    is($t->get('/readyz')->code, 200, 'ready');
    my $version = publish($t, 'known', tokens => []);
    is(code('known', 'tok-known'), 401, 'and changes hold again');
};

subtest 'redis goes and comes' => sub {
    publish($t, 'relay');
    warm('relay');
    $t->expect_log(qr/Redis at unix:\S+: .*; webhooks are answered 503 until it is back/);
    $t->{redis}->proc->stop;
    for my $n (1 .. 4) {
        my $start = time;
        my $res = $t->post('/w/relay', { Authorization => 'Bearer tok-relay' }, '{}');
        is($res->code, 503, 'down');
        cmp_ok(time - $start, '<', 30, 'said without waiting for HookwiseRedisTimeout');
        is($res->headers->header('Retry-After'), 5, 'when to come back');
        is($res->json->{status}, 'error', 'as JSON');
    }
    is(code('relay', 'wrong'), 401, 'a wrong token is refused without Redis');
    is($t->get('/readyz')->code, 503, 'not ready');
    is($t->get('/readyz')->json->{reason}, 'redis-down', 'because of that');
    $t->{redis}->start;
    $t->wait_for(sub { $t->get('/readyz')->code == 200 }, 'ready again');
    $t->wait_for(sub { code('relay', 'tok-relay') == 202 }, 'stored again');
    my %codes = map { code('relay', 'tok-relay') => 1 } 1 .. 3;
    ok($codes{202}, 'without a restart of httpd');
    ok($t->wait_for(sub { $t->log('httpd') =~ /Redis answers again/ }, 'log'), 'the log says so');
};

subtest 'a restart between two requests' => sub {
    both_take('relay'); # one may find out only now that Redis is back
    # A child that counts while Redis is away would notice.
    $t->wait_for(sub { counter($t, 'unauthorized', 'name of relay') }, 'all is counted');
    $t->{redis}->restart;
    is(code('relay', 'tok-relay'), 202, 'is not noticed by the next one');
};

subtest 'redis hangs' => sub {
    $t->expect_log(qr/no answer in time; webhooks are answered 503/);
    $t->httpd_reload('graceful', $conf . "HookwiseRedisTimeout 1s\n");
    warm('relay');
    $t->{redis}->proc->freeze;
    my $start = time;
    is(code('relay', 'tok-relay'), 503, 'no answer');
    cmp_ok(time - $start, '<', 30, 'within HookwiseRedisTimeout and a bit');
    my $waited = 1; # each child finds out for itself
    my %codes;
    for (1 .. 40) {
        $start = time;
        $codes{ code('relay', 'tok-relay') } = 1;
        $waited++ if time - $start > 0.9;
    }
    is(join(' ', keys %codes), '503', 'still none');
    cmp_ok($waited, '<', 20, 'and no child waits for it each time');
    $t->{redis}->proc->thaw;
    $t->wait_for(sub { code('relay', 'tok-relay') == 202 }, 'stored again');
};

$t->done;
