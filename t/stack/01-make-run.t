#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# make run and its companions, in a checkout below a home that nobody else may enter: as root, and as
# an ordinary user.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use IO::Socket::INET;
use Mojo::JSON qw(decode_json);
use Mojo::UserAgent;
use Mojo::Util qw(b64_encode);
use Test::More;
use HookWise::Checkout;
use HookWise::Test::Poll qw(wait_for);
use HookWise::Test::Ports qw(free_port);

my $user = "hwtest$$";
my $made_user;
my $owner = $$;
END { system 'userdel', $user if $made_user && $$ == $owner }

my $ua = Mojo::UserAgent->new(insecure => 1, connect_timeout => 60, inactivity_timeout => 120);

sub history {
    my ($co) = @_;
    my ($code, $text) = $co->ctl('--json', 'history');
    return $code ? [] : decode_json($text)->{items};
}

# Waits until history has so many rows that are finished.
sub history_of {
    my ($co, $count) = @_;
    my @rows;
    wait_for(sub { @rows = grep { $_->{status} ne 'retrying' } @{ history($co) }; @rows >= $count }, "$count rows in history", 120);
    return \@rows;
}

# A Redis or a worker that stands still for a moment is down in its moment.
sub all_up {
    my ($url) = @_;
    ok(wait_for(sub { $ua->get("$url/health/services")->result->code == 200 }, 'all services'), 'all services are up');
    return;
}

# Processes that were told to end are gone in a moment, those they started too.
sub none_left {
    my ($co, $real) = @_;
    ok(wait_for(sub { !$co->processes($real) }, 'the end of all processes'), 'no process is left');
    return;
}

# Nobody may collect it: then it stays as a zombie.
sub lives {
    my ($pid) = @_;
    open my $in, '<', "/proc/$pid/stat" or return 0;
    return (<$in> // '') =~ /\) [^ZX] /;
}

sub first_run {
    my ($co, %env) = @_;
    my ($code, $out) = $co->make(\%env, 'run');
    is($code, 0, 'make run succeeds') or do { diag($out); return 0 };
    my $e = $co->env;
    is($e->{HW_URL}, 'http://127.0.0.1:' . $co->port, 'HW_URL');
    is($e->{HW_TLS_URL}, 'https://127.0.0.1:' . $co->tls_port, 'HW_TLS_URL');
    is($e->{HW_ADMIN_USER}, 'admin', 'HW_ADMIN_USER');
    like($e->{HW_SAMPLE_ENDPOINT}, qr/^[\w-]{64}$/, 'HW_SAMPLE_ENDPOINT');
    like($e->{HW_SAMPLE_TOKEN}, qr/^[\w-]{40,}$/, 'HW_SAMPLE_TOKEN');
    is((stat $co->dir . '/run/env')[2] & 07777, 0600, 'run/env is for its owner alone');

    like($out, qr/^The sample alert became:\n  ticket +\S+\n  destination +local\n  action +create\n/m,
        'it shows the incident of the sample alert');
    like($out, qr{^GUI +\Q$e->{HW_URL}\E/}m, 'it prints the address');
    like($out, qr/^Password +\Q$e->{HW_ADMIN_PASSWORD}\E$/m, 'it prints the password');
    like($out, qr{^Endpoint +\Q$e->{HW_URL}\E/webhook/\Q$e->{HW_SAMPLE_ENDPOINT}\E$}m, 'it prints the endpoint');
    like($out, qr/^Token +\Q$e->{HW_SAMPLE_TOKEN}\E$/m, 'it prints the token');

    is($ua->get("$e->{HW_URL}/health")->result->code, 200, 'health answers');
    is($ua->get("$e->{HW_TLS_URL}/health")->result->code, 200, 'health answers with TLS');
    all_up($e->{HW_URL});
    for my $path ('/webhook', '/webhook/', "/webhook/$e->{HW_SAMPLE_ENDPOINT}/more") {
        my $answer = $ua->post($e->{HW_URL} . $path => json => {})->result;
        is($answer->code . ' ' . ($answer->json('/message') // ''), '404 There is no such endpoint', "$path is answered as JSON");
    }
    my ($curl) = $out =~ /^  (curl (?:.*\\\n)*.*)$/m;
    my ($curl_code, $answer) = $co->run({}, 'sh', '-c', $curl);
    like($answer, qr/"status": ?"queued"/, 'the curl line works as printed');
    my $rows = history_of($co, 2);
    is(join(' ', map { $_->{action} } @$rows), 'create create', 'it opens another incident');
    isnt($rows->[0]{ticket_id}, $rows->[-1]{ticket_id}, 'the two are two');
    return 1;
}

sub again {
    my ($co) = @_;
    my ($env, $pids, $count) = ($co->slurp('env'), $co->pids, scalar @{ history($co) });
    my ($code, $out) = $co->make({ HW_PORT => undef, HW_TLS_PORT => undef }, 'run');
    is($code, 0, 'make run again succeeds, with the ports it remembers') or diag($out);
    is($co->slurp('env'), $env, 'same user, endpoint and token');
    is_deeply($co->pids, $pids, 'same processes');
    is(scalar @{ history($co) }, $count, 'nothing is posted again');
    unlike($out, qr/starting|creating/, 'nothing is started again');
    like($out, qr/^The sample alert became:\n  ticket/m, 'it shows the incident again');
}

sub settings {
    my ($co) = @_;
    my $before = $co->pids;
    my ($code, $out) = $co->make({ CW_TICKET_PREFIX => 'A "quoted" $prefix:', REDIS_PORT => 1,
        GUI_PASSWORD => "p w'd" }, 'start');
    is($code, 0, 'make start takes settings from the environment') or diag($out);
    like($co->slurp('hookwised.conf'), qr/^CW_TICKET_PREFIX="A \\"quoted\\" \\\$prefix:"$/m, 'they are kept');
    unlike($co->slurp('hookwised.conf'), qr/^REDIS_PORT/m, 'but where our own servers are is not');
    like($out, qr/REDIS_PORT in the environment is not used/, 'and it says so');
    my $after = $co->pids;
    isnt($after->{hookwised}, $before->{hookwised}, 'hookwised starts again with them');
    is($after->{$_}, $before->{$_}, "$_ runs on") for qw(redis postgres httpd);
    is($co->env->{HW_ADMIN_PASSWORD}, "p w'd", 'run/env has the new password');
    $co->make({}, 'start');
    is_deeply($co->pids, $after, 'make start without them changes nothing');
    my ($bad, $why) = $co->make({ WORKER_THREADS => 'many' }, 'start');
    isnt($bad, 0, 'a bad setting is refused');
    like($why, qr/WORKER_THREADS.*"many" is not a whole number.*\n.*Error 100$/, 'and it says which and why');
    is_deeply($co->pids, $after, 'what runs goes on');
    my $feed = sub { $ua->head("$_[0]/events", { Authorization => 'Basic ' . b64_encode("admin:p w'd", '') })->result->code };
    $co->make({ FORCE_HTTPS => 'true' }, 'start');
    is($ua->get($co->env->{HW_URL} . '/api/session')->result->headers->location, $co->env->{HW_TLS_URL} . '/api/session',
        'FORCE_HTTPS sends readers to the TLS port');
    my $page = $ua->get($co->env->{HW_URL} . '/?a=b')->result;
    is($page->code . ' ' . $page->headers->location, '308 ' . $co->env->{HW_TLS_URL} . '/?a=b', 'of the pages too');
    is($ua->get($co->env->{HW_TLS_URL} . '/')->result->code, 200, 'where they are');
    is($feed->($co->env->{HW_URL}) . ' ' . $feed->($co->env->{HW_TLS_URL}), '403 200', 'the live feed is there alone');
    is($ua->get($co->env->{HW_URL} . $_)->result->code, 200, "$_ stays open by http") for qw(/health /metrics);
    all_up($co->env->{HW_URL});
    is($ua->post($co->env->{HW_URL} . '/webhook/nobody' => {} => '{}')->result->code, 404, 'so do webhooks');
    $co->make({ FORCE_HTTPS => 'false', GUI_TRUSTED_IPS => '192.0.2.0/24, 2001:db8::/32' }, 'start');
    is($ua->get($co->env->{HW_URL} . '/')->result->code, 200, 'without it the pages are there by http');
    is($ua->get($co->env->{HW_URL} . '/api/session')->result->code . ' ' . $feed->($co->env->{HW_URL}), '403 403',
        'GUI_TRUSTED_IPS is about the API and the feed');
    $co->make({ GUI_TRUSTED_IPS => '192.0.2.0/24, 127.0.0.0/8' }, 'start');
    is($feed->($co->env->{HW_URL}), 200, 'and lets these in');
    $co->make({ GUI_TRUSTED_IPS => '' }, 'start');
    like($co->slurp('hookwised.conf'), qr/^PUBLIC_URL=\Q@{[ $co->env->{HW_URL} ]}\E$/m, 'and no longer');
    unlike($co->slurp('hookwised.conf'), qr/many/, 'and the bad setting is not kept');
}

sub port_in_use {
    my ($co) = @_;
    my $socket = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1', LocalPort => free_port())
        or die "listen: $!\n";
    my $taken = $socket->sockport;
    my $dir = $co->dir . '/run2';
    my ($code, $out) = $co->make({ HW_RUN => $dir, HW_PORT => $taken, HW_TLS_PORT => free_port() }, 'run');
    isnt($code, 0, 'a port in use is refused');
    like($out, qr/^make run: port $taken is in use; choose another with HW_PORT=…$/m, 'the message says how to go on');
    unlike($out, qr/starting/, 'before anything is started');
    $co->make({ HW_RUN => $dir }, 'clean-run');
    ok(!-e $dir && !-l $dir, 'clean-run removes what there is');
}

sub stop_and_start {
    my ($co) = @_;
    my $real = $co->real;
    my $rows = scalar @{ history($co) };
    my ($code, $out) = $co->make({}, 'stop');
    is($code, 0, 'make stop succeeds') or diag($out);
    none_left($co, $real);
    is(join(' ', grep { -e "$real/$_.pid" } qw(httpd redis postgres hookwised)), '', 'no pid file is left');
    ($code, $out) = $co->make({}, 'status');
    isnt($code, 0, 'make status says by its exit status that it is down');
    is($out =~ s/^\w+ +down$//mgr =~ s/^make: .*\n//mgr =~ s/\n//gr, '', 'and lists all four as down');
    is(($co->make({}, 'stop'))[0], 0, 'make stop again is no error');

    # The number in a pid file may have gone to somebody else.
    $co->run({}, 'sh', '-c', "echo $$ >run/httpd.pid; echo 999999999 >run/redis.pid");
    ($code, $out) = $co->make({}, 'start');
    is($code, 0, 'make start succeeds with stale pid files') or diag($out);
    ok(kill(0, $$), 'the process that got the number lives');
    is(scalar @{ history($co) }, $rows, 'history is still there');
    is(($co->make({}, 'status'))[0], 0, 'make status says that all is up');
    my $pid = $co->pids->{hookwised};
    $co->run({}, 'kill', '-KILL', $pid);
    wait_for(sub { !lives($pid) }, 'the end of hookwised');
    ($code, $out) = $co->make({}, 'start');
    is($code, 0, 'make start after hookwised was killed');
    like($out, qr/^starting hookwised/m, 'starts what is not up');
    unlike($out, qr/starting (?:Redis|PostgreSQL|Apache)/, 'and nothing else');
}

# All four killed at once, as by a power cut; httpd's children outlive their parent and keep the ports.
sub killed {
    my ($co) = @_;
    my $rows = scalar @{ history($co) };
    my @pids = values %{ $co->pids };
    $co->run({}, 'kill', '-KILL', @pids);
    wait_for(sub { !grep { lives($_) } @pids }, 'their end');
    $co->run({}, 'mkdir', $co->real . '/work.killed');
    my ($code, $out) = $co->make({}, 'start');
    is($code, 0, 'make start after all were killed') or diag($out);
    is(scalar @{ history($co) }, $rows, 'history is still there');
    all_up($co->env->{HW_URL});
    ok(!-e $co->real . '/work.killed', 'scratch of a killed run is gone');
}

# A copied checkout brings the link to the other's state with it; a copied state the other's socket.
sub copied {
    my ($co) = @_;
    my ($other, $port, $tls_port) = ($co->dir . '/../a copy', free_port(), free_port());
    $co->make({}, 'stop');
    $co->run({}, 'cp', '-a', $co->dir, $other);
    $co->run({}, 'cp', '-a', $co->real . '/.', $co->dir . '/run3');
    $co->make({}, 'start');
    my ($pids, $url) = ($co->pids, $co->env->{HW_URL});
    my %else = (HW_PORT => $port, HW_TLS_PORT => $tls_port);
    isnt(($co->run({}, 'make', '-C', $other, 'status'))[0], 0, 'a copied checkout has no stack') if -l $co->dir . '/run';
    for my $where (['-C', $other], ["HW_RUN=" . $co->dir . '/run3']) {
        my ($code, $out) = $co->run(\%else, 'make', @$where, 'start');
        is($code, 0, "make @$where start makes one of its own") or diag($out);
        like(($co->run({}, 'make', @$where, 'status'))[1], qr{^address +http://127.0.0.1:$port/ }m, 'status tells its port');
        is_deeply($co->pids, $pids, 'the other one runs on');
        is(($co->run(\%else, 'make', @$where, 'clean-run'))[0], 0, 'clean-run removes it');
    }
    all_up($url); # of the other one nothing was removed
}

sub clean_up {
    my ($co) = @_;
    my $real = $co->real;
    my ($code, $out) = $co->make({}, 'clean-run');
    is($code, 0, 'make clean-run succeeds') or diag($out);
    none_left($co, $real);
    ok(!-e $real, 'the state folder is gone');
    ok(!-l $co->dir . '/run', 'and the link to it');
    is(($co->make({}, 'clean-run'))[0], 0, 'again is no error');
}

sub scenario {
    my ($co, %env) = @_;
    first_run($co, %env) or return;
    again($co);
    settings($co);
    port_in_use($co);
    stop_and_start($co);
    killed($co);
    copied($co);
    clean_up($co);
}

subtest 'as root' => sub {
    plan skip_all => 'not root' if $> != 0;
    my $co = HookWise::Checkout->new;
    my ($code, $out) = $co->make({}, 'start');
    is($code, 0, 'make start makes a stack too') or diag($out);
    like($co->real, qr{^/var/lib/hookwise-run/\w+$}, 'the state lies where the servers can go');
    my %who = map { ($_->[2] =~ m{([^/]+)$})[0] . " $_->[1]" => 1 } $co->processes;
    for my $want ('hookwised daemon', 'redis-server redis', 'postgres postgres', 'apache2 www-data') {
        ok($who{$want}, "$want") or diag(join ', ', sort keys %who);
    }
    my @secret = grep { ((stat($co->real . "/$_"))[2] & 07) != 0 } qw(hookwised.conf key env log pgdata redis spool tls);
    is("@secret", '', 'nothing secret is for everybody');
    scenario($co);
};

subtest 'as an ordinary user' => sub {
    my %who;
    if ($> == 0) {
        plan skip_all => 'cannot make a user' if system('useradd', '-M', '-s', '/bin/sh', $user) != 0;
        $made_user = 1;
        %who = (user => $user);
    }
    my $co = HookWise::Checkout->new(%who);
    scenario($co, REDIS_PASSWORD => 'with "quotes" and blanks');
    is(join(' ', grep { $_->[1] ne ($made_user ? $user : getpwuid $>) } $co->processes), '', 'nothing runs as somebody else');
};

done_testing;
