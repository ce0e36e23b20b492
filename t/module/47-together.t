#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Webhooks that arrive together: one call of the script for many, and to each its own answer.
use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/lib";
use HookWise::Test;
use Mojo::IOLoop;
use Mojo::Promise;
use Records;

my $t = HookWise::Test->new;
$t->redis;
$t->httpd(<<'EOT');
HookwiseRedis %%REDIS%%
<Location "/w">
    SetHandler hookwise-webhook
</Location>
<Location "/status">
    SetHandler server-status
</Location>
EOT

# Calls then when so many webhooks are being worked at.
sub when_busy {
    my ($n, $then) = @_;
    $t->ua->get_p($t->url . '/status?auto')->then(sub {
        my ($busy) = $_[0]->res->body =~ /^BusyWorkers: (\d+)/m;
        return $then->() if ($busy // 0) > $n; # the one that tells is one of them
        Mojo::IOLoop->timer(0.02 => sub { when_busy($n, $then) });
    })->catch(sub { die "server-status: $_[0]\n" });
    return;
}

# Sends all at once, and does something when httpd works at all of them; the answers in the same order.
sub together {
    my ($then, @requests) = @_;
    my $ua = $t->ua;
    my @sent = map {
        my ($id, $body) = @$_;
        $ua->post_p($t->url . "/w/$id", { Authorization => "Bearer tok-$id" }, $body);
    } @requests;
    when_busy(scalar @requests, $then);
    my @answers;
    Mojo::Promise->all(@sent)->then(sub { @answers = map { $_->[0]->res } @_ })->wait;
    return @answers;
}

sub calls { return $t->redis_cli('INFO', 'commandstats') =~ /cmdstat_evalsha:calls=(\d+)/ ? $1 : 0 }

# While Redis lets no script run, all but the first webhook wait together.
sub paused {
    my ($meanwhile, @requests) = @_;
    $t->redis_cli('CONFIG', 'RESETSTAT');
    $t->redis_cli('CLIENT', 'PAUSE', 600_000, 'WRITE');
    return together(sub { $meanwhile->() if $meanwhile; $t->redis_cli('CLIENT', 'UNPAUSE') }, @requests);
}

sub stored_once {
    my ($what, @answers) = @_;
    my %times;
    $times{ $_->{id} }++ for events($t);
    my %ids = map { ($_->json || {})->{request_id} // '' => 1 } @answers;
    is(scalar keys %ids, scalar @answers, "$what: each has its own id");
    is_deeply([grep { ($times{$_} || 0) != 1 } keys %ids], [], "$what: each is stored, once");
    return;
}

sub codes { my %n; $n{ $_->code // 'none' }++ for @_; return \%n }

publish($t, $_) for qw(plain renamed broken);
publish($t, 'window', dedup_window_seconds => 3600);
publish($t, 'slow', rate_limit => 2);
is($t->post("/w/$_", { Authorization => "Bearer tok-$_" }, '{}')->code, 202, "$_ is known")
    for qw(plain renamed window);

subtest 'each its own answer' => sub {
    my $shard = shard_of('broken');
    is_deeply([grep { shard_of($_) == $shard } qw(plain renamed window slow)], [], 'a stream of its own')
        or return; # it will be none: what goes there fails
    $t->redis_cli('SET', "hw:s:$shard", 'x');
    $t->expect_log(qr/Redis does not take a webhook: .*WRONGTYPE/);
    publish($t, 'renamed', name => 'another name');
    my @ids = qw(plain renamed window slow broken);
    my @answers = paused(undef, map { [ $ids[$_ % 5], $ids[$_ % 5] eq 'window' ? '{"same":1}' : qq({"n":$_}) ] } 0 .. 39);
    my %of;
    push @{ $of{ $ids[$_ % 5] } }, $answers[$_] for 0 .. 39;
    cmp_ok(calls(), '<', 25, 'fewer calls than webhooks');
    is_deeply(codes(@{ $of{plain} }), { 202 => 8 }, 'plain ones are stored');
    is_deeply(codes(@{ $of{renamed} }), { 202 => 8 }, 'so are those whose record has changed');
    is_deeply(codes(@{ $of{broken} }), { 503 => 8 }, 'what Redis refuses is refused');
    my $slow = codes(@{ $of{slow} });
    is($slow->{202} + $slow->{429}, 8, 'the rest is over the rate');
    ok($slow->{202} >= 2 && $slow->{202} <= 4, 'which lets two of a minute in');
    my @first = grep { $_->json->{status} eq 'queued' } @{ $of{window} };
    is(scalar @first, 1, 'of equal bodies one is stored');
    is_deeply([grep { $_->json->{request_id} ne $first[0]->json->{request_id} } @{ $of{window} }], [],
        'and the others name it');
    $t->redis_cli('DEL', "hw:s:$shard");
    stored_once('the stored ones', @{ $of{plain} }, @{ $of{renamed} }, @first);
};

subtest 'a Redis that forgot the script' => sub {
    $t->redis_cli('SCRIPT', 'FLUSH');
    my @answers = paused(undef, map { [ plain => qq({"flushed":$_}) ] } 1 .. 30);
    is_deeply(codes(@answers), { 202 => 30 }, 'all are stored');
    stored_once('after the flush', @answers);
};

subtest 'a connection that breaks' => sub {
    my $killed = 0;
    my @answers = paused(sub { $killed = $t->redis_cli('CLIENT', 'KILL', 'TYPE', 'normal') },
        map { [ plain => qq({"killed":$_}) ] } 1 .. 30);
    cmp_ok($killed, '>', 0, 'it broke while webhooks waited for their answer');
    is_deeply(codes(@answers), { 202 => 30 }, 'all are sent again');
    stored_once('what was sent again', @answers);
};

$t->done;

# FNV-1a, as common/event.h says.
sub shard_of {
    my ($id) = @_;
    my $h = 2166136261;
    $h = (($h ^ ord) * 16777619) & 0xffffffff for split //, $id;
    return $h % 16;
}
