#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Redis is away: webhooks are accepted onto disk and reach Redis in order when it is back, also when
# httpd was killed or restarted in between; a folder that is full or not ours gives 503.
use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/lib";
use HookWise::Test;
use Records;

my $t = HookWise::Test->new;
my $conf = <<'EOT';
HookwiseRedis %%REDIS%%
HookwiseSpoolDir %%SPOOL%%
StartServers 2
<Location "/w">
    SetHandler hookwise-webhook
</Location>
<LocationMatch "^/(health|readyz|health/services)$">
    SetHandler hookwise-health
</LocationMatch>
<Location "/metrics">
    SetHandler hookwise-metrics
</Location>
EOT
$t->redis(appendonly => 'yes', appendfsync => 'always');
$t->expect_log(qr/Redis at unix:\S+: .*; webhooks go to the spool until it is back/);
my $spool = $t->dir . '/spool';

sub post {
    my ($id, $n, %head) = @_;
    return $t->post("/w/$id", { Authorization => "Bearer tok-$id", Connection => 'close', %head },
        qq({"n":$n}));
}

sub segments { return grep { !-z } glob "$spool/*.spool" }
sub waiting { return $t->get('/health/services')->json->{spool}{events} }

# The bodies of an endpoint's events, in the stream's order.
sub bodies {
    my ($id) = @_;
    return join ' ', map { $_->{b} =~ /(\d+)/ } grep { $_->{ep} eq $id } events($t);
}

sub settled { return $t->wait_for(sub { waiting() == 0 }, 'the spool is drained') }

# Every child has the records on its own within its refresh; the copy on disk says that one has.
sub known {
    my ($id) = @_;
    $t->wait_for(sub {
        my $copy = "$spool/endpoints.json";
        open my $fh, '<', $copy or return 0;
        local $/;
        return index(<$fh>, qq("$id")) >= 0;
    }, "$id is in the copy of the records");
    return;
}

publish($t, 'a');
publish($t, 'b');
$t->httpd($conf);
known('b');

subtest 'away and back' => sub {
    my $res = post('a', 1);
    is($res->headers->header('X-HookWise-Durability'), 'redis', 'Redis answers: in Redis');
    is(scalar(segments()), 0, 'nothing on disk');
    $t->{redis}->proc->stop;
    for my $n (2 .. 30) {
        my $one = post('a', $n);
        is($one->code, 202, "event $n is accepted without Redis") or last;
        is($one->headers->header('X-HookWise-Durability'), 'spool', 'and on disk');
        is($one->json->{status}, 'queued', 'as always');
    }
    is(post('b', 1)->code, 202, 'also for an endpoint that nobody has posted to');
    is($t->post('/w/a', { Authorization => 'Bearer wrong' }, '{}')->code, 401,
        'a wrong token is refused without Redis');
    is(waiting(), 30, 'health counts them');
    cmp_ok(scalar(segments()), '>', 0, 'they are in segments');
    like($t->get('/metrics')->body, qr/^hookwise_spool_events 30$/m, 'so do the metrics');
    $t->{redis}->start;
    settled();
    is(bodies('a'), join(' ', 1 .. 30), 'each is in Redis once, in the order of acceptance');
    is(bodies('b'), '1', 'those of other endpoints too');
    my ($second) = grep { $_->{b} eq '{"n":2}' } events($t);
    is($second->{f}, 'us', 'they are marked as spooled and unverified');
    $t->wait_for(sub { !segments() }, 'the segments are removed');
    is(post('a', 31)->headers->header('X-HookWise-Durability'), 'redis', 'later ones go to Redis');
};

subtest 'httpd is killed and restarted meanwhile' => sub {
    publish($t, 'c');
    known('c');
    $t->{redis}->proc->stop;
    is(post('c', $_)->code, 202, "event $_") for 1 .. 5;
    $t->{httpd}->proc->kill9;
    $t->httpd($conf);
    is(waiting(), 5, 'a new httpd counts what the old one left');
    is(post('c', $_)->code, 202, "event $_, by records kept on disk") for 6 .. 9;
    $t->httpd_reload('graceful');
    is(post('c', $_)->code, 202, "event $_, after a graceful restart") for 10 .. 12;
    $t->{redis}->start;
    settled();
    is(bodies('c'), join(' ', 1 .. 12), 'all of them, in order');
};

subtest 'a torn tail and a stray file' => sub {
    publish($t, 'd');
    known('d');
    $t->{redis}->proc->stop;
    is(post('d', $_)->code, 202, "event $_") for 1 .. 3;
    $t->{httpd}->proc->kill9;
    my ($segment) = segments();
    open my $fh, '>>:raw', $segment or die;
    print $fh "\x20\0\0\0torn";
    close $fh;
    chmod 0666, $t->file('spool/0-notes.spool', 'no spool of ours');
    $t->expect_log(qr/spool: \S+0-notes\.spool: is no spool segment/);
    $t->httpd($conf);
    $t->{redis}->start;
    settled();
    is(bodies('d'), '1 2 3', 'whole records arrive');
    ok(-e "$spool/0-notes.spool", 'what is not ours stays');
    unlink "$spool/0-notes.spool";
};

subtest 'repeats' => sub {
    publish($t, 'e');
    known('e');
    $t->{redis}->proc->stop;
    my @codes = map { post('e', 1, 'Idempotency-Key' => 'once')->code } 1 .. 3;
    is("@codes", '202 202 202', "a sender's retries are accepted");
    $t->{redis}->start;
    settled();
    is(bodies('e'), '1', 'and are one event');
};

subtest 'folders' => sub {
    my ($exit, $out) = $t->configtest($conf =~ s/%%SPOOL%%/%%DIR%%\/none/r);
    isnt($exit, 0, 'a missing folder');
    like($out, qr/HookwiseSpoolDir: there is no folder \S+none/, 'is refused by name');
    SKIP: {
        skip 'needs a small file system, which only root can mount', 4 if $> != 0;
        my $small = $t->dir . '/small';
        mkdir $small;
        skip 'no tmpfs here', 4 if system("mount -t tmpfs -o size=64k,mode=777 none $small 2>/dev/null");
        $t->expect_log(qr/a webhook cannot be spooled: the spool \S+ cannot be written/);
        publish($t, 'f');
        $t->{httpd}->proc->stop;
        $t->httpd($conf =~ s/%%SPOOL%%/$small/r);
        $t->wait_for(sub { -s "$small/endpoints.json" }, 'records are copied');
        $t->{redis}->proc->stop;
        my ($ok, $refused) = (0, undef);
        while (!$refused && $ok < 500) {
            my $res = $t->post('/w/f', { Authorization => 'Bearer tok-f' },
                '{"x":"' . 'y' x 2000 . '"}');
            $res->code == 202 ? $ok++ : ($refused = $res);
        }
        is($refused->code, 503, 'a full disk is 503');
        ok($refused->headers->header('Retry-After'), 'with the time to come back');
        $t->{redis}->start;
        settled();
        is(scalar(grep { $_->{ep} eq 'f' } events($t)), $ok, 'what was accepted is there');
        $t->{httpd}->proc->stop;
        ok($t->wait_for(sub { system("umount $small 2>/dev/null") == 0 }, 'the end of all children'), 'nothing holds the folder');
    }
};

$t->done;
