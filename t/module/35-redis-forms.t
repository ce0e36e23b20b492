#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Redis over TCP with password and database number, and behind sentinels, through a failover.
use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/lib";
use HookWise::Test;
use HookWise::Test::Ports qw(free_port port_open);
use HookWise::Test::Process;
use Records;

my $t = HookWise::Test->new;
my ($master, $replica, $sentinel, $dead) = map { free_port() } 1 .. 4;
my $password = 'pass/word@1';
my %common = (requirepass => $password, masterauth => $password, bind => '127.0.0.1');
$t->redis(port => $master, %common);
my $dir = $t->dir;

# Commands of redis-cli by TCP.
sub cli {
    my ($port, @words) = @_;
    local $ENV{REDISCLI_AUTH} = $password;
    delete $ENV{REDISCLI_AUTH} if $port == $sentinel;
    open my $out, '-|', 'redis-cli', '-h', '127.0.0.1', '-p', $port, '--no-auth-warning', @words
        or die "redis-cli: $!\n";
    return do { local $/; <$out> } // '';
}

sub program {
    my ($name, $port, @lines) = @_;
    $t->file("$name.conf", join "\n", "port $port", 'bind 127.0.0.1', "dir $dir/$name", @lines, '');
    mkdir "$dir/$name";
    my $proc = HookWise::Test::Process->start(what => $name, log => "$dir/$name.log",
        cmd => ['redis-server', "$dir/$name.conf", $name eq 'sentinel' ? '--sentinel' : ()]);
    $proc->wait_ready(sub { port_open($port) && cli($port, 'PING') =~ /PONG/ });
    return $proc;
}

my $second = program('replica', $replica, "requirepass $password", "masterauth $password", 'save ""',
    "replicaof 127.0.0.1 $master");
my $watch = program('sentinel', $sentinel, "sentinel monitor main 127.0.0.1 $master 1",
    "sentinel auth-pass main $password",
    # A Redis that is slow is not dead; the failover is asked for.
    'sentinel down-after-milliseconds main 300000', 'sentinel failover-timeout main 120000');

$t->file('password', "$password\n");
$t->expect_log(qr/WRONGPASS .*; webhooks are answered 503/);
$t->httpd(<<"EOT");
<Location "/w">
    SetHandler hookwise-webhook
</Location>
<Location "/readyz">
    SetHandler hookwise-health
</Location>
HookwiseRedis redis://:pass%2Fword%401\@127.0.0.1:$master
Listen 127.0.0.1:%%PORT:db%%
<VirtualHost 127.0.0.1:%%PORT:db%%>
    HookwiseRedis redis://127.0.0.1:$master/3
    HookwiseRedisPasswordFile $dir/password
</VirtualHost>
Listen 127.0.0.1:%%PORT:wrong%%
<VirtualHost 127.0.0.1:%%PORT:wrong%%>
    HookwiseRedis redis://:guess\@127.0.0.1:$master
</VirtualHost>
Listen 127.0.0.1:%%PORT:sentinel%%
<VirtualHost 127.0.0.1:%%PORT:sentinel%%>
    HookwiseRedis sentinel://127.0.0.1:$dead,127.0.0.1:$sentinel/main
    HookwiseRedisPasswordFile $dir/password
</VirtualHost>
EOT
publish($t, 'port');

sub code {
    my ($name) = @_;
    return $t->ua->post('http://127.0.0.1:' . $t->port($name) . '/w/port',
        { Authorization => 'Bearer tok-port' }, '{}')->res->code;
}

is(code(undef), 202, 'TCP, password in the URL');
is(scalar(() = events($t)), 1, 'stored');
is(code('wrong'), 503, 'a wrong password');
unlike($t->log('httpd'), qr/guess|\Q$password\E|pass%2F/, 'no password in the log');
is(code('db'), 503, 'database 3 is empty: nothing is published there');
$t->redis_cli('COPY', $_, $_, 'DB', 3) for qw(hw:ep hw:epv hw:cfg);
is(code('db'), 202, 'TCP, password from the file, database 3');
is(scalar(() = events($t)), 1, 'stored there, not in database 0');
is(code('sentinel'), 202, 'the master, from the second sentinel');
is(scalar(() = events($t)), 2, 'stored');

my $stored = sub { my ($port) = @_; my $n = 0; $n += cli($port, 'XLEN', "hw:s:$_") for 0 .. 15; return $n };
$t->wait_for(sub { cli($replica, 'INFO', 'replication') =~ /master_link_status:up/ && $stored->($replica) == 2 }, 'replica');
$t->wait_for(sub { cli($sentinel, 'SENTINEL', 'failover', 'main') =~ /OK/ }, 'failover begun', 180); # one that stalled looks on for 30 s
$t->wait_for(sub { cli($replica, 'ROLE') =~ /^master/ }, 'the replica is master', 180);
$t->wait_for(sub { cli($master, 'ROLE') =~ /^slave/ }, 'the master is replica', 180);
$t->expect_log(qr/webhooks are answered 503/, optional => 1);
$t->expect_log(qr/READONLY/, optional => 1);
$t->wait_for(sub { code('sentinel') == 202 }, 'taken after the failover');
cmp_ok($stored->($replica), '>=', 3, 'by the new master');

$_->stop for $watch, $second;
$t->done;
