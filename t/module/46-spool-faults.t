#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# What happens to a spool's folder: full when httpd starts, moved away while webhooks are written to it,
# on a disk that takes no more writes. What was answered 2xx reaches Redis, and once.
use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/lib";
use HookWise::Test;
use Records;

my $t = HookWise::Test->new;
my $conf = <<'EOT' . $t->httpd_conf;
StartServers 1
ServerLimit 1
ThreadsPerChild 8
MaxRequestWorkers 8
MinSpareThreads 1
MaxSpareThreads 8
EOT
$t->redis(appendonly => 'yes', appendfsync => 'always');
$t->expect_log(qr/Redis at unix:\S+: .*; webhooks go to the spool until it is back/);
my $spool = $t->dir . '/spool';

# "code durability" of one webhook, without the latter when it was refused.
sub post {
    my ($id, $n) = @_;
    my $res = $t->post("/w/$id", { Authorization => "Bearer tok-$id", Connection => 'close' }, qq({"n":$n}));
    return join ' ', $res->code, $res->headers->header('X-HookWise-Durability') // ();
}

# The bodies of an endpoint's events, in the stream's order.
sub bodies {
    my ($id) = @_;
    return join ' ', map { $_->{b} =~ /(\d+)/ } grep { $_->{ep} eq $id } events($t);
}

sub segments { my ($dir) = @_; return glob "$dir/*.spool" }

# Waits for the last of them, and shows all.
sub arrived {
    my ($id, $last) = @_;
    $t->wait_for(sub { bodies($id) =~ /\b$last\z/ }, "event $last is in Redis", 60);
    return bodies($id);
}

sub settled {
    return $t->wait_for(sub { $t->get('/health/services')->json->{spool}{events} == 0 }, 'the spool is drained', 60);
}

# There is one child: what is in the copy of the records it knows.
sub known {
    my ($id, $dir) = @_;
    return $t->wait_for(sub {
        open my $fh, '<', "$dir/endpoints.json" or return 0;
        local $/;
        return index(<$fh>, qq("$id")) >= 0;
    }, "$id is in the copy of the records", 60);
}

my $small = $t->dir . '/small';
my $mounted;
END { system 'umount', '-l', $small if $mounted }

SKIP: {
    mkdir $small;
    skip 'needs a small file system, which only root can mount', 5 if $> != 0;
    skip 'no tmpfs here', 5 if system "mount -t tmpfs -o size=64k,mode=777 none $small 2>/dev/null";
    $mounted = 1;
    open my $fh, '>', "$small/others" or die;
    $fh->autoflush;
    1 while print {$fh} 'x' x 4096;
    close $fh;
    publish($t, 'a');
    $t->expect_log(qr{HookwiseSpoolDir: \Q$small\E: takes no file of ours: No space left on device; this process works without it until httpd is reloaded});
    $t->httpd($conf =~ s/%%SPOOL%%/$small/r);
    is(post('a', 1), '202 redis', 'a full disk keeps no httpd from starting');
    unlink "$small/others";
    $t->httpd_reload('graceful');
    known('a', $small);
    $t->{redis}->proc->stop;
    is(post('a', 2), '202 spool', 'after a reload there is a spool');
    $t->{redis}->start;
    is(arrived('a', 2), '1 2', 'both are in Redis');
    $t->{httpd}->proc->stop;
    $mounted = is(system('umount', $small), 0, 'nothing holds the folder') ? 0 : 1;
}

publish($t, 'b');
$t->httpd($conf);
known('b', $spool);

subtest 'the folder is moved away' => sub {
    $t->expect_log(qr/a webhook cannot be spooled: the spool \S+ cannot be written \((?:its segment was removed|new segment)\): No such file or directory/);
    $t->{redis}->proc->stop;
    is(post('b', $_), '202 spool', "event $_ is accepted") for 1, 2;
    rename $spool, "$spool.old" or die;
    is(post('b', 0), '503', 'where nobody finds it no event is accepted') for 1, 2;
    mkdir $spool or die;
    chmod 0777, $spool;
    is(post('b', 3), '202 spool', 'a new folder takes them');
    rename $_, $spool . substr $_, length "$spool.old" for segments("$spool.old");
    $t->{redis}->start;
    is(arrived('b', 3) =~ s/ ?\b0\b//r, '1 2 3', 'when what was moved is moved back nothing is missing');
};

# Files may not be written at or behind so many bytes by httpd's children: as their user may say.
sub limit_files {
    my ($bytes) = @_;
    my @as = $> == 0 ? qw(setpriv --reuid www-data --regid www-data --clear-groups) : ();
    return scalar grep { system @as, 'prlimit', '--pid', $_, "--fsize=$bytes:" } $t->{httpd}->children;
}

SKIP: {
    skip 'no prlimit here', 1 if system 'command -v prlimit setpriv >/dev/null';
    subtest 'a disk that takes no more writes' => sub {
        publish($t, 'c');
        known('c', $spool);
        $t->{redis}->proc->stop;
        is(post('c', $_), '202 spool', "event $_ is accepted") for 1 .. 5;
        is(limit_files(8), 0, 'then no more writes');
        $t->{redis}->start;
        settled();
        ok($t->wait_for(sub { post('c', 6) eq '202 redis' }, 'the way to Redis', 60), 'what waited is there: later ones go to Redis');
        is(bodies('c') =~ s/(?: 6)+\z/ 6/r, '1 2 3 4 5 6', 'each is there once');
        is(limit_files('unlimited'), 0, 'writes again');
        $t->{redis}->proc->stop;
        is(post('c', 7), '202 spool', 'the next one');
        $t->{redis}->start;
        is(arrived('c', 7) =~ s/(?: 6)+/ 6/r, '1 2 3 4 5 6 7', 'also once');
        $t->wait_for(sub { !segments($spool) }, 'the segments are removed', 60);
    };
}

$t->done;
