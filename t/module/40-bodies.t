#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Bodies as they come over the wire: chunked, too long, cut off, unread.
use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/lib";
use HookWise::Test;
use Digest::SHA qw(hmac_sha256_hex);
use IO::Socket::INET;
use Mojo::JSON qw(false);
use Records;
use Time::HiRes qw(time);

my $t = HookWise::Test->new;
$t->redis;
$t->httpd(<<'EOT');
HookwiseRedis %%REDIS%%
HookwiseKeyFile %%KEYFILE%%
Listen 127.0.0.1:%%PORT:hasty%%
<VirtualHost 127.0.0.1:%%PORT:hasty%%>
    RequestReadTimeout body=1,MinRate=100000
</VirtualHost>
<Location "/w">
    SetHandler hookwise-webhook
</Location>
<Location "/zip">
    SetHandler hookwise-webhook
    SetInputFilter DEFLATE
    DeflateInflateRatioLimit 1100
</Location>
<Location "/ratio">
    SetHandler hookwise-webhook
    SetInputFilter DEFLATE
</Location>
<Location "/tight">
    SetHandler hookwise-webhook
    LimitRequestBody 50
</Location>
EOT
publish($t, 'pipe', max_body_kb => 8);

sub wire {
    my ($port) = @_;
    my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port // $t->port, Timeout => 60)
        or die "connect: $!\n";
    return $s;
}

sub head {
    my ($path, @lines) = @_;
    return join("\r\n", "POST $path HTTP/1.1", 'Host: x', 'Authorization: Bearer tok-pipe', @lines,
        '', '');
}

# One answer: (code, headers, body), by Content-Length.
sub read_answer {
    my ($s) = @_;
    my ($head, $body) = ('', '');
    while ($head !~ /\r\n\r\n/) { sysread($s, $head, 1, length $head) or return (0, $head, '') }
    return read_answer($s) if $head =~ m{^HTTP/1.1 100 };
    my ($code) = $head =~ m{^HTTP/1.1 (\d+)};
    my ($length) = $head =~ /^Content-Length: (\d+)/mi;
    while (length $body < ($length || 0)) { sysread($s, $body, $length, length $body) or last }
    return ($code, $head, $body);
}

sub chunked { return join '', (map { sprintf "%x\r\n%s\r\n", length, $_ } @_), "0\r\n\r\n" }

sub closed { my ($s) = @_; my $n = sysread $s, my $byte, 1; return defined $n && $n == 0 }

subtest 'chunked' => sub {
    my $s = wire();
    for my $n (1 .. 3) { # on one connection
        print $s head('/w/pipe', 'Transfer-Encoding: chunked') . chunked('{"n', '":', "$n}");
        my ($code, $head, $body) = read_answer($s);
        is($code, 202, "request $n");
        my ($id) = $body =~ /"request_id":"([^"]+)"/;
        is(event_of($t, $id)->{b}, "{\"n\":$n}", 'the body in one piece');
    }
    print $s head('/w/pipe', 'Transfer-Encoding: chunked') . chunked();
    my ($code, undef, $body) = read_answer($s);
    is($code, 400, 'an empty chunked body');
    like($body, qr/the body is empty/, 'says so');
};

subtest 'too long' => sub {
    my $s = wire();
    my $size = 0;
    print $s head('/w/pipe', 'Transfer-Encoding: chunked');
    local $SIG{PIPE} = 'IGNORE';
    # an endless body: the answer comes while it is being sent
    my $chunk = sprintf "%x\r\n%s\r\n", 4096, 'x' x 4096;
    while ($size < 64 * 1024) { print $s $chunk or last; $s->flush; $size += 4096 }
    my ($code, $head, $body) = read_answer($s);
    is($code, 413, 'chunked and endless');
    like($head, qr/^Connection: close/mi, 'the connection ends');
    like($body, qr/^\{"status":"error","message":"The body is larger than the 8 kB this endpoint takes","request_id":"[0-9a-f-]{36}"\}$/,
        'as JSON');
    $s = wire();
    print $s head('/w/pipe', 'Content-Length: 1000000000');
    ($code, $head) = read_answer($s);
    is($code, 413, 'announced: refused before a byte of it');
    like($head, qr/^Connection: close/mi, 'the connection ends');
    $s = wire();
    print $s head('/w/pipe', 'Content-Length: 9000') . '{' x 9000;
    ($code) = read_answer($s);
    is($code, 413, 'announced, a little too long');
    ok(closed($s), 'httpd keeps no connection after a 413');
    my $bad = wire();
    print $bad head('/w/pipe', 'Content-Length: 9000', 'Expect: 100-continue');
    ($code, $head) = read_answer($bad);
    is($code, 413, 'the client asked first');
    ok(closed($bad), 'and is not asked to send it');
};

subtest 'refused before reading' => sub {
    my $s = wire();
    (my $wrong = head('/w/pipe', 'Content-Length: 2')) =~ s/tok-pipe/nope/;
    print $s $wrong . '{}' . head('/w/pipe', 'Content-Length: 2') . '{}';
    my ($code) = read_answer($s);
    is($code, 401, 'wrong token');
    ($code) = read_answer($s);
    is($code, 202, 'the body was not taken for a request');
    ($wrong = head('/w/pipe', 'Content-Length: 200000', 'Expect: 100-continue')) =~ s/tok-pipe/nope/;
    print $s $wrong;
    ($code, my $head) = read_answer($s);
    is($code, 401, 'wrong token, the client asks first');
    ok(closed($s), 'the connection ends');
};

subtest 'cut off' => sub {
    my $before = () = events($t);
    my $s = wire();
    print $s head('/w/pipe', 'Content-Length: 100') . '{"half":';
    shutdown $s, 1;
    my ($code, undef, $body) = read_answer($s);
    ok($code == 400 || $code == 0, "half a body: $code");
    $s = wire();
    print $s head('/w/pipe', 'Transfer-Encoding: chunked') . "zz\r\n";
    ($code, undef, $body) = read_answer($s);
    is($code, 400, 'a broken chunk, which httpd answers itself');
    $s = wire($t->port('hasty'));
    my $start = time;
    print $s head('/w/pipe', 'Content-Length: 100') . '{';
    ($code, undef, $body) = read_answer($s);
    is($code, 408, 'a body that does not come');
    like($body, qr/"message":"The body did not arrive","request_id":/, 'as JSON');
    cmp_ok(time - $start, '<', 30, 'does not hold the thread');
    is(scalar(() = events($t)), $before, 'nothing of it is stored');
};

sub zip { require IO::Compress::Gzip; my $out; IO::Compress::Gzip::gzip(\$_[0] => \$out); return $out }

# Bytes of memory that any child has had at most; one more may come at any time.
sub most_memory {
    my $most = 0;
    for my $pid ($t->{httpd}->children) {
        open my $in, '<', "/proc/$pid/status" or next;
        for (<$in>) { $most = $1 * 1024 if /^VmHWM:\s+(\d+) kB/ && $1 * 1024 > $most }
    }
    return $most;
}

subtest 'compressed' => sub {
    my %h = (Authorization => 'Bearer tok-pipe', 'Content-Encoding' => 'gzip');
    my $res = $t->post('/zip/pipe', {%h}, zip('{"zip":true}'));
    is($res->code, 202, 'taken');
    is(event_of($t, $res->json->{request_id})->{b}, '{"zip":true}', 'as the filter unpacked it');
    unlike(event_of($t, $res->json->{request_id})->{h}, qr/content-encoding/, 'and no header says otherwise');
    $res = $t->post('/zip/pipe', {%h}, zip('{"x":"' . 'x' x 9000 . '"}'));
    is($res->code, 413, 'the limit counts what comes out');
    is($res->json->{message}, 'The body, unpacked, is larger than the 8 kB this endpoint takes', 'and says so');
    $res = $t->post('/zip/pipe', {%h}, substr zip('{"x":"' . join('', 1 .. 900) . '"}'), 0, 300);
    is($res->code, 400, 'cut off');
    is($res->json->{message}, 'The body did not arrive, or cannot be unpacked (Content-Encoding: gzip)', 'is told');
    $t->expect_log(qr/AH02481: Encountered premature end-of-stream while inflating/);
    $res = $t->post('/zip/pipe', { %h, 'Content-Encoding' => 'identity' }, '{"plain":1}');
    is($res->code, 202, 'what is not compressed passes');
    publish($t, 'zipped', hmac => fernet($t, 'between us'));
    my $signature = hmac_sha256_hex('{"zip":2}', 'between us');
    $res = $t->post('/zip/zipped', { %h, Authorization => 'Bearer tok-zipped', 'X-HookWise-Signature' => $signature }, zip('{"zip":2}'));
    is($res->code, 202, 'signed is what was compressed');
};

subtest 'a bomb' => sub {
    my %h = (Authorization => 'Bearer tok-pipe', 'Content-Encoding' => 'gzip');
    publish($t, 'pipe', max_body_kb => 1024);
    my $bomb = zip('{"x":"' . 'x' x 400_000_000 . '"}');
    cmp_ok(length $bomb, '<', 512 * 1024, 'small as it comes');
    my $before = most_memory();
    my $res = $t->post('/zip/pipe', {%h}, $bomb);
    is($res->code, 413, 'too large');
    is($res->json->{message}, 'The body, unpacked, is larger than the 1024 kB this endpoint takes', 'as it says');
    cmp_ok(most_memory() - $before, '<', 32 * 1024 * 1024, 'and it did not unfold in memory');
    $res = $t->post('/ratio/pipe', {%h}, $bomb);
    is($res->code, 413, "with mod_deflate's own limit too");
    is($res->json->{message}, 'The body unpacks to more times its size than DeflateInflateRatioLimit allows', 'which says so');
    is($t->post('/zip/pipe', {%h}, zip('{"x":"' . 'x' x 1_000_000 . '"}'))->code, 202, 'what fits is taken, however well it is compressed');
    publish($t, 'pipe', max_body_kb => 8);
};

subtest 'compressed, and nothing unpacks it' => sub {
    for ([gzip => zip('{"zip":true}')], [deflate => "\x78\x9c\xab\x56\xaa\xca\x2c\x50\xb2\x2a\x29\x2a\x4d\xad\x05\x00\x1d\x0c\x04\x5f"], [br => "\x8b\x05\x80{\"zip\":true}\x03"]) {
        my ($how, $body) = @$_;
        my $res = $t->post('/w/pipe', { Authorization => 'Bearer tok-pipe', 'Content-Encoding' => $how }, $body);
        is($res->code, 400, $how);
        is($res->json->{message}, "The request was not understood: the body is compressed (Content-Encoding: $how) and nothing unpacks it; "
            . 'httpd does that for gzip, with "SetInputFilter DEFLATE" of mod_deflate', 'says why, and what helps');
        like(event_of($t, $res->json->{request_id})->{rj}, qr/^the body is compressed \(Content-Encoding: $how\)/, 'so does history');
        is(event_of($t, $res->json->{request_id})->{b}, $body, 'which has its bytes');
        $res = $t->post('/w/pipe?host=web1', { Authorization => 'Bearer tok-pipe', 'Content-Encoding' => $how }, $body);
        is($res->code, 400, 'a query string does not stand in for it');
    }
    my $res = $t->post('/w/pipe', { Authorization => 'Bearer tok-pipe', 'Content-Encoding' => 'utf-8' }, "\xef\xbb\xbf{\"plain\":1}");
    is($res->code, 202, 'a sender that only says so is understood');
    $res = $t->post('/w/pipe', { Authorization => 'Bearer tok-pipe', 'Content-Encoding' => 'gzip' }, '{"plain":');
    like($res->json->{message}, qr/^The request was not understood: .*offset/, 'and told what is wrong with its text');
};

subtest "the server's own limit" => sub {
    my $res = $t->post('/tight/pipe', { Authorization => 'Bearer tok-pipe' }, '{"x":"' . 'x' x 60 . '"}');
    is($res->code, 413, 'LimitRequestBody');
    is($res->json->{message}, 'The body is larger than the 50 bytes this endpoint takes', 'is said');
    like($res->json->{request_id}, qr/^[0-9a-f-]{36}$/, 'as JSON');
};

subtest 'many bytes' => sub {
    publish($t, 'pipe', max_body_kb => 32768);
    my $big = '{"x":"' . 'y' x (33_554_432 - 8) . '"}';
    my $res = $t->post('/w/pipe', { Authorization => 'Bearer tok-pipe' }, $big);
    is($res->code, 202, 'the largest body there can be');
    is(length event_of($t, $res->json->{request_id})->{b}, 33_554_432, 'all of it');
    $res = $t->post('/w/pipe', { Authorization => 'Bearer tok-pipe' }, "$big ");
    is($res->code, 413, 'and one byte more');
};

$t->done;
