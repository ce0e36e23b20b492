#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Reloads, killed children and a stopped server under load: whatever was answered 2xx is in Redis.
use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/lib";
use HookWise::Test;
use IO::Socket::INET;
use Records;

my $t = HookWise::Test->new;
my $conf = <<'EOT';
HookwiseRedis %%REDIS%%
StartServers 2
<Location "/w">
    SetHandler hookwise-webhook
</Location>
EOT
$t->redis(appendonly => 'yes');
$t->httpd($conf);
publish($t, 'stream');

# Posts until the file "stop" is there; writes "code id" for each answer. Connections that end
# without an answer are opened again: those requests prove nothing.
sub sender {
    my ($n, $stop, $parent) = @_;
    open my $out, '>', $t->dir . "/answers.$n" or die;
    my ($s, $seq) = (undef, 0);
    local $SIG{PIPE} = 'IGNORE';
    while (!-e $stop && getppid == $parent) {
        my $body = sprintf '{"sender":%d,"seq":%d}', $n, ++$seq;
        $s ||= IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $t->port) or next;
        print $s "POST /w/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer tok-stream\r\n"
            . "Content-Length: " . length($body) . "\r\n\r\n$body";
        my $answer = '';
        while ($answer !~ /\r\n\r\n.*\}\n\z/s) { sysread($s, $answer, 4096, length $answer) or last }
        if ($answer =~ m{^HTTP/1\.1 (\d+).*"request_id":"([^"]+)"\}\n\z}s) {
            print $out "$1 $2\n";
            undef $s if $answer =~ /^Connection: close/mi;
        } else {
            undef $s;
        }
    }
    close $out;
    return;
}

# Runs the sub while six senders post; gives their answers as [code, id].
sub under_load {
    my ($during) = @_;
    my ($stop, $parent) = ($t->dir . '/stop', $$);
    unlink $stop;
    my @pids;
    for my $n (1 .. 6) {
        my $pid = fork // die "fork: $!";
        if (!$pid) { # no END blocks here: they end the servers
            eval { sender($n, $stop, $parent) };
            require POSIX;
            POSIX::_exit($@ ? 1 : 0);
        }
        push @pids, $pid;
    }
    $t->wait_for(sub { () = events($t) }, 'first events');
    $during->();
    $t->file('stop', '');
    my $failed = 0;
    for my $pid (@pids) { waitpid $pid, 0; $failed ||= $? }
    is($failed, 0, 'senders ended well');
    my @answers;
    for my $n (1 .. 6) {
        open my $in, '<', $t->dir . "/answers.$n" or die;
        push @answers, map { [split] } <$in>;
    }
    return @answers;
}

sub settled {
    my ($what, @answers) = @_;
    my %stored = map { $_->{id} => 1 } events($t);
    my @lost = grep { $_->[0] =~ /^2/ && !$stored{ $_->[1] } } @answers;
    cmp_ok(scalar @answers, '>', 100, "$what: " . @answers . ' answers');
    is(scalar @lost, 0, "$what: every 2xx is in a stream");
    return;
}

sub more_events {
    my ($n) = @_;
    my $have = 0;
    $have += $t->redis_cli('XLEN', "hw:s:$_") for 0 .. 15;
    return $have >= $n;
}

# One with many threads; the process that starts CGI programs has one.
sub serving_child {
    for my $pid ($t->{httpd}->children) {
        my @threads = glob "/proc/$pid/task/*";
        return $pid if @threads > 10;
    }
    return;
}

subtest 'graceful' => sub {
    my @answers = under_load(sub {
        for my $round (1 .. 5) {
            $t->httpd_reload('graceful', $conf);
            $t->wait_for(sub { more_events($round * 200) }, "events after reload $round");
        }
    });
    settled('graceful', @answers);
    my %codes = map { $_->[0] => 1 } @answers;
    is_deeply(\%codes, { 202 => 1 }, 'no request was refused meanwhile');
    my $reloads = () = $t->log('httpd') =~ /Doing graceful restart/g;
    is($reloads, 5, 'five reloads');
};

subtest 'a child dies' => sub {
    $t->redis_cli('DEL', map { "hw:s:$_" } 0 .. 15);
    my @answers = under_load(sub {
        for my $round (1 .. 3) {
            my $pid = $t->wait_for(\&serving_child, 'a child that serves');
            kill KILL => $pid;
            $t->wait_for(sub { more_events($round * 300) }, "events after kill $round");
        }
    });
    settled('killed', @answers);
};

# SIGHUP: httpd closes its workers' sockets under them, and may complain where one lingers, or die of
# one that its worker was just closing. Up to here nothing has.
my $crash = qr/exit signal (?!Killed)/;
unlike($t->log('httpd'), $crash, 'no child crashed');
$t->expect_log(qr/AH0005[12]: child pid \d+ exit signal Segmentation fault/, optional => 1);
$t->expect_log(qr/\(9\)Bad file descriptor: AH03092: process_lingering_close/, optional => 1);
subtest 'restart' => sub {
    $t->redis_cli('DEL', map { "hw:s:$_" } 0 .. 15);
    my @answers = under_load(sub {
        $t->wait_for(sub { more_events(300) }, 'events');
        $t->httpd_reload('restart', $conf);
        $t->wait_for(sub { more_events(900) }, 'events after the restart');
    });
    settled('restarted', @answers);
};
my $crashes = () = $t->log('httpd') =~ /$crash/g;

subtest 'graceful stop' => sub {
    $t->redis_cli('DEL', map { "hw:s:$_" } 0 .. 15);
    my @answers = under_load(sub {
        $t->wait_for(sub { more_events(300) }, 'events');
        $t->{httpd}->proc->stop('WINCH');
    });
    settled('stopped', @answers);
    my %codes = map { $_->[0] => 1 } @answers;
    is_deeply(\%codes, { 202 => 1 }, 'what was taken was answered well');
    is(scalar(() = $t->log('httpd') =~ /$crash/g), $crashes, 'no child crashed');
};

$t->done;
