#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Users, API keys and the audit log: who may give what to whom, and what is written down.
use FindBin;
use lib "$FindBin::Bin/../lib";
use HookWise::Test;
use HookWise::Test::Cgi;
use Digest::SHA qw(sha256_hex);
use Mojo::JSON qw(true false decode_json);

my $t = HookWise::Test->new;
$t->redis;
$t->postgres;
$t->conf;
$t->migrate;
$t->ctl({ stdin => "owner-pass\n" }, qw(user add olga --role owner --password-stdin));
my $olga = $t->cgi_login('olga', 'owner-pass');

sub call {
    my ($who, $method, $path, $json) = @_;
    return $t->cgi($method, $path, { %$who, defined $json ? (json => $json) : () });
}

sub refused {
    my ($answer, $status, $error, $message, $what) = @_;
    is_deeply([$answer->{status}, @{ $answer->{json} || {} }{qw(error message)}], [$status, $error, $message], $what);
    return;
}

# --- adding ---------------------------------------------------------------------------------------
my $made = call($olga, POST => '/api/users', { name => 'adam', role => 'admin' });
is($made->{status}, 201, 'an admin');
my $password = delete $made->{json}{password};
like($password, qr/^[\w-]{16}\z/, 'gets a password, shown now');
like(delete $made->{json}{created_at}, qr/^20\d\d-/, 'created now');
is_deeply($made->{json}, { name => 'adam', role => 'admin', tenant => '*', enabled => true, totp => false,
    last_login_at => undef }, 'what is shown of it');
my $adam = $t->cgi_login('adam', $password);
is(call($adam, POST => '/api/users', { name => 'vera', role => 'viewer', password => 'vera-pass' })->{status}, 201,
    'an admin adds a viewer');
my $vera = $t->cgi_login('vera', 'vera-pass');
refused(call($adam, POST => '/api/users', { name => 'x', role => 'owner' }), 403, 'forbidden',
    'adam has the role admin and cannot give or take owner', 'but no owner');
refused(call($vera, GET => '/api/users'), 403, 'forbidden', 'this takes the role admin; vera is viewer', 'a viewer sees no users');
my @bad = (
    [{ role => 'viewer' }, 'bad-user', 'name', 'is missing'],
    [{ name => 'x' }, 'bad-user', 'role', 'is missing'],
    [{ name => 'a b', role => 'viewer' }, 'bad-user', 'name', 'may hold no blanks, colons or control characters'],
    [{ name => "a\0", role => 'viewer' }, 'bad-value', 'name', 'holds a NUL character'],
    [{ name => 'x', role => 'king' }, 'bad-role', 'role', '"king" is none of owner, admin, operator, viewer'],
    [{ name => 'x', role => 'viewer', password => 'seven77' }, 'bad-password', 'password', 'takes 8 characters or more'],
    [{ name => 'x', role => 'viewer', tenant => '' }, 'bad-value', 'tenant', 'is empty; * is all'],
    [{ name => 'x', role => 'viewer', enabled => 'yes' }, 'bad-value', 'enabled', 'takes true or false'],
    [{ name => 'x', role => 'viewer', is_admin => true }, 'unknown-field', 'is_admin', 'is no field here'],
    [{ name => 'x', role => 'viewer', totp => true }, 'bad-value', 'totp', 'only its user can switch a second factor on'],
);
for my $case (@bad) {
    my ($doc, @want) = @$case;
    my $answer = call($olga, POST => '/api/users', $doc);
    is_deeply([$answer->{status}, @{ $answer->{json} }{qw(error field message)}], [422, @want], "refused: $want[1] $want[2]");
}
refused(call($olga, POST => '/api/users', { name => 'vera', role => 'viewer' }), 409, 'conflict',
    'there is a user "vera" already', 'a name taken');

# --- looking, changing -----------------------------------------------------------------------------
is_deeply([map { $_->{name} } @{ call($adam, GET => '/api/users')->{json}{items} }], [qw(adam olga vera)], 'the list');
is(call($adam, GET => '/api/users/vera')->{json}{role}, 'viewer', 'one of them');
refused(call($adam, GET => '/api/users/nobody'), 404, 'no-user', 'there is no user "nobody"', 'one that is not there');
my $raised = call($adam, PUT => '/api/users/vera', { role => 'operator' });
is_deeply([@{ $raised->{json} }{qw(role enabled)}], ['operator', true], 'vera becomes operator');
is(call($vera, GET => '/api/session')->{json}{role}, 'operator', 'which her session is at once');
is(call($adam, PUT => '/api/users/vera', { enabled => false })->{json}{enabled}, false, 'she is disabled');
is(call($vera, GET => '/api/session')->{status}, 401, 'and her session over');
is($t->cgi(POST => '/login', { json => { username => 'vera', password => 'vera-pass' } })->{status}, 401, 'with no way back');
call($adam, PUT => '/api/users/vera', { enabled => true });
is(call($vera, GET => '/api/session')->{status}, 401, 'enabled again: that session stays over');
$vera = $t->cgi_login('vera', 'vera-pass');
is(call($adam, PUT => '/api/users/vera', { password => 'vera-new-pass' })->{status}, 200, 'a password set by an admin');
is(call($vera, GET => '/api/session')->{status}, 401, 'ends her session');
refused(call($adam, PUT => '/api/users/olga', { role => 'viewer' }), 403, 'forbidden',
    'adam has the role admin and cannot give or take owner', 'an admin takes no owner down');
refused(call($adam, PUT => '/api/users/adam', { role => 'owner' }), 403, 'forbidden',
    'adam has the role admin and cannot give or take owner', 'nor makes himself one');
refused(call($olga, PUT => '/api/users/olga', { role => 'viewer' }), 409, 'conflict',
    '"olga" is the last owner; make somebody else one first', 'the last owner stays one');
refused(call($olga, PUT => '/api/users/olga', { password => 'other-pass' }), 403, 'forbidden',
    'one\'s own password and second factor are changed under one\'s own account', 'one\'s own password asks for the old one');
refused(call($adam, PUT => '/api/users/vera', { name => 'wera' }), 422, 'bad-user', 'cannot be changed', 'a name stays');

# --- one's own password -------------------------------------------------------------------------------
$vera = $t->cgi_login('vera', 'vera-new-pass');
my $elsewhere = $t->cgi_login('vera', 'vera-new-pass');
refused(call($vera, POST => '/api/session/password', { password => 'nope', new_password => 'long enough' }), 422,
    'bad-password', 'is wrong', 'not without the old one');
refused(call($vera, POST => '/api/session/password', { password => 'vera-new-pass', new_password => 'short' }), 422,
    'bad-password', 'takes 8 characters or more', 'not a short one');
refused(call($vera, POST => '/api/session/password', { password => 'vera-new-pass', new_password => ' ' x 9 }), 422,
    'bad-password', 'is nothing but blanks', 'nor blanks');
for my $case (['namesake1', 'NameSake1', 'password', 'is the name of the user, which is tried first'], ['ivo', "\t" x 8, 'password', 'is nothing but blanks']) {
    my $answer = call($olga, POST => '/api/users', { name => $case->[0], role => 'viewer', password => $case->[1] });
    is("$answer->{status} $answer->{json}{field} $answer->{json}{message}", "422 $case->[2] $case->[3]", "a password that $case->[3]");
}
for my $tenant ("a\nb", "a\x7f", 'x' x 101, "\x{e9}" x 51, ' ') {
    my $answer = call($olga, POST => '/api/users', { name => 'ivo', role => 'viewer', tenant => $tenant });
    like("$answer->{status} $answer->{json}{field} $answer->{json}{message}", qr/^422 tenant (?:may hold no control characters|must have 1 to 100 bytes)$/, 'a tenant that is no name');
    is(call($olga, PUT => '/api/users/vera', { tenant => $tenant })->{status}, 422, 'nor by a change');
    is(call($olga, POST => '/api/apikeys', { name => 'ci', role => 'viewer', tenant => $tenant })->{status}, 422, 'nor a key\'s');
}
my $changed = call($vera, POST => '/api/session/password', { password => 'vera-new-pass', new_password => 'vera-third' });
is($changed->{status}, 200, 'a new one');
my ($cookie) = $changed->{headers}{'set-cookie'} =~ /^(hookwise=[^;]+)/;
is(call($vera, GET => '/api/session')->{status}, 401, 'the old cookie is over');
is(call($elsewhere, GET => '/api/session')->{status}, 401, 'on other machines too');
$vera = { cookie => $cookie, csrf => $changed->{json}{csrf} };
is(call($vera, GET => '/api/session')->{json}{csrf}, $vera->{csrf}, 'this browser has a new one');

# --- tenants -----------------------------------------------------------------------------------------------
call($olga, POST => '/api/users', { name => 'tina', role => 'admin', tenant => 'acme', password => 'tina-pass' });
my $tina = $t->cgi_login('tina', 'tina-pass');
is_deeply([map { $_->{name} } @{ call($tina, GET => '/api/users')->{json}{items} }], ['tina'], 'an admin of a tenant sees its users');
is(call($tina, GET => '/api/users/vera')->{status}, 404, 'and no others');
is(call($tina, DELETE => '/api/users/vera')->{status}, 404, 'cannot remove them');
refused(call($tina, POST => '/api/users', { name => 'tom', role => 'viewer', tenant => 'other' }), 403, 'forbidden',
    'tina belongs to the tenant acme', 'nor add any');
is(call($tina, POST => '/api/users', { name => 'tom', role => 'viewer' })->{json}{tenant}, 'acme', 'her own are of her tenant');
refused(call($tina, PUT => '/api/users/tom', { tenant => '*' }), 403, 'forbidden', 'tina belongs to the tenant acme', 'and stay in it');

# --- removing -----------------------------------------------------------------------------------------------
is(call($adam, DELETE => '/api/users/vera')->{status}, 204, 'vera goes');
is(call($vera, GET => '/api/session')->{status}, 401, 'and is out');
call($adam, POST => '/api/users', { name => 'vera', role => 'admin', password => 'vera-again' });
is(call($vera, GET => '/api/session')->{status}, 401, 'another vera does not bring the session back');
refused(call($olga, DELETE => '/api/users/olga'), 403, 'forbidden', 'nobody removes himself; ask another admin', 'not oneself');
refused(call($adam, DELETE => '/api/users/olga'), 403, 'forbidden', 'adam has the role admin and cannot give or take owner', 'not an owner');

# --- API keys --------------------------------------------------------------------------------------------------
my $key = call($adam, POST => '/api/apikeys', { name => 'nightly export', role => 'operator', expires_at => '2099-01-01T00:00:00Z' });
is($key->{status}, 201, 'an API key');
like($key->{json}{key}, qr/^hwk_[\w-]{43}\z/, 'is shown');
is($key->{json}{hint}, substr($key->{json}{key}, 0, 8), 'with a hint to know it by');
is_deeply([@{ $key->{json} }{qw(name role tenant created_by expires_at last_used_at)}],
    ['nightly export', 'operator', '*', 'adam', '2099-01-01T00:00:00.000Z', undef], 'what it is');
my %with = (key => $key->{json}{key});
is_deeply([@{ $t->cgi(GET => '/api/session', {%with})->{json} }{qw(user role how csrf)}], ['key:nightly export', 'operator', 'key', undef], 'a way in');
is($t->cgi(GET => '/api/users', {%with})->{status}, 403, 'as far as its role goes');
is($t->cgi(POST => '/api/session/password', { %with, json => {} })->{json}{message}, 'key:nightly export has no password here', 'it is no account');
my $list = call($adam, GET => '/api/apikeys')->{json}{items};
is_deeply([map { [$_->{name}, exists $_->{key}] } @$list], [['nightly export', '']], 'the list does not show it again');
like($list->[0]{last_used_at}, qr/^20/, 'but that it was used');
is(scalar $t->psql('SELECT sha256 FROM api_key'), sha256_hex($with{key}), 'the database has its digest');
is_deeply($t->redis_cli('HKEYS', 'hw:key'), [sha256_hex($with{key})], 'and so has Redis');
refused(call($adam, POST => '/api/apikeys', { name => 'x', role => 'owner' }), 403, 'forbidden',
    'adam has the role admin and cannot give or take owner', 'no key above one\'s own role');
refused(call($adam, POST => '/api/apikeys', { name => 'x', role => 'viewer', expires_at => '2001-01-01' }), 422, 'bad-key', 'is in the past', 'none that is over');
refused(call($adam, POST => '/api/apikeys', { name => ' ', role => 'viewer' }), 422, 'bad-key', 'takes 1 to 100 characters', 'none without a name');
refused(call($adam, POST => '/api/apikeys', { name => 'x', role => 'viewer', expires_at => 'soon' }), 422, 'bad-time',
    call($adam, POST => '/api/apikeys', { name => 'x', role => 'viewer', expires_at => 'soon' })->{json}{message}, 'a time is a time');
is(call($tina, GET => '/api/apikeys')->{json}{items}[0], undef, 'keys of other tenants are not there');
is(call($tina, DELETE => "/api/apikeys/$key->{json}{id}")->{status}, 404, 'nor to be revoked');
$t->psql('UPDATE api_key SET expires_at = now() - interval \'1 second\'');
refused($t->cgi(GET => '/api/session', {%with}), 401, 'unauthorized', 'the API key is wrong or has expired', 'expired');
$t->psql('UPDATE api_key SET expires_at = NULL');
is($t->cgi(GET => '/api/session', {%with})->{status}, 200, 'for good');
is(call($adam, DELETE => "/api/apikeys/$key->{json}{id}")->{status}, 204, 'revoked');
is($t->cgi(GET => '/api/session', {%with})->{status}, 401, 'no way in');
is_deeply($t->redis_cli('HKEYS', 'hw:key'), [], 'gone from Redis');
refused(call($adam, DELETE => '/api/apikeys/x'), 404, 'no-key', 'there is no API key x', 'an id that is none');

# --- what Redis shows the module ------------------------------------------------------------------------------------
my %users = @{ $t->redis_cli('HGETALL', 'hw:user') };
is_deeply([sort keys %users], [qw(adam olga tina tom vera)], 'the users of the database');
my $record = decode_json($users{tina});
is_deeply([map { $record->{$_} } qw(role tenant enabled totp)], ['admin', 'acme', true, false], 'as they are');
like($record->{hash}, qr/^\$y\$/, 'with a slow hash');

# --- audit -------------------------------------------------------------------------------------------------------------
my $audit = call($adam, GET => '/api/audit?what=user.update&object=vera')->{json};
is_deeply($audit->{items}[-1]{before}, { role => 'viewer', tenant => '*', enabled => true, totp => false }, 'before');
is($audit->{items}[-1]{after}{role}, 'operator', 'and after');
is_deeply([@{ $audit->{items}[0] }{qw(who address what object)}], [qw(adam 127.0.0.1 user.update vera)], 'by whom, from where');
is(call($adam, GET => '/api/audit?what=apikey.*')->{json}{items}[0]{what}, 'apikey.delete', 'what with a wildcard');
is(scalar @{ call($adam, GET => '/api/audit?who=tina')->{json}{items} }, 1, 'by who');
is(scalar @{ call($adam, GET => '/api/audit?what=user_update')->{json}{items} }, 0, 'an underscore is itself');
my (@seen, $next);
do {
    my $page = call($adam, GET => '/api/audit?limit=3' . ($next ? "&cursor=$next" : ''))->{json};
    cmp_ok(scalar @{ $page->{items} }, '<=', 3, 'a page');
    push @seen, map { $_->{id} } @{ $page->{items} };
    $next = $page->{next};
} while defined $next;
is(join(',', @seen), join(',', sort { $b <=> $a } @seen), 'pages go back in time');
is(scalar @seen, scalar $t->psql('SELECT count(*) FROM audit'), 'and hold every row once');
is_deeply(call($adam, GET => '/api/audit?from=2099-01-01')->{json}, { items => [], next => undef }, 'from');
is_deeply(call($adam, GET => '/api/audit?to=2020-01-01')->{json}{items}, [], 'to');
is_deeply([@{ call($adam, GET => '/api/audit?cursor=x')->{json} }{qw(error field)}], [qw(bad-cursor cursor)], 'a foreign cursor');
is_deeply([@{ call($adam, GET => '/api/audit?limit=0')->{json} }{qw(error field message)}], ['bad-argument', 'limit', 'takes a whole number from 1 to 1000'], 'a limit');
is_deeply([@{ call($adam, GET => '/api/audit?from=yesterday')->{json} }{qw(error field)}], [qw(bad-argument from)], 'a time');
my @hers = @{ call($tina, GET => '/api/audit')->{json}{items} };
is(join(' ', grep { $_ ne 'acme' } map { $_->{tenant} } @hers), '', 'a tenant sees what is its own');
is(scalar @hers, scalar $t->psql(q{SELECT count(*) FROM audit WHERE tenant = 'acme'}), 'all of it');
unlike(join("\n", $t->psql('SELECT audit::text FROM audit')), qr/\$y\$|vera-|tina-pass|\Q$with{key}\E/, 'no secret in the audit log');

# --- Redis away -------------------------------------------------------------------------------------------------------------
$t->{redis}->proc->stop;
my %basic = (user => 'olga:owner-pass');
is($t->cgi(PUT => '/api/users/tom', { %basic, json => { enabled => false } })->{status}, 503, 'without Redis no password is tried');
is($t->cgi(PUT => '/api/users/tom', { json => { enabled => false }, env => { REMOTE_USER => 'x' } })->{status}, 403, 'who has no role stays out');
$t->conf(REMOTE_USER_ROLES => 'x=owner');
my $late = $t->cgi(PUT => '/api/users/tom', { json => { enabled => false }, env => { REMOTE_USER => 'x' } });
is($late->{status}, 200, 'an owner by the server\'s word changes a user');
like($late->{stderr}, qr/users are saved, but not published yet/, 'which Redis hears of later');
$t->{redis}->start;

unlike($t->cgi_log, qr/\$y\$|vera-|-pass\b|\Q$with{key}\E/, 'no secret in the log');
# --- from a shell --------------------------------------------------------------------------------------
for my $case ([[], 'update needs what to change'], [[qw(--enable --disable)], 'update takes --enable or --disable, not both']) {
    my ($exit, $out, $err) = $t->ctl('user', 'update', 'olga', @{ $case->[0] });
    is("$exit $out", '100 ', "user update olga @{ $case->[0] }: used wrongly");
    like($err, qr/^hookwisectl: user: \Q$case->[1]\E\nusage: hookwisectl user add/, 'and why');
}
$t->ctl({ stdin => "open sesame\n" }, qw(user add shelly --role viewer --tenant acme --password-stdin));
my $shelly = $t->ctl_json(qw(user update shelly --disable));
is_deeply([@$shelly{qw(name role tenant)}, $shelly->{enabled} ? 1 : 0], ['shelly', 'viewer', 'acme', 0], 'a change is answered as the list shows it');

$t->done;
