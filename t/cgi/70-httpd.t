#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# The admin API behind a real httpd, with the directives of the reference configuration; at / and
# below a prefix; and AuthType Hookwise for other locations.
use FindBin;
use lib "$FindBin::Bin/../lib";
use HookWise::Test;
use HookWise::Tree qw(slurp);
use Mojo::File;
use Mojo::JSON qw(decode_json);
use Mojo::Util qw(b64_encode);

my $t = HookWise::Test->new;
$t->ua->cookie_jar->ignore(sub { 1 }); # cookies are sent where a test says so
$t->redis;
$t->postgres;
$t->conf;
$t->conf(REMOTE_USER_ROLES => 'carol=operator');
$t->migrate;
chmod 0644, $t->conf;
my $hash = crypt 'site pass', '$6$saltsalt';
$t->file('htpasswd', "carol:$hash\ndan:$hash\n");
$t->ctl({ stdin => "open sesame\n" }, 'user', 'add', $_, '--role', $_, '--password-stdin') for qw(owner admin viewer);

# The program where httpd's user can reach it, with the rights a test runs with.
mkdir $t->dir . '/cgi';
chmod 0755, $t->dir . '/cgi';
system('install', '-m', '755', $t->product('hookwise.cgi'), $t->dir . '/cgi/hookwise.cgi') == 0 or die "install failed\n";
mkdir $t->dir . '/www';
$t->file('www/index.html', '<!doctype html><title>x</title><p>' . 'of some length ' x 20);
$t->file('www/page.js', "export const words = 'to and fro and back again';\n" x 40);
chmod 0755, $t->dir . '/www';

# The shipped configuration: once for the whole server, and below a path within a site.
my $dir = $t->dir;
my $section = slurp('conf/httpd/hookwise-gui.conf');
$section =~ s{/usr/local/share/hookwise/www}{$dir/www}g;
$section =~ s{/usr/local/lib/hookwise}{$dir/cgi}g;
$section =~ s{/etc/hookwise/gui\.conf}{$dir/hookwised.conf}g;
$section =~ s/^#(?=SetEnvIf )//m or die "no SetEnvIf\n";

(my $prefixed = $section) =~ s/^SetEnvIf .*//m;
$prefixed =~ s{^    Define .*}{Define HOOKWISE_AT "/tools"}m or die "no Define\n";
$prefixed =~ s/^    #(?=Header always edit Set-Cookie)/    /m or die "no line for the cookie\n";
$prefixed =~ s/HOOKWISE_AT/TOOLS_AT/g; # of one name the last value counts, wherever it is used
$section =~ s/\$\{HOOKWISE_AT\}//g; # a site of their own
$section =~ s{^Alias "/" "(.*)/"}{DocumentRoot "$1"}m or die "no Alias\n";

my $guarded = <<'EOT';
Listen 127.0.0.1:%%PORT:tools%%
<VirtualHost 127.0.0.1:%%PORT:tools%%>
PREFIXED
</VirtualHost>
<Location "/private">
    AuthType Hookwise
    AuthName "Hook \"Wise\""
    Require valid-user
</Location>
<Location "/private/admins">
    Require hookwise-role admin
    AuthzSendForbiddenOnFailure On
</Location>
<Location "/private/owners">
    Require hookwise-role owner
</Location>
<Location "/private/pages">
    HookwiseLoginPage "/#/login"
</Location>
<Location "/sso">
    AuthType Basic
    AuthName "site"
    AuthBasicProvider file
    AuthUserFile "%%DIR%%/htpasswd"
    Require valid-user
</Location>
ScriptAliasMatch "^/sso(/(?:api|login|logout)/.*)$" "%%DIR%%/cgi/hookwise.cgi$1"
ScriptAlias "/private/env" "%%DIR%%/cgi/env"
ScriptAliasMatch "^/private/admins/gui(/.*)$" "%%DIR%%/cgi/hookwise.cgi$1"
Alias "/private" "%%DIR%%/www"
EOT
$guarded =~ s/^PREFIXED$/$prefixed/m;
$t->file('cgi/env', "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n'\nenv | sort\n");
chmod 0755, "$dir/cgi/env";
$t->httpd($t->httpd_conf . "AddOutputFilterByType DEFLATE application/json\n" . $section . $guarded, modules => ['deflate']);

sub basic { return { Authorization => 'Basic ' . b64_encode("$_[0]:$_[1]", '') } }

# --- pages and API --------------------------------------------------------------------------------
my $page = $t->get('/');
is($page->code, 200, 'pages');
is($page->headers->header('Content-Security-Policy'),
    q{default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'}, 'with a content policy');
is($page->headers->header($_), { 'X-Content-Type-Options' => 'nosniff', 'X-Frame-Options' => 'DENY',
    'Referrer-Policy' => 'same-origin' }->{$_}, $_) for qw(X-Content-Type-Options X-Frame-Options Referrer-Policy);
# Files are compressed for who takes it, known again by their tag; what the API says is not, even where the site
# compresses everything.
my %gzip = ('Accept-Encoding' => 'gzip');
sub packed { # as it is on the wire
    my $tx = $t->ua->build_tx(GET => $t->url . $_[0], { %gzip, %{ $_[1] || {} } });
    $tx->res->content->auto_decompress(0);
    return $t->ua->start($tx)->res->headers;
}
my $js = packed('/page.js');
is_deeply([map { $js->header($_) } qw(Content-Encoding Vary)], ['gzip', 'Accept-Encoding'], 'a file is compressed');
like(my $tag = $js->etag, qr/-gzip"\z/, 'with a tag of its own');
is($t->get('/page.js', { %gzip, 'If-None-Match' => $tag })->code, 304, 'by which it is known again');
is($t->get('/page.js', { %gzip, 'If-None-Match' => $tag =~ s/-gzip//r })->code, 304, 'and by the plain one');
is($t->get('/page.js', { %gzip, 'If-None-Match' => '"other-gzip"' })->code, 200, 'another is another file');
my $plain = $t->request(GET => '/page.js', { 'Accept-Encoding' => 'identity' });
is_deeply([$plain->headers->header('Content-Encoding'), length $plain->body], [undef, -s "$dir/www/page.js"], 'not for who takes none');
is(packed('/')->header('Content-Encoding'), 'gzip', 'the page itself is');
for my $path ('/api/presets', '/api/users', '/api/settings') {
    is(packed($path, basic('owner', 'open sesame'))->header('Content-Encoding'), undef, "$path is not");
}
is($t->get('/health')->code, 200, '/health is the module\'s');

is($t->get('/api/session')->code, 401, 'the API asks who');
my $in = $t->post('/login', {}, json => { username => 'admin', password => 'open sesame' });
is($in->code, 200, 'signing in');
is($in->headers->header('X-Content-Type-Options'), 'nosniff', 'an answer is what it says');
my ($cookie) = $in->headers->header('Set-Cookie') =~ /^(hookwise=[^;]+); Path=\/;/;
my $csrf = $in->json->{csrf};
is($t->get('/api/session', { Cookie => $cookie })->json->{user}, 'admin', 'the session');
is($t->post('/api/users', { Cookie => $cookie, 'X-CSRF-Token' => $csrf }, json => { name => 'tom', role => 'viewer', password => 'open sesame' })->code,
    201, 'a change with the token');
is($t->post('/api/users', { Cookie => $cookie }, json => { name => 'tim', role => 'viewer' })->code, 403, 'none without');
is($t->get('/api/session', basic('owner', 'open sesame'))->json->{role}, 'owner', 'httpd passes Authorization on');
my $key = $t->post('/api/apikeys', { Cookie => $cookie, 'X-CSRF-Token' => $csrf }, json => { name => 'k', role => 'admin' })->json->{key};
is($t->get('/api/users', { Authorization => "Bearer $key" })->code, 200, 'an API key');
is($t->get('/api/users/' . ('x' x 200), { Authorization => "Bearer $key" })->code, 404, 'a user that is not there');
is($t->get('/api/session', { %{ basic('viewer', 'open sesame') }, 'X-Remote-User' => 'owner', 'HOOKWISE-ROLE' => 'owner', 'Remote_User' => 'owner' })->json->{role},
    'viewer', 'headers are no variables of the server');
my $head = $t->request(HEAD => '/api/session', basic('owner', 'open sesame'));
is($head->code . $head->body, '200', 'HEAD');
is($t->request(PUT => '/login', {}, json => {})->code, 405, 'methods');
is($t->post('/login', { 'X-Forwarded-Proto' => 'https' }, json => { username => 'admin', password => 'open sesame' })->headers->header('Set-Cookie')
    =~ /; Secure/, 1, 'a proxy that ends TLS');
like($t->post('/api/v1/webhooks/nothing/ingest')->headers->header('X-Request-Id'), qr/^[\da-f-]{36}\z/, 'webhooks are the module\'s');
my $big = $t->post('/api/users', { Authorization => "Bearer $key", 'Content-Type' => 'application/json' }, ' ' x (17 * 1024 * 1024));
is($big->code, 413, 'a body too large');
$t->expect_log(qr/AH01270: Error reading request entity data/, optional => 1);
is($t->post('/login', { 'Content-Type' => 'application/json' }, ' ' x 70000)->json->{message},
    'the request body is larger than 64 kB', 'of nobody less is taken');
is($t->post('/api/users', {}, ' ' x 300_000)->code, 401, 'nothing is read of it before');

# --- below a prefix -----------------------------------------------------------------------------------
my $base = 'http://127.0.0.1:' . $t->port('tools') . '/tools';
my $ua = $t->ua;
is($ua->get("$base/index.html")->res->code, 200, 'pages below a prefix');
my $below = $ua->post("$base/login", json => { username => 'admin', password => 'open sesame' })->res;
my ($wide) = $below->headers->header('Set-Cookie') =~ m{^(hookwise=[^;]+); Path=/; HttpOnly;};
is($t->get('/private/index.html', { Cookie => $wide // '' })->code, 200, 'a cookie for all of the site');
for my $path (qw(webhook/none w/none api/v1/webhooks/none/ingest)) {
    is($ua->post("$base/$path" => json => {})->res->json('/message'), 'No configuration is published', "$path below it");
}
is($ua->get("$base/webhooks/health")->res->json->{status}, 'unknown', 'what PSAs call');
is($ua->get("$base/api/session" => basic('owner', 'open sesame'))->res->json->{user}, 'owner', 'the API below it');
my $there = $ua->max_redirects(0)->get($base)->res;
is($there->code . ' ' . ($there->headers->location // ''), "302 $base/", 'the path without its slash leads there');
is($ua->get("$base/health")->res->json->{status}, 'up', 'health for the pages');
is($ua->get("$base/events" => { 'Sec-Fetch-Mode' => 'cors' })->res->code, 401, 'the feed is closed to who is not signed in');

# --- AuthType Hookwise --------------------------------------------------------------------------------------
my $none = $t->get('/private/index.html');
is($none->code, 401, 'nothing shown');
is($none->headers->www_authenticate, 'Basic realm="Hook \\"Wise\\""', 'the challenge');
is($t->get('/private/index.html', { 'Sec-Fetch-Mode' => 'cors' })->headers->www_authenticate, 'Bearer realm="Hook \\"Wise\\""',
    'no dialog over a page');
is($t->get('/private/index.html', basic('viewer', 'open sesame'))->code, 200, 'Basic');
is($t->get('/private/index.html', basic('viewer', 'open sesam'))->code, 401, 'a wrong password');
is($t->get('/private/index.html', basic('nobody', 'open sesame'))->code, 401, 'nobody');
is($t->get('/private/index.html', { Cookie => $cookie })->code, 200, 'a session');
is($t->get('/private/index.html', { Cookie => 'hookwise=x' })->code, 401, 'none');
is($t->get('/private/index.html', { Authorization => "Bearer $key" })->code, 200, 'an API key');
my %new = (Cookie => $cookie, 'X-CSRF-Token' => $csrf);
my $door = $t->post('/api/apikeys', {%new}, json => { name => 'door', role => 'viewer' })->json;
my $used = sub { return scalar $t->psql("SELECT last_used_at FROM api_key WHERE name = 'door'") };
is($t->get('/private/index.html', { Authorization => "Bearer $door->{key}" })->code, 200, 'another one');
my $mark = $t->redis_cli('HGET', 'hw:keyused', $door->{id});
like($mark, qr/^\d{10}\z/, 'its use is noted');
my $recent = time - 10;
$t->redis_cli('HSET', 'hw:keyused', $door->{id}, $recent);
$t->get('/private/index.html', { Authorization => "Bearer $door->{key}" });
is($t->redis_cli('HGET', 'hw:keyused', $door->{id}), $recent, 'by the minute');
$t->redis_cli('HSET', 'hw:keyused', $door->{id}, $mark - 3600);
$t->get('/private/index.html', { Authorization => "Bearer $door->{key}" });
cmp_ok($t->redis_cli('HGET', 'hw:keyused', $door->{id}), '>=', $mark, 'again after one');
is($used->() // '', '', 'in Redis');
$t->post('/api/apikeys', {%new}, json => { name => 'other', role => 'viewer' });
like($used->(), qr/^20/, 'from where it is taken when identities are published');
is($t->redis_cli('EXISTS', 'hw:keyused'), 0, 'once');
is($t->get('/private/index.html', { Authorization => 'Bearer hwk_' . 'x' x 43 })->code, 401, 'another key');
is($t->get('/private/index.html', { Authorization => 'Basic x' })->code, 401, 'half a header');

is($t->get('/private/admins/index.html', basic('viewer', 'open sesame'))->code, 403, 'a viewer is no admin') ;
my $other = $t->get('/private/owners/index.html', basic('admin', 'open sesame'));
is($other->code . ' ' . $other->headers->www_authenticate, '401 Basic realm="Hook \\"Wise\\""', 'who is no owner may sign in as one');
$t->expect_log(qr/AH01631: user \w+: authorization failure/);
is($t->get('/private/admins/index.html', basic($_, 'open sesame'))->code, 404, "$_ is") for qw(admin owner);

my %env = map { /^(\w+)=(.*)/ ? ($1 => $2) : () } split /\n/, $t->get('/private/env', basic('viewer', 'open sesame'))->body;
is(join(' ', map { $env{$_} // '-' } qw(REMOTE_USER AUTH_TYPE HOOKWISE_ROLE HOOKWISE_TENANT HOOKWISE_AUTH)), 'viewer Hookwise viewer * basic',
    'what applications see');
my $inside = $t->get('/private/admins/gui/api/session', basic('admin', 'open sesame'));
is(join(' ', @{ $inside->json || {} }{qw(user role how)}), 'admin admin basic', 'the admin API behind it');
is($t->post('/private/admins/gui/api/users', { Cookie => $cookie }, json => {})->code, 403, 'where a session still needs its token');

my $login = $t->get('/private/pages', { Accept => 'text/html,*/*' });
is($login->code . ' ' . $login->headers->location, '303 /#/login', 'a browser goes to the login page');
is($t->get('/private/pages', { Accept => 'application/json' })->code, 401, 'a program does not');
is($t->get('/private/pages', { Accept => 'text/html', %{ basic('viewer', 'x') } })->code, 401, 'nor who has shown a password');

# --- the site's own AuthType ---------------------------------------------------------------------------------
my $sso = $t->get('/sso/api/session', basic('carol', 'site pass'));
is(join(' ', @{ $sso->json }{qw(user role tenant how)}), 'carol operator * server', 'a user of the site, with the role the setting gives');
is($t->get('/sso/api/session', { %{ basic('carol', 'site pass') }, Cookie => $cookie })->json->{user}, 'carol', 'wins over a session');
is($t->get('/sso/api/session', basic('dan', 'site pass'))->json->{error}, 'no-role', 'one without a role has none');
is($t->get('/sso/api/session', basic('owner', 'open sesame'))->code, 401, 'users of ours are none of the site');
$t->expect_log(qr/AH01618: user owner not found/);
is($t->post('/sso/api/session/password', { %{ basic('carol', 'site pass') }, Origin => 'https://evil.example' }, json => {})->json->{error}, 'csrf',
    'another site cannot use what the browser remembers');

# What changes is in force at once, also for a password checked a moment ago.
$t->request(PUT => '/api/users/viewer', { Authorization => "Bearer $key" }, json => { enabled => \0 });
is($t->get('/private/index.html', basic('viewer', 'open sesame'))->code, 401, 'a user disabled');
$t->request(PUT => '/api/users/viewer', { Authorization => "Bearer $key" }, json => { enabled => \1, password => 'new sesame' });
is($t->get('/private/index.html', basic('viewer', 'open sesame'))->code, 401, 'the old password');
is($t->get('/private/index.html', basic('viewer', 'new sesame'))->code, 200, 'the new one');
my ($id) = map { $_->{id} } grep { $_->{name} eq 'k' } @{ $t->get('/api/apikeys', { Authorization => "Bearer $key" })->json->{items} };
$t->request(DELETE => "/api/apikeys/$id", { Authorization => "Bearer $key" });
is($t->get('/private/index.html', { Authorization => "Bearer $key" })->code, 401, 'a key revoked');
$t->post('/logout', { Cookie => $cookie, 'X-CSRF-Token' => $csrf });
is($t->get('/private/index.html', { Cookie => $cookie })->code, 401, 'a session ended');

# Failures count on both sides together.
$t->redis_cli('DEL', 'hw:fail:127.0.0.1');
$t->get('/private/index.html', basic('owner', "guess $_")) for 1 .. 5;
$t->get('/api/session', basic('owner', "guess $_")) for 6 .. 10;
my $late = $t->get('/private/index.html', basic('owner', 'open sesame'));
is($late->code, 429, 'too many of them');
cmp_ok($late->headers->header('Retry-After') // 0, '>', 200, 'with the time to wait');
$t->redis_cli('DEL', 'hw:fail:127.0.0.1');

# Guesses sent at once all find no failures: one that is right does not count when the others were counted meanwhile.
sub lookups { return $t->redis_cli('INFO', 'commandstats') =~ /^cmdstat_hget:calls=(\d+)/m ? $1 : 0 }
sub guess_together {
    my ($salt) = @_;
    my $record = decode_json($t->redis_cli('HGET', 'hw:user', 'owner'));
    $record->{hash} = crypt 'slow sesame', "\$6\$rounds=4000000\$$salt"; # the time it takes is the time to count the others
    $t->redis_cli('HSET', 'hw:user', 'owner', Mojo::JSON::encode_json($record));
    my $before = lookups();
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        $t->file('answer', Mojo::UserAgent->new(inactivity_timeout => 120)->get($t->url . '/private/index.html', basic('owner', 'slow sesame'))->res->code);
        require POSIX;
        POSIX::_exit(0);
    }
    $t->wait_for(sub { lookups() > $before }, 'the hash is being made');
    $t->redis_cli('SET', 'hw:fail:127.0.0.1', 10, 'EX', 300);
    waitpid $pid, 0;
    $t->redis_cli('DEL', 'hw:fail:127.0.0.1');
    return Mojo::File->new($t->dir . '/answer')->slurp;
}
my $answer;
for my $try (1 .. 5) { # this test may stand still for as long as the hash takes
    $answer = guess_together("salt$try");
    last if $answer == 429;
}
is($answer, 429, 'too late');
is($t->get('/private/index.html', basic('owner', 'slow sesame'))->code, 200, 'by itself it is right');
$t->ctl('cache', 'clear');

# Without Redis nobody is let in.
$t->{redis}->proc->stop;
is($t->get('/private/index.html', basic('owner', 'open sesame'))->code, 503, 'without Redis');
$t->expect_log(qr/nobody can be signed in: /);
$t->expect_log(qr/hookwise:error.*Redis at .* until it is back/);
$t->expect_log(qr/hookwise\.cgi: /, optional => 1);
$t->{redis}->start;

# --- configtest ------------------------------------------------------------------------------------------
for my $case (['hookwise-role king' => qr/Require hookwise-role: king is none of viewer, operator, admin, owner/],
    ['hookwise-role' => qr/names viewer, operator, admin or owner/]) {
    my ($exit, $out) = $t->configtest("<Location /x>\nAuthType Hookwise\nRequire $case->[0]\n</Location>\n");
    isnt($exit, 0, "Require $case->[0] is refused");
    like($out, $case->[1], 'with the reason');
}
# --- plain http ------------------------------------------------------------------------------------------
(my $forced = $section) =~ s{^#Define HOOKWISE_HTTPS .*}{Define HOOKWISE_HTTPS "https://hooks.test:8443"}m or die "no Define\n";
$t->httpd_reload('graceful', $t->httpd_conf . $forced);
for my $path ('/', '/page.js?a=%2Fb') {
    my $res = $t->get($path);
    is_deeply([$res->code, $res->headers->location], [308, "https://hooks.test:8443$path"], "$path is sent to https");
    is($t->get($path, { 'X-Forwarded-Proto' => 'https' })->code, 200, 'who came by https is not');
}
is($t->get('/health')->code, 200, 'states are not');
is($t->get('/webhook/nobody')->code, 405, 'nor are webhooks');
is($t->get('/api/session')->code, 401, 'the API goes by its own FORCE_HTTPS');
$t->expect_log(qr{authz_core:error.*client denied by server configuration: \S+/events$});
$t->ctl('cache', 'clear'); # Redis started empty
is($t->request(HEAD => '/events')->code, 403, 'the feed asks nobody for a password');
is($t->request(HEAD => '/events', basic('admin', 'open sesame'))->code, 403, 'and takes none');
is($t->request(HEAD => '/events', { 'X-Forwarded-Proto' => 'https', %{ basic('admin', 'open sesame') } })->code, 200, 'but by https');
is($t->request(HEAD => '/events', { 'X-Forwarded-Proto' => 'https' })->code, 401, 'which it asks for');

# --- GUI_TRUSTED_IPS, for the feed -----------------------------------------------------------------------
(my $near = $section) =~ s{^#Define HOOKWISE_GUI_IPS .*}{Define HOOKWISE_GUI_IPS "192.0.2.0/24 2001:db8::/32"}m or die "no Define\n";
$t->httpd_reload('graceful', $t->httpd_conf . $near);
is($t->request(HEAD => '/events', basic('admin', 'open sesame'))->code, 403, 'the feed is not for this address');
is($t->get('/')->code, 200, 'the pages are');
$near =~ s/192\.0\.2\.0/127.0.0.0/;
$t->httpd_reload('graceful', $t->httpd_conf . $near);
is($t->request(HEAD => '/events', basic('admin', 'open sesame'))->code, 200, 'it is for one of the list');
is($t->request(HEAD => '/events')->code, 401, 'who says who he is');

my $log = $t->log('httpd');
unlike($log, qr/sesame|\Q$key\E|\Q$csrf\E/, 'no secret in the error log');
open my $access, '<', "$dir/httpd/access.log" or die "access.log: $!\n";
my $lines = join '', <$access>;
like($lines, qr{"GET /api/session}, 'the access log has the requests');
unlike($lines, qr/sesame|\Q$key\E/, 'and no secret');
like($log, qr/user viewer: wrong name or password/, 'failures are noted');

$t->done;
