#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Users as hookwisectl and hookwised handle them: the first one, and changes that reach sessions.
use FindBin;
use lib "$FindBin::Bin/../lib";
use HookWise::Test;
use HookWise::Test::Cgi;
use Mojo::JSON qw(decode_json);

my $t = HookWise::Test->new;
$t->redis;
$t->postgres;
$t->conf(GUI_USERNAME => 'boss', GUI_PASSWORD => 'sesame');
my ($exit, $out, $err) = $t->ctl('migrate');
is($exit, 0, 'migrate');
is($err, "hookwisectl: added the first user, boss, with GUI_PASSWORD\n"
    . "hookwisectl: warning: GUI_PASSWORD has fewer than 8 characters\n", 'adds the first user');
my $boss = $t->cgi_login('boss', 'sesame');
is($t->cgi(GET => '/api/session', $boss)->{json}{role}, 'owner', 'an owner');
$t->conf(GUI_USERNAME => 'boss2', GUI_PASSWORD => 'other sesame');
($exit, $out, $err) = $t->ctl('migrate');
is("$exit|$err", '0|', 'and no second one');
is(scalar $t->psql('SELECT string_agg(name, \' \') FROM app_user'), 'boss', 'there is one');

# hookwised hears of changes made elsewhere, and mends a flushed Redis.
$t->hookwised;
my $record = sub { my $text = $t->redis_cli('HGET', 'hw:user', $_[0]); return $text ? decode_json($text) : undef };
$t->ctl({ stdin => "open sesame\n" }, qw(user add ada --role operator --password-stdin));
ok($t->wait_for(sub { $record->('ada') }, 'a record of ada'), 'a user added is published');
my $ada = $t->cgi_login('ada', 'open sesame');
is($t->cgi(GET => '/api/session', $ada)->{status}, 200, 'ada has a session');
my $version = $record->('ada')->{version};
$t->ctl({ stdin => "new sesame\n" }, qw(user passwd ada --password-stdin));
$t->wait_for(sub { $record->('ada')->{version} != $version }, 'the new password is published');
is($t->cgi(GET => '/api/session', $ada)->{status}, 401, 'which ends it');
($exit, $out, $err) = $t->ctl(qw(user update ada --disable --role viewer));
is("$exit|$out|$err", "0|changed ada (viewer, disabled)\n|", 'a user disabled from the command line');
ok($t->wait_for(sub { !$record->('ada')->{enabled} }, 'ada is disabled'), 'is so in Redis');
$t->psql(q{UPDATE app_user SET enabled = true, totp_secret = 'x' WHERE name = 'ada'});
ok($t->wait_for(sub { $record->('ada')->{totp} }, 'ada has a second factor'), 'what changes in the database too');
$t->ctl(qw(user update ada --no-totp));
ok($t->wait_for(sub { !$record->('ada')->{totp} }, 'ada has none'), 'a second factor lost and taken away');
($exit, $out, $err) = $t->ctl(qw(user update boss --role viewer));
is("$exit|$err", "100|hookwisectl: user update: \"boss\" is the last owner; make somebody else one first\n", 'the last owner stays');
($exit, $out, $err) = $t->ctl(qw(user update nobody --disable));
is("$exit|$err", "100|hookwisectl: user update: there is no user \"nobody\"\n", 'nobody is not changed');
is_deeply([$t->ctl(qw(user delete ada))], [0, "removed ada\n", ''], 'a user removed');
ok($t->wait_for(sub { !$record->('ada') }, 'ada is gone'), 'is gone from Redis');
$t->redis_cli('FLUSHALL');
ok($t->wait_for(sub { $record->('boss') }, 'boss is back'), 'everything is published again after a flush');

# Sessions in Redis: renewed by use, over after a week, and never of broken text.
$boss = $t->cgi_login('boss', 'sesame');
my ($key) = @{ $t->redis_cli('KEYS', 'hw:sess:*') };
$t->redis_cli('EXPIRE', $key, 100);
is($t->cgi(GET => '/api/session', $boss)->{status}, 200, 'shortly before its end');
cmp_ok($t->redis_cli('TTL', $key), '>', 43000, 'use renews it');
my $doc = decode_json($t->redis_cli('GET', $key));
my $set = sub { return $t->redis_cli('SET', $key, Mojo::JSON::encode_json({ %$doc, @_ })) };
$set->(created => time - 604_000);
is($t->cgi(GET => '/api/session', $boss)->{status}, 200, 'a session almost a week old');
$set->(created => time - 605_000);
is($t->cgi(GET => '/api/session', $boss)->{status}, 401, 'one older than a week');
$set->(user => 'eve');
is($t->cgi(GET => '/api/session', $boss)->{status}, 401, 'one of nobody');
$set->(version => $doc->{version} + 1);
is($t->cgi(GET => '/api/session', $boss)->{status}, 401, 'one of another version');
for my $text ('', '[]', '{"user":"boss"}', '"boss"', '{"user":["boss"]}', '{') {
    $t->redis_cli('SET', $key, $text);
    is($t->cgi(GET => '/api/session', $boss)->{status}, 401, "a session that reads $text");
}
$t->redis_cli('DEL', $key);
$t->redis_cli('LPUSH', $key, 'x');
is($t->cgi(GET => '/api/session', $boss)->{status}, 500, 'a key of another kind');

is($t->cgi_log =~ s/^hookwise\.cgi: GET \/api\/session: .*WRONGTYPE.*\n//mr, '', 'the log has nothing else');
$t->done;
