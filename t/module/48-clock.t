#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# A clock that is set back and forward by an hour, while Redis hangs too: nobody waits that long.
use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/lib";
use HookWise::Test;
use HookWise::Test::Poll qw(now);
use Records;

my ($lib) = glob '/usr/lib/*/faketime/libfaketimeMT.so.1';
die "libfaketime is not installed (make deps)\n" unless $lib;

my $t = HookWise::Test->new(httpd_env => {});
{   # A sanitizer's library must be loaded first, and so must this one.
    open my $in, '<:raw', $t->product('mod_hookwise.so') or die "mod_hookwise.so: $!\n";
    local $/;
    plan(skip_all => 'a sanitizer and another clock cannot be had together') if <$in> =~ /__[at]san_init/;
}
my $offset = $t->dir . '/offset';
sub set_clock { # at once: httpd reads it all the time
    my ($by) = @_;
    my $new = $t->file('offset.new', "$by\n");
    chmod 0644, $new;
    rename $new, $offset or die "$offset: $!\n";
    return;
}
set_clock('+0');
$t->{httpd_env} = { LD_PRELOAD => $lib, FAKETIME_TIMESTAMP_FILE => $offset, FAKETIME_NO_CACHE => 1,
    DONT_FAKE_MONOTONIC => 1, FAKETIME_DONT_FAKE_MONOTONIC => 1 };
$t->redis;
$t->expect_log(qr/Redis at unix:\S+: .*; webhooks go to the spool until it is back/);
publish($t, 'a');
$t->httpd(<<'EOT');
HookwiseRedis %%REDIS%%
HookwiseRedisTimeout 700ms
HookwiseSpoolDir %%SPOOL%%
<Location "/w">
    SetHandler hookwise-webhook
</Location>
<LocationMatch "^/(health|readyz|health/services)$">
    SetHandler hookwise-health
</LocationMatch>
EOT

sub post {
    my ($n) = @_;
    return $t->post('/w/a', { Authorization => 'Bearer tok-a' }, qq({"n":$n}));
}
# What Redis took without an answer is there twice, by one request id: hookwised does it once.
sub stored { my %seen; return join ' ', map { $_->{b} =~ /(\d+)/ } grep { !$seen{ $_->{id} }++ } events($t) }
sub waiting { return $t->get('/health/services')->json->{spool}{events} }
sub counted { return counter($t, 'queued', 'name of a') }

my $n = 0;
# Posts until one lands where it should: an httpd that stalls takes a Redis that answers for one that hangs.
sub lands {
    my ($where, $what) = @_;
    ok($t->wait_for(sub { post(++$n)->headers->header('X-HookWise-Durability') eq $where }, $what), $what);
    return;
}

sub hangs_while {
    my ($name, $by) = @_;
    subtest $name => sub {
        lands('redis', 'all is well');
        $t->wait_for(sub { counted() >= $n }, 'its counter');
        $t->{redis}->proc->freeze;
        my $began = now();
        my ($answer, $took);
        my $asked = $t->ua->post_p($t->url . '/w/a' => { Authorization => 'Bearer tok-a' } => '{"n":' . ++$n . '}')
            ->then(sub { $answer = $_[0]->res; $took = now() - $began });
        Mojo::IOLoop->timer(0.2 => sub { set_clock($by) });
        $asked->wait;
        is($answer->code, 202, 'Redis hangs and the clock is set: taken');
        is($answer->headers->header('X-HookWise-Durability'), 'spool', 'into the spool');
        cmp_ok($took, '>=', 0.6, 'not before HookwiseRedisTimeout');
        cmp_ok($took, '<', 60, 'and not an hour after it');
        is(post(++$n)->code, 202, 'the next one too');
        $t->{redis}->proc->thaw;
        $t->wait_for(sub { waiting() == 0 }, 'the spool is drained');
        lands('redis', 'then Redis has them again');
        $t->wait_for(sub { waiting() == 0 }, 'nothing is left in the spool');
        is(stored(), join(' ', 1 .. $n), 'each of them once, in order');
        $t->wait_for(sub { counted() >= $n }, 'counters go on');
        publish($t, "new$n");
        $t->wait_for(sub {
            open my $fh, '<', $t->dir . '/spool/endpoints.json' or return 0;
            local $/;
            return index(<$fh>, qq("new$n")) >= 0;
        }, 'the records go on being looked at');
    };
    return;
}

hangs_while('back', '-3600');
hangs_while('forward', '+3600');
hangs_while('to what it was', '+0');
$t->done;
