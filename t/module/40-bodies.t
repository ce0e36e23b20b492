#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Bodies as they come over the wire: chunked, too long, cut off, unread.
use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/lib";
use HookWise::Test;
use IO::Socket::INET;
use Mojo::JSON qw(false);
use Records;
use Time::HiRes qw(time);

my $t = HookWise::Test->new;
$t->redis;
$t->httpd(<<'EOT');
HookwiseRedis %%REDIS%%
RequestReadTimeout body=1,MinRate=100000
<Location "/w">
    SetHandler hookwise-webhook
</Location>
<Location "/zip">
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
    my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $t->port, Timeout => 5)
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
    like($body, qr/^\{"status":"error","message":"The body is too large","request_id":"[0-9a-f-]{36}"\}$/,
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
    $s = wire();
    my $start = time;
    print $s head('/w/pipe', 'Content-Length: 100') . '{';
    ($code, undef, $body) = read_answer($s);
    is($code, 408, 'a body that does not come');
    like($body, qr/"message":"The body did not arrive","request_id":/, 'as JSON');
    cmp_ok(time - $start, '<', 5, 'does not hold the thread');
    is(scalar(() = events($t)), $before, 'nothing of it is stored');
};

subtest 'compressed' => sub {
    require IO::Compress::Gzip;
    my $zip = sub { my $out; IO::Compress::Gzip::gzip(\$_[0] => \$out); $out };
    my %h = (Authorization => 'Bearer tok-pipe', 'Content-Encoding' => 'gzip');
    my $res = $t->post('/zip/pipe', {%h}, $zip->('{"zip":true}'));
    is($res->code, 202, 'taken');
    is(event_of($t, $res->json->{request_id})->{b}, '{"zip":true}', 'as the filter unpacked it');
    $res = $t->post('/zip/pipe', {%h}, $zip->('{"x":"' . 'x' x 9000 . '"}'));
    is($res->code, 413, 'the limit counts what comes out');
};

subtest "the server's own limit" => sub {
    my $res = $t->post('/tight/pipe', { Authorization => 'Bearer tok-pipe' }, '{"x":"' . 'x' x 60 . '"}');
    is($res->code, 413, 'LimitRequestBody');
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
