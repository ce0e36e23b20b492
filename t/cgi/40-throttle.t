#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Failed sign-ins of an address: counted over every way in, waited for, forgotten.
use FindBin;
use lib "$FindBin::Bin/../lib";
use HookWise::Test;
use HookWise::Test::Cgi;

my $t = HookWise::Test->new;
$t->cgi_servers(ada => 'owner');

sub login {
    my ($password, $from) = @_;
    return $t->cgi(POST => '/login', { json => { username => 'ada', password => $password }, env => { REMOTE_ADDR => $from } });
}

my $ada = $t->cgi_login('ada', 'open sesame');
is(login("guess $_", '198.51.100.1')->{status}, 401, "guess $_") for 1 .. 4;
is($t->cgi(GET => '/api/session', { user => "ada:guess $_", env => { REMOTE_ADDR => '198.51.100.1' } })->{status}, 401, "Basic $_") for 5 .. 8;
is($t->cgi(GET => '/api/session', { key => "hwk_$_", env => { REMOTE_ADDR => '198.51.100.1' } })->{status}, 401, "key $_") for 9 .. 10;

my $late = login('open sesame', '198.51.100.1');
is($late->{status}, 429, 'then not even the right password');
is($late->{json}{error}, 'throttled', 'it says so');
is($late->{json}{message}, 'too many failed sign-ins from this address; try again in 5 minutes', 'in words');
cmp_ok($late->{headers}{'retry-after'}, '>', 200, 'Retry-After');
cmp_ok($late->{headers}{'retry-after'}, '<=', 301, 'in seconds');
is($t->cgi(GET => '/api/session', { user => 'ada:open sesame', env => { REMOTE_ADDR => '198.51.100.1' } })->{status}, 429, 'nor by Basic');
is($t->cgi(GET => '/api/session', { %$ada, env => { REMOTE_ADDR => '198.51.100.1' } })->{status}, 200, 'a session goes on');
is(login('open sesame', '198.51.100.2')->{status}, 200, 'other addresses do not suffer');

$t->redis_cli('EXPIRE', 'hw:fail:198.51.100.1', 0);
is(login('open sesame', '198.51.100.1')->{status}, 200, 'after the wait');

is(login("guess $_", "2001:db8:1:2::$_")->{status}, 401, "guess $_ from an IPv6 network") for 1 .. 10;
is(login('open sesame', '2001:db8:1:2:ffff::1')->{status}, 429, 'which is one address');
is(login('open sesame', '2001:db8:1:3::1')->{status}, 200, 'another network is another');

# Guesses sent at once all find no failures: one that is right does not count any more when the others were counted meanwhile.
sub locks { my ($granted) = @_; return $t->psql("SELECT count(*) FROM pg_locks WHERE relation = 'app_user'::regclass AND granted = $granted AND mode = '" . ($granted eq 'true' ? 'AccessExclusiveLock' : 'AccessShareLock') . "'") }
my %ways = (form => sub { login('open sesame', '198.51.100.7') },
    basic => sub { $t->cgi(GET => '/api/session', { user => 'ada:open sesame', env => { REMOTE_ADDR => '198.51.100.7' } }) });
for my $way (sort keys %ways) {
    $t->redis_cli('DEL', 'hw:fail:198.51.100.7');
    open my $lock, '|-', $t->{postgres}{bin} . '/psql -XAtq -h ' . $t->dir . '/pg -U hookwise -d hookwise >/dev/null' or die "psql: $!\n";
    $lock->autoflush(1);
    print $lock "BEGIN; LOCK TABLE app_user IN ACCESS EXCLUSIVE MODE;\n";
    $t->wait_for(sub { locks('true') }, 'users are locked');
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        $t->file('answer', $ways{$way}->()->{status});
        require POSIX;
        POSIX::_exit(0);
    }
    $t->wait_for(sub { locks('false') }, 'the right password is under way');
    $t->redis_cli('SET', 'hw:fail:198.51.100.7', 10, 'EX', 300);
    print $lock "COMMIT;\n";
    close $lock;
    waitpid $pid, 0;
    open my $answer, '<', $t->dir . '/answer' or die "answer: $!\n";
    is(scalar <$answer>, 429, "too late by $way");
}

# A missing user costs what a wrong password costs: a hash. In time of the processor, as the clock also
# counts what others do.
my %took;
sub used { my (undef, undef, $user, $system) = times; return $user + $system }
for my $name (qw(ada eve)) {
    my $begin = used();
    for my $n (1 .. 4) {
        $t->cgi(POST => '/login', { json => { username => $name, password => 'x' }, env => { REMOTE_ADDR => "203.0.113.$n" } });
    }
    $took{$name} = used() - $begin;
}
cmp_ok($took{eve}, '>', $took{ada} / 2, 'nobody of that name takes as long as a wrong password');

$t->done;
