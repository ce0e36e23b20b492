#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Signing in and out: sessions, Basic, the CSRF token, the server's own users, addresses and TLS.
use FindBin;
use lib "$FindBin::Bin/../lib";
use HookWise::Test;
use HookWise::Test::Cgi;

my $t = HookWise::Test->new;
$t->cgi_servers(ada => 'owner');

sub answers {
    my ($answer, $status, $error, $message, $what) = @_;
    is($answer->{status}, $status, "$what: $status");
    is($answer->{json}{error}, $error, "$what: $error");
    is($answer->{json}{message}, $message, "$what: in words");
    return;
}

# --- signing in ---------------------------------------------------------------------------------
my $in = $t->cgi(POST => '/login', { json => { username => 'ada', password => 'open sesame' } });
is($in->{status}, 200, 'the right password');
is_deeply([@{ $in->{json} }{qw(user role tenant how)}], [qw(ada owner * session)], 'who that is');
like($in->{headers}{'set-cookie'}, qr{^hookwise=[\w-]{43}; Path=/; HttpOnly; SameSite=Strict\z},
    'a cookie for us alone');
is($in->{headers}{'cache-control'}, 'no-store', 'nothing of it is kept');
my $ada = $t->cgi_login('ada', 'open sesame');
my $me = $t->cgi(GET => '/api/session', $ada);
is($me->{status}, 200, 'the cookie is a session');
is_deeply([@{ $me->{json} }{qw(user role csrf version)}], ['ada', 'owner', $ada->{csrf}, '0.1.0'],
    'of ada');
ok(!$me->{json}{maintenance}, 'no maintenance');
isnt(scalar $t->psql("SELECT last_login_at FROM app_user WHERE name = 'ada'"), '', 'the login is noted');

my $form = $t->cgi(POST => '/login', { body => 'username=ada&password=open+sesame',
    headers => { 'Content-Type' => 'x' }, env => { CONTENT_TYPE => 'application/x-www-form-urlencoded' } });
is($form->{status}, 200, 'a form signs in as well');
answers($t->cgi(POST => '/login', { json => { username => 'ada', password => 'open sesam' } }),
    401, 'unauthorized', 'the user name or the password is wrong', 'a wrong password');
answers($t->cgi(POST => '/login', { json => { username => 'eve', password => 'open sesame' } }),
    401, 'unauthorized', 'the user name or the password is wrong', 'nobody of that name');
my $short = $t->cgi(POST => '/login', { json => { username => 'ada' } });
answers($short, 422, 'bad-login', 'is missing', 'no password');
is($short->{json}{field}, 'password', 'which the answer names');
my $broken = $t->cgi(POST => '/login', { body => '{"username":', env => { CONTENT_TYPE => 'application/json' } });
is_deeply([@{ $broken->{json} }{qw(error field offset)}], ['bad-json', 'body', 12], 'half a document');
answers($t->cgi(POST => '/login', { json => { username => 'ada', password => 'open sesame' },
        headers => { Origin => 'https://evil.example' } }),
    403, 'csrf', 'another site sent this; sign in on HookWise\'s own page', 'sent by another site');

my $keys = $t->redis_cli('KEYS', 'hw:sess:*');
is(scalar @$keys, 3, 'three sessions in Redis');
my ($token) = $ada->{cookie} =~ /=(.*)/;
is(scalar(grep {/\Q$token\E/} @$keys), 0, 'the token itself is not there');
cmp_ok($t->redis_cli('TTL', $keys->[0]), '<=', 43200, 'they end by themselves');

# --- what a session may -------------------------------------------------------------------------
answers($t->cgi(GET => '/api/session'), 401, 'unauthorized', 'sign in first', 'no cookie');
answers($t->cgi(GET => '/api/session', { cookie => 'hookwise=' . 'x' x 43 }), 401, 'unauthorized',
    'sign in first', 'a cookie of nobody');
is($t->cgi(GET => '/api/session', { cookie => "a=b; $ada->{cookie}; c=d" })->{status}, 200, 'among other cookies');
answers($t->cgi(POST => '/api/users', { %$ada, csrf => undef, json => {} }), 403, 'csrf',
    'the X-CSRF-Token header is missing or old; load the page again', 'a change without the token');
answers($t->cgi(POST => '/api/users', { %$ada, csrf => 'x' . $ada->{csrf}, json => {} }), 403, 'csrf',
    'the X-CSRF-Token header is missing or old; load the page again', 'with another token');
is($t->cgi(POST => '/api/users', { %$ada, json => {} })->{status}, 422, 'with the token');
is($t->cgi(POST => '/logout', { %$ada, csrf => undef })->{status}, 403, 'nobody else signs one out');

for my $from ({ Origin => 'https://evil.example' }, { 'Sec-Fetch-Site' => 'cross-site' }, { Origin => 'null' }) {
    my $taken = $t->cgi(POST => '/logout', { headers => $from });
    is("$taken->{status} $taken->{json}{error} " . ($taken->{headers}{'set-cookie'} // 'none'), '403 csrf none', 'nor does another site take the cookie');
}

my $other = $t->cgi_login('ada', 'open sesame');
my $out = $t->cgi(POST => '/logout', $ada);
is($out->{status}, 204, 'signing out');
like($out->{headers}{'set-cookie'}, qr/^hookwise=; Path=\/; .*Max-Age=0\z/, 'takes the cookie');
is($t->cgi(GET => '/api/session', $ada)->{status}, 401, 'and ends the session');
is($t->cgi(GET => '/api/session', $other)->{status}, 200, 'but no other');
is($t->cgi(POST => '/logout')->{status}, 204, 'signing out without a session');
$ada = $other;

my ($exit) = $t->ctl({ stdin => "other sesame\n" }, qw(user passwd ada --password-stdin));
is($exit, 0, 'a new password from the command line');
$t->cgi_login('ada', 'other sesame');
is($t->cgi(GET => '/api/session', $ada)->{status}, 401, 'ends the sessions begun with the old one');
my $key = 'hw:sess:' . 'a' x 64;
$t->redis_cli('SET', $key, '{"user":7');
is($t->cgi(GET => '/api/session', { cookie => 'hookwise=zzz' })->{status}, 401, 'nonsense in Redis is no session');

# --- Basic --------------------------------------------------------------------------------------
my $basic = $t->cgi(GET => '/api/session', { user => 'ada:other sesame' });
is_deeply([@{ $basic->{json} }{qw(user how csrf)}], ['ada', 'basic', undef], 'Basic');
is($t->cgi(POST => '/api/users', { user => 'ada:other sesame', json => {} })->{status}, 422, 'needs no token');
answers($t->cgi(POST => '/api/users', { user => 'ada:other sesame', json => {},
        headers => { 'Sec-Fetch-Site' => 'cross-site' } }),
    403, 'csrf', 'the X-CSRF-Token header is missing or old; load the page again',
    'but is not taken from a browser that another site drives');
is($t->cgi(POST => '/api/users', { user => 'ada:other sesame', json => {},
        headers => { Origin => 'http://hookwise.test' } })->{status}, 422, 'our own page may');
is($t->cgi(POST => '/api/users', { user => 'ada:other sesame', json => {},
        headers => { Origin => 'null' } })->{status}, 403, 'a sandboxed page may not');
answers($t->cgi(GET => '/api/session', { user => 'ada:x' }), 401, 'unauthorized',
    'the user name or the password is wrong', 'a wrong password');
is($t->cgi(GET => '/api/session', { headers => { Authorization => "Basic $_" } })->{status}, 401, "Basic $_")
    for '', '!!!', 'YWRh', 'AGE6Yg==';
is($t->cgi(GET => '/api/session', { headers => { Authorization => 'Bearer x' } })->{json}{message},
    'the API key is wrong or has expired', 'Bearer that is no key');

# --- below a prefix, HEAD, unknown paths -------------------------------------------------------------
$in = $t->cgi(POST => '/login', { mount => '/tools/hookwise', json => { username => 'ada', password => 'other sesame' } });
like($in->{headers}{'set-cookie'}, qr{; Path=/tools/hookwise/;}, 'below a prefix the cookie stays there');
for my $case (['/x/api', '/session'], ['/x/api/session', ''], ['/admin/hookwise', '/api/session'], ['', '/x/api/session'],
    ['/api', '/session'], ['/admin', '/api/session', '/admin']) {
    my ($script, $info, $mount) = @$case;
    is($t->cgi(GET => $info, { mount => $script, user => 'ada:other sesame',
        defined $mount ? (env => { HOOKWISE_MOUNT => $mount }) : () })->{status}, 200,
        "cut as $script and $info" . ($mount ? ", mounted at $mount" : ''));
}
$in = $t->cgi(POST => '', { mount => '/x/login', json => { username => 'ada', password => 'other sesame' } });
like($in->{headers}{'set-cookie'}, qr{; Path=/x/;}, 'the mount is what stands before');
my $head = $t->cgi(HEAD => '/api/session', { user => 'ada:other sesame' });
is("$head->{status}|$head->{body}", '200|', 'HEAD');
answers($t->cgi(GET => '/api/nowhere'), 404, 'no-route', 'there is nothing at /api/nowhere', 'an unknown path');
my $put = $t->cgi(PUT => '/api/session');
answers($put, 405, 'method', '/api/session takes GET', 'another method');
is($put->{headers}{allow}, 'GET', 'Allow says which');

# --- users of the site's own AuthType --------------------------------------------------------------------
my %site = (env => { REMOTE_USER => 'carol', AUTH_TYPE => 'Basic' });
answers($t->cgi(GET => '/api/session', {%site}), 403, 'no-role',
    'carol has no role here; REMOTE_USER_ROLES gives one', 'carol without a role');
$t->conf(REMOTE_USER_ROLES => 'carol=operator, dave=viewer@acme, b@x.org=admin@north, *=viewer, car=owner');
my $carol = $t->cgi(GET => '/api/session', {%site});
is_deeply([@{ $carol->{json} }{qw(user role tenant how)}], [qw(carol operator * server)], 'with one');
my $dave = $t->cgi(GET => '/api/session', { env => { REMOTE_USER => 'dave', AUTH_TYPE => 'openid-connect' } });
is_deeply([@{ $dave->{json} }{qw(role tenant)}], [qw(viewer acme)], 'at a tenant');
is(join(' ', @{ $t->cgi(GET => '/api/session', { env => { REMOTE_USER => 'b@x.org' } })->{json} }{qw(user role tenant)}),
    'b@x.org admin north', 'with a name like an address');
is($t->cgi(GET => '/api/session', { env => { REMOTE_USER => 'erin' } })->{json}{role}, 'viewer', 'anybody else');
is($t->cgi(GET => '/api/session', { %site, headers => { Cookie => $ada->{cookie} } })->{json}{user}, 'carol',
    'the server\'s word wins over a cookie');
is($t->cgi(GET => '/api/session', { headers => { 'Remote-User' => 'carol' } })->{status}, 401, 'a header is not its word');
is($t->cgi(GET => '/api/session', { env => { REMOTE_USER => 'ada', AUTH_TYPE => 'Hookwise' } })->{status}, 401,
    'our own AuthType shows its credentials here as well');
$t->conf(REMOTE_USER_ROLES => undef);

# --- addresses, TLS -----------------------------------------------------------------------------------------
$t->conf(GUI_TRUSTED_IPS => '192.0.2.0/24, 2001:db8::/32');
my %basic = (user => 'ada:other sesame');
answers($t->cgi(GET => '/api/session', {%basic}), 403, 'address',
    'this address may not use HookWise\'s administration', 'from elsewhere');
is($t->cgi(POST => '/login', { json => {} })->{status}, 403, 'signing in too');
is($t->cgi(GET => '/api/session', { %basic, env => { REMOTE_ADDR => $_ } })->{status}, 200, "from $_")
    for '192.0.2.7', '2001:db8::1', '::ffff:192.0.2.9';
$t->conf(GUI_TRUSTED_IPS => undef, FORCE_HTTPS => 'true');
my $moved = $t->cgi(GET => '/api/session?x=1', { %basic, env => { REQUEST_URI => '/api/session?x=1',
    HTTP_HOST => 'hw.example:8080' } });
is("$moved->{status} $moved->{headers}{location}", '308 https://hw.example/api/session?x=1', 'http goes to https');
$t->conf(PUBLIC_URL => 'https://hooks.example:8443/hookwise');
$moved = $t->cgi(GET => '/api/session', { %basic, env => { REQUEST_URI => '/hookwise/api/session', HTTP_HOST => 'hw.example:8080' } });
is($moved->{headers}{location}, 'https://hooks.example:8443/hookwise/api/session', 'to PUBLIC_URL, when that is one of https');
$t->conf(PUBLIC_URL => undef);
is($t->cgi(GET => '/', { env => { HTTP_HOST => 'a/b' } })->{status}, 403, 'not to a strange host');
answers($t->cgi(POST => '/login', { json => {} }), 403, 'https-required',
    'this takes https; the password or key just sent should be changed', 'a password by http');
$in = $t->cgi(POST => '/login', { json => { username => 'ada', password => 'other sesame' }, env => { HTTPS => 'on' } });
like($in->{headers}{'set-cookie'}, qr/; Secure\z/, 'by https the cookie stays there');
$t->conf(FORCE_HTTPS => undef);

# --- when something is down -----------------------------------------------------------------------------------
is($t->cgi_log, '', 'so far nothing was worth a line in the log');
$t->{redis}->proc->stop;
my $down = $t->cgi(GET => '/api/session', { cookie => 'hookwise=abc' });
answers($down, 503, 'redis-down', 'HookWise cannot answer now; the web server\'s error log says why', 'without Redis');
like($down->{stderr}, qr{^hookwise\.cgi: GET /api/session: .*redis}i, 'the log says why');
is($t->cgi(POST => '/login', { json => { username => 'ada', password => 'other sesame' } })->{status}, 503,
    'no password is tried that nobody counts');
unlike($t->cgi_log, qr/sesame|\Q$token\E/, 'no secret in the log');
$t->{redis}->start;

my $bad = $t->file('bad.conf', "DATABASE_URL=nonsense\nGUI_PASSWORD=s3cret\n");
my $odd = $t->cgi(GET => '/api/session', { env => { HOOKWISE_CONF => $bad } });
answers($odd, 500, 'misconfigured', 'HookWise cannot answer now; the web server\'s error log says why',
    'a configuration that cannot be used');
like($odd->{stderr}, qr/bad\.conf:1: DATABASE_URL/, 'the log says which line');
unlike($odd->{stderr}, qr/s3cret/, 'and no secret');

$t->done;
