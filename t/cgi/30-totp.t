#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Second factors: switching on, signing in with a code, each code once, recovery codes.
use FindBin;
use lib "$FindBin::Bin/../lib";
use HookWise::Test;
use HookWise::Test::Cgi;
use Digest::SHA qw(hmac_sha1);
use Mojo::JSON qw(true false);

# The code of a step, computed here once more (RFC 4226, RFC 6238).
sub code {
    my ($secret, $step) = @_;
    my %value;
    @value{ 'A' .. 'Z', 2 .. 7 } = 0 .. 31;
    my $bits = join '', map { sprintf '%05b', $value{$_} } split //, $secret;
    my $key = pack 'B*', substr $bits, 0, 8 * int(length($bits) / 8);
    my $mac = hmac_sha1(pack('Q>', $step), $key);
    my $at = ord(substr $mac, -1) & 15;
    return sprintf '%06d', (unpack('N', substr $mac, $at, 4) & 0x7fffffff) % 1_000_000;
}

# The step of now: its code is good for another half minute when it is over.
sub step { return int(time / 30) }

my $t = HookWise::Test->new;
$t->cgi_servers(ada => 'owner');
my $ada = $t->cgi_login('ada', 'open sesame');
my %account = (username => 'ada', password => 'open sesame');

is(code('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', 1), '287082', 'this test computes codes as RFC 6238 does');

sub totp { my ($who, %doc) = @_; return $t->cgi(POST => '/api/session/totp', { %$who, json => {%doc} }) }

sub refused {
    my ($answer, $status, $error, $message, $what) = @_;
    is_deeply([$answer->{status}, @{ $answer->{json} }{qw(error message)}], [$status, $error, $message], $what);
    return;
}

# --- on ---------------------------------------------------------------------------------------------
refused(totp($ada, action => 'start'), 422, 'bad-password', 'is missing', 'the password is asked for');
refused(totp($ada, action => 'start', password => 'x'), 422, 'bad-password', 'is wrong', 'the right one');
refused(totp($ada, action => 'on'), 422, 'bad-action', 'takes start, confirm or disable', 'an action');
refused(totp($ada, action => 'confirm', code => '123456'), 422, 'no-totp',
    'there is no new secret to confirm: start over', 'nothing to confirm yet');
my $start = totp($ada, action => 'start', password => 'open sesame');
is($start->{status}, 200, 'started');
my $secret = $start->{json}{secret};
like($secret, qr/^[A-Z2-7]{32}\z/, 'a secret to type');
is($start->{json}{uri}, "otpauth://totp/HookWise:ada?secret=$secret&issuer=HookWise", 'and to scan');
is($t->cgi(POST => '/login', { json => {%account} })->{status}, 200, 'not in force before a code was seen');
unlike(scalar $t->psql('SELECT totp_pending FROM app_user'), qr/$secret/, 'sealed in the database');

my $step = step();
refused(totp($ada, action => 'confirm', code => code($secret, $step - 5)), 422, 'bad-code',
    'is not the one the app shows now; check the clock of the phone', 'an old code');
my $on;
do { # again if a step ended while it was asked for
    $step = step();
    $on = totp($ada, action => 'confirm', code => code($secret, $step - 1));
} until $on->{status} == 200 || $step == step();
is($on->{status}, 200, 'a code of the step before');
my @recovery = @{ $on->{json}{recovery_codes} };
is(scalar(grep {/^[a-z2-7]{5}-[a-z2-7]{5}\z/} @recovery), 10, 'ten recovery codes');
is($t->cgi(GET => '/api/session', $ada)->{status}, 401, 'sessions without a second factor are over');
my ($cookie) = $on->{headers}{'set-cookie'} =~ /^(hookwise=[^;]+)/;
$ada = { cookie => $cookie, csrf => $on->{json}{csrf} };
my $session = $t->cgi(GET => '/api/session', $ada);
is($session->{status}, 200, 'this one goes on');
is("$session->{json}{totp}", 1, 'and says so');
is($t->cgi(GET => '/api/users/ada', $ada)->{json}{totp}, true, 'the list of users shows it');

# --- signing in ---------------------------------------------------------------------------------------
sub login { my (%more) = @_; return $t->cgi(POST => '/login', { json => { %account, %more } }) }

refused(login(), 401, 'totp-required', 'enter the one-time code of your app', 'the password alone');
refused(login(password => 'x', totp => code($secret, $step)), 401, 'unauthorized',
    'the user name or the password is wrong', 'the code alone');
refused(login(totp => code($secret, $step - 1)), 401, 'bad-code', 'the one-time code is wrong or was used', 'the code of before');
is(login(totp => '000 000 0')->{json}{field}, 'totp', 'a wrong code is named by its field');
$step = step();
is(login(totp => code($secret, $step))->{status}, 200, 'both');
refused(login(totp => code($secret, $step)), 401, 'bad-code', 'the one-time code is wrong or was used', 'no code counts twice');
refused(login(totp => code($secret, $step - 1)), 401, 'bad-code', 'the one-time code is wrong or was used', 'nor an earlier one after it');
refused($t->cgi(GET => '/api/session', { user => 'ada:open sesame' }), 401, 'totp-required',
    'this user signs in with a one-time code; programs use an API key', 'no way round it by Basic');

is(login(totp => uc $recovery[0])->{status}, 200, 'a recovery code');
refused(login(totp => $recovery[0]), 401, 'bad-code', 'the one-time code is wrong or was used', 'once');
(my $blank = $recovery[1]) =~ s/-/ /;
is(login(totp => $blank)->{status}, 200, 'typed with a blank');
is(scalar $t->psql('SELECT cardinality(recovery) FROM app_user'), 8, 'eight are left');
is(scalar $t->psql("SELECT after->>'left' FROM audit WHERE what = 'user.recovery' ORDER BY id DESC LIMIT 1"), 8, 'the audit log says so');
unlike(scalar $t->psql('SELECT recovery::text FROM app_user'), qr/$recovery[2]/, 'they are kept as digests');

# --- guessing ------------------------------------------------------------------------------------------
$t->redis_cli('DEL', 'hw:fail:127.0.0.1', 'hw:fail:code:ada');
sub guess { my ($n, $code, %more) = @_; return $t->cgi(POST => '/login', { json => { %account, totp => $code, %more }, env => { REMOTE_ADDR => "192.0.2.$n" } }) }
my %right = map { code($secret, step() + $_) => 1 } -2 .. 20;
my @wrong = grep { !$right{$_} } map { sprintf '%06d', $_ } 1 .. 40;
is(guess($_, $wrong[$_])->{status}, 401, "guess $_, each from another address") for 1 .. 10;
my $late = guess(11, $recovery[2]);
refused($late, 429, 'throttled', 'too many wrong codes for this user; try again in 5 minutes', 'then not even the right one');
cmp_ok($late->{headers}{'retry-after'}, '>', 200, 'Retry-After');
refused(guess(12, undef), 401, 'totp-required', 'enter the one-time code of your app', 'without a code it says what it says to everybody');
refused(guess(13, '1', password => 'x'), 401, 'unauthorized', 'the user name or the password is wrong', 'who does not know the password hears nothing of it');
is($t->cgi(GET => '/api/session', $ada)->{status}, 200, 'a session goes on');
$t->redis_cli('DEL', 'hw:fail:code:ada');
is(guess(11, $recovery[2])->{status}, 200, 'after the wait');

# --- off -------------------------------------------------------------------------------------------------
refused(totp($ada, action => 'disable', password => 'x'), 422, 'bad-password', 'is wrong', 'not without the password');
$t->redis_cli('DEL', 'hw:fail:127.0.0.1');
my $off = totp($ada, action => 'disable', password => 'open sesame');
is($off->{status}, 200, 'disabled');
is(login()->{status}, 200, 'the password is enough again');
is($t->cgi(GET => '/api/session', $ada)->{status}, 401, 'the sessions begin anew');

# An admin takes the second factor of somebody who lost the phone.
$ada = $t->cgi_login('ada', 'open sesame');
$t->cgi(POST => '/api/users', { %$ada, json => { name => 'bert', role => 'viewer', password => 'bert-pass' } });
my $bert = $t->cgi_login('bert', 'bert-pass');
my $his = totp($bert, action => 'start', password => 'bert-pass')->{json}{secret};
is(totp($bert, action => 'confirm', code => code($his, step()))->{status}, 200, 'bert has one');
is($t->cgi(PUT => '/api/users/bert', { %$ada, json => { totp => false } })->{json}{totp}, false, 'which ada takes away');
$t->cgi_login('bert', 'bert-pass');

unlike($t->cgi_log . join("\n", $t->psql('SELECT audit::text FROM audit')), qr/$secret|$his|$recovery[0]|$recovery[5]/, 'no secret in logs');

# Without a key nothing can be kept.
$t->conf(ENCRYPTION_KEY => undef);
refused(totp($ada, action => 'start', password => 'open sesame'), 422, 'no-key', 'is not set: secrets cannot be kept', 'without ENCRYPTION_KEY');

$t->done;
