#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# The same program as FastCGI: many requests in one process, which outlives restarts of Redis and
# PostgreSQL and does not grow.
use FindBin;
use lib "$FindBin::Bin/../lib";
use HookWise::Test;
use HookWise::Test::Process;
use Mojo::Util qw(b64_encode);

my $t = HookWise::Test->new;
$t->ua->cookie_jar->ignore(sub { 1 }); # cookies are sent where a test says so
$t->redis;
$t->postgres;
$t->conf;
$t->migrate;
$t->ctl({ stdin => "open sesame\n" }, qw(user add ada --role owner --password-stdin));

# What a process manager does: the listening socket is descriptor 0.
my $socket = $t->dir . '/fcgi.sock';
my $listen = 'use IO::Socket::UNIX; use POSIX; my $s = IO::Socket::UNIX->new(Local => shift, Listen => 16) or die $!;'
    . 'POSIX::dup2(fileno $s, 0); exec @ARGV or die $!';
my $cgi = HookWise::Test::Process->start(what => 'hookwise.cgi', log => $t->dir . '/fcgi.log', dir => '/',
    env => { HOOKWISE_CONF => $t->conf }, cmd => [$^X, '-e', $listen, $socket, $t->product('hookwise.cgi')]);
$cgi->wait_ready(sub { # it listens
    open my $in, '<', '/proc/net/unix' or die "/proc/net/unix: $!\n";
    return scalar grep { / \Q$socket\E$/ && (split)[3] eq '00010000' } <$in>;
});
chmod 0777, $socket;

$t->httpd($t->httpd_conf . <<"EOT", modules => [qw(proxy proxy_fcgi)]);
<LocationMatch "^/(?:api|login|logout)(?:/|\$)">
    CGIPassAuth On
    SetHandler "proxy:unix:$socket|fcgi://localhost/"
</LocationMatch>
EOT

my %basic = (Authorization => 'Basic ' . b64_encode('ada:open sesame', ''));
my $in = $t->post('/login', {}, json => { username => 'ada', password => 'open sesame' });
is($in->code, 200, 'signing in') or diag($in->body);
my ($cookie, $path) = $in->headers->header('Set-Cookie') =~ /^(hookwise=[^;]+); Path=([^;]+)/;
is($path, '/', 'the mount is right');
my %session = (Cookie => $cookie, 'X-CSRF-Token' => $in->json->{csrf});
is($t->get('/api/session', {%session})->json->{user}, 'ada', 'a session');
is($t->get('/api/session')->code, 401, 'nothing is left of the request before');
is($t->get('/api/users?limit=%31%30', {%basic})->json->{items}[0]{name}, 'ada', 'Basic');
is($t->request(PUT => '/api/session', {%basic})->headers->header('Allow'), 'GET', 'methods');

my $made = $t->post('/api/users', {%session}, json => { name => 'bo', role => 'viewer' });
is($made->code, 201, 'a body');
is($t->post('/api/users', {%session, 'Content-Type' => 'application/json'}, ' ' x 17_000_000)->code, 413, 'a body too large');
is($t->get('/api/session', {%session})->code, 200, 'goes on after it');
is($t->get('/api/session', {%session})->code, 200, 'and on');

sub rss { open my $fh, '<', '/proc/' . $cgi->pid . '/status' or die $!; my ($kb) = join('', <$fh>) =~ /VmRSS:\s+(\d+)/; return $kb }
$t->get('/api/users', {%session}) for 1 .. 50;
my $before = rss();
my $bad = grep { $t->get('/api/users', {%session})->code != 200 } 1 .. 500;
is($bad, 0, 'five hundred more requests');
SKIP: {
    skip 'a sanitizer keeps what was freed', 1 if qx(readelf -d '@{[ $t->product('hookwise.cgi') ]}') =~ /libasan/;
    cmp_ok(rss() - $before, '<', 512, 'in the same memory');
}

# Users of different tenants take turns at one connection, its prepared statements included.
$t->ctl({ stdin => "open sesame\n" }, qw(user add tom --role admin --tenant acme --password-stdin));
my %tom = (Authorization => 'Basic ' . b64_encode('tom:open sesame', ''));
$t->endpoint(name => "of $_", tenant => $_) for qw(acme default);
sub names { my %who = @_; return join ' ', sort map { $_->{name} } @{ $t->get('/api/endpoints', {%who})->json->{items} } }
is(join('; ', map { names(%basic), names(%tom) } 1 .. 8), join('; ', ('of acme of default', 'of acme') x 8), 'each sees his own');
$t->{postgres}->restart;
is(names(%tom), 'of acme', 'over a restart of PostgreSQL');
is(names(%basic), 'of acme of default', 'and whoever comes next');
is($t->get('/api/users', {%session})->code, 200, 'after PostgreSQL restarted');
$t->{redis}->restart;
is($t->get('/api/session', {%session})->code, 401, 'Redis restarted and has lost the session');
$in = $t->post('/login', {}, json => { username => 'ada', password => 'open sesame' });
is($in->code, 200, 'signing in again');
ok($t->redis_cli('HGET', 'hw:user', 'ada'), 'publishes the users again');

$cgi->stop('TERM');
unlike($cgi->text, qr/sesame|Sanitizer|runtime error/, 'its log is clean');
$t->done;
