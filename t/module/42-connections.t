#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Many webhooks on one connection: one after the other, without waiting for answers, with pauses.
use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/lib";
use HookWise::Test;
use IO::Socket::INET;
use Mojo::JSON qw(decode_json);
use Records;

my $t = HookWise::Test->new;
$t->redis;
$t->httpd(<<'EOT');
HookwiseRedis %%REDIS%%
HookwiseKeyFile %%KEYFILE%%
KeepAlive On
<Location "/w">
    SetHandler hookwise-webhook
</Location>
EOT
publish($t, 'belt');

sub wire {
    return IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $t->port, Timeout => 60)
        || die "connect: $!\n";
}

sub request {
    my ($body, $token) = @_;
    return join("\r\n", 'POST /w/belt HTTP/1.1', 'Host: x', 'Authorization: Bearer ' . ($token || 'tok-belt'),
        'Content-Length: ' . length $body, '', $body);
}

# One answer: code and document.
sub answer {
    my ($s) = @_;
    my ($head, $body) = ('', '');
    while ($head !~ /\r\n\r\n/) { sysread($s, $head, 1, length $head) or die "no answer, only '$head'\n" }
    my ($code) = $head =~ m{^HTTP/1.1 (\d+)} or die "no status: $head\n";
    my ($length) = $head =~ /^Content-Length: (\d+)/mi or die "no length: $head\n";
    while (length $body < $length) { sysread($s, $body, $length - length $body, length $body) or die "cut off: $body\n" }
    return ($code, decode_json($body));
}

sub ask {
    my ($s, @request) = @_;
    syswrite $s, request(@request);
    return answer($s);
}

# What was stored under the ids, by the bodies.
sub stored { return map { event_of($t, $_)->{b} } @_ }

my $s = wire();
my (@codes, @ids);
for my $n (1 .. 20) {
    my ($code, $doc) = ask($s, qq({"one":$n}));
    push @codes, $code;
    push @ids, $doc->{request_id};
}
is_deeply(\@codes, [(202) x 20], 'one after the other');
is_deeply([stored(@ids)], [map { qq({"one":$_}) } 1 .. 20], '... each under its id');

# The first answers come while later requests lie in httpd's buffers already.
my @bodies = map { qq({"ahead":$_}) } 1 .. 20;
syswrite $s, join('', map { request($_) } @bodies);
my @answers = map { [answer($s)] } @bodies;
is_deeply([map { $_->[0] } @answers], [(202) x 20], 'without waiting for answers');
is_deeply([stored(map { $_->[1]{request_id} } @answers)], \@bodies, '... answered in their order');

# One and a half: the rest comes when the first is answered.
my ($first, $second) = map { request(qq({"half":$_})) } 1, 2;
syswrite $s, $first . substr($second, 0, 20);
my @half = answer($s);
syswrite $s, substr($second, 20);
push @half, answer($s);
is_deeply([@half[0, 2]], [202, 202], 'a request that comes in two pieces');
is_deeply([stored($half[1]{request_id}, $half[3]{request_id})], ['{"half":1}', '{"half":2}'], '... each whole');

is((ask($s, '{}', 'wrong'))[0], 401, 'refused in between');
is((ask($s, '{"after":1}'))[0], 202, '... and taken again');

# Others are served while the connection rests, and then it is again.
my $other = wire();
is((ask($other, qq({"other":$_})))[0], 202, "another connection, $_") for 1 .. 3;
is((ask($s, '{"rested":1}'))[0], 202, 'the connection that rested');

# Gone right behind its answer, or without waiting for it.
close $other;
syswrite $s, request('{"unheard":1}');
close $s;
$t->wait_for(sub { grep { ($_->{b} || '') eq '{"unheard":1}' } events($t) }, 'stored though nobody waits for the answer');
is((ask(wire(), '{"new":1}'))[0], 202, 'a new connection');

my @left = $t->stop_all;
is(join(' ', @left), '', 'ended well');
unlike($t->log('httpd'), qr/\[(?:hookwise:)?(?:error|crit|emerg)\]/, 'log is clean');
done_testing();
