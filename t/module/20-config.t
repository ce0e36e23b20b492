#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# What httpd -t says of each directive, and that the annotated configuration passes it.
use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/lib";
use HookWise::Test;

my $t = HookWise::Test->new;
my $dir = $t->dir;
$t->file('empty', "\n");
$t->file('short.key', "c2hvcnQ=\n");
$t->file('ring.key', $t->key . ',' . $t->key . "\n");
$t->file('as.conf', "# settings\nREDIS_URL=unix:/x\n  ENCRYPTION_KEY=\"" . $t->key . "\"\nCW_URL=x\n");
$t->file('twice.conf', "ENCRYPTION_KEY=c2hvcnQ=\nexport ENCRYPTION_KEY = " . $t->key . "   # the last one\n");
$t->file('undone.conf', 'ENCRYPTION_KEY=' . $t->key . "\nENCRYPTION_KEY='c2hvcnQ='\n");
$t->file('unset.conf', "# comma, separated\n#ENCRYPTION_KEY=\nCW_URL=x\n");
$t->file('big', 'x' x 100_000);
$t->file('password', "hunter2\nsecond line\n");

sub refused {
    my ($line, $words) = @_;
    my ($exit, $out) = $t->configtest("$line\n");
    isnt($exit, 0, "refused: $line");
    like($out, $words, "says why: $line");
    unlike($out, qr/hunter2|c2hvcnQ=|aG9va3d/, 'and tells no secret');
    return;
}

sub taken {
    my ($text) = @_;
    my ($exit, $out) = $t->configtest("$text\n");
    is($exit, 0, "taken: $text") or diag($out);
    return;
}

my $url = qr/HookwiseRedis: a Redis URL begins with unix:, redis:\/\/ or sentinel:\/\//;
refused('HookwiseRedis http://x', $url);
refused('HookwiseRedis redis://:hunter2@h:0x1', qr/HookwiseRedis: the port is not a number at offset 20/);
refused('HookwiseRedis unix:relative', qr/HookwiseRedis: the path of a socket begins with \//);
refused('HookwiseRedis', qr/HookwiseRedis takes one argument/);
refused("HookwiseRedisPasswordFile $dir/none",
    qr/HookwiseRedisPasswordFile: cannot read \Q$dir\E\/none: No such file or directory/);
refused("HookwiseRedisPasswordFile $dir/empty", qr/HookwiseRedisPasswordFile: the first line is empty/);
refused("HookwiseKeyFile $dir/none", qr/HookwiseKeyFile: cannot read .*No such file/);
refused("HookwiseKeyFile $dir/empty", qr/HookwiseKeyFile: there is no key in/);
refused("HookwiseKeyFile $dir/short.key", qr/HookwiseKeyFile: \Q$dir\E\/short\.key: \S/);
refused("HookwiseKeyFile $dir/undone.conf", qr/HookwiseKeyFile: \Q$dir\E\/undone\.conf: key 1 of 1 is not 32 bytes/);
refused("HookwiseKeyFile $dir/unset.conf", qr/HookwiseKeyFile: ENCRYPTION_KEY is not set in \Q$dir\E\/unset\.conf$/m);
refused("HookwiseKeyFile $dir/big", qr/HookwiseKeyFile: cannot read \Q$dir\E\/big: File too large$/m);
refused("<Location /x>\nHookwiseLoginPage $_\n</Location>", qr/HookwiseLoginPage: a path that begins with \/ or an address is expected, not $_/)
    for 'login', 'hookwise/#/login';
my $time = qr/HookwiseRedisTimeout: a time from 10ms to 60s is expected/;
refused("HookwiseRedisTimeout $_", $time) for qw(0 9 61s -1 soon 2x);
refused("HookwiseQueueLimit $_", qr/HookwiseQueueLimit: a number of events/) for qw(-1 many 1k 9999999999);
refused("HookwiseMaxBody $_", qr/HookwiseMaxBody: a number of bytes from 1 to 33554432 is expected/)
    for qw(0 -5 big 33554433);
refused("<Location /x>\nHookwiseRedis unix:/x\n</Location>", qr/HookwiseRedis not allowed/);

taken("HookwiseRedis $_") for 'unix:/run/redis.sock?db=2', 'redis://:hunter2@[::1]:7000/1',
    'sentinel://:hunter2@a,b:26380/main';
taken("HookwiseKeyFile $dir/$_") for qw(ring.key as.conf keyfile twice.conf);
taken("<Location /x>\nHookwiseLoginPage $_\n</Location>") for '"/hookwise/#/login"', 'https://hooks.example.net/';
taken("HookwiseRedisPasswordFile $dir/password");
taken("HookwiseRedisTimeout $_") for qw(10 500ms 2s 60s);
taken("HookwiseMaxBody 1000\n<Location /x>\nHookwiseMaxBody 33554432\n</Location>");
taken("HookwiseQueueLimit $_") for qw(0 100000);

# The reference configuration: passes, and names every directive there is.
my $reference = do {
    open my $fh, '<', $t->source . '/conf/httpd/hookwise.conf' or die "hookwise.conf: $!";
    local $/;
    <$fh>;
};
my %documented = map { $_ => 1 } $reference =~ /^\s*#?\s*(Hookwise[A-Z]\w+) /mg;
my $code = do {
    open my $fh, '<', $t->source . '/mod_hookwise/config.c' or die "config.c: $!";
    local $/;
    <$fh>;
};
my %offered = map { $_ => 1 } $code =~ /AP_INIT_\w+\("(Hookwise\w+)"/g;
cmp_ok(scalar keys %offered, '>', 4, 'directives found in the source');
is_deeply([sort keys %documented], [sort keys %offered], 'the reference documents each of them');
my %handlers = map { $_ => 1 } $reference =~ /SetHandler (hookwise-\S+)/g;
is_deeply([sort keys %handlers], [qw(hookwise-events hookwise-health hookwise-metrics hookwise-sync hookwise-webhook)],
    'and mounts every handler');
(my $local = $reference) =~ s{unix:/\S+}{unix:$dir/redis.sock}g;
$local =~ s{^(\s*HookwiseKeyFile).*}{$1 $dir/keyfile}m;
$local =~ s{^(HookwiseSpoolDir).*}{$1 $dir/spool}m;
my ($exit, $out) = $t->configtest($local);
is($exit, 0, 'the reference passes') or diag($out);

# --- two sites of one httpd -----------------------------------------------------------------------------
my $sites = <<"EOT";
HookwiseSpoolDir $dir/spool
Listen 127.0.0.1:%%PORT:other%%
<VirtualHost *:%%PORT%%>
    HookwiseRedis unix:/run/one.sock
</VirtualHost>
<VirtualHost *:%%PORT:other%%>
    HookwiseRedis unix:/run/other.sock
</VirtualHost>
EOT
($exit, $out) = $t->configtest($sites);
is($exit, 1, 'a spool of two Redis is refused');
like($out, qr{^HookwiseSpoolDir \Q$dir\E/spool is of two servers whose HookwiseRedis differ: give each a folder of its own, or webhooks reach the other's Redis$}m,
    'by name');
($exit, $out) = $t->configtest($sites =~ s{unix:/run/other.sock}{unix:/run/one.sock}r);
is($exit, 0, 'one Redis may have one') or diag($out);
mkdir "$dir/second" or die;
symlink "$dir/spool", "$dir/link" or die;
($exit, $out) = $t->configtest($sites =~ s{(other.sock)}{$1\n    HookwiseSpoolDir $dir/link}r);
is($exit, 1, 'another name of the same folder is the same');
($exit, $out) = $t->configtest($sites =~ s{(other.sock)}{$1\n    HookwiseSpoolDir $dir/second}r);
is($exit, 0, 'each may have its own') or diag($out);

$t->done;
