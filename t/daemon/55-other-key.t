#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# A hookwised whose ENCRYPTION_KEY is not the database's, and programs older than the database: said in
# one line, and nothing is lost by it.
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use HookWise::Test;
use Feed;

my $t = HookWise::Test->new;
sub id_of { my ($name) = @_; return scalar $t->psql("SELECT id FROM webhook_log WHERE summary LIKE '%$name' ORDER BY id LIMIT 1") }

$t->redis;
$t->postgres;
$t->migrate;
my $daemon = $t->hookwised;
my $ep = $t->endpoint(name => 'sealed', destination => 'local');
my $before = recorded($t, feed($t, $ep, alert_body('before')));
is($before->{status}, 'processed', 'with its own key');
unlike($daemon->text, qr/ENCRYPTION_KEY/, 'nothing to say');
$daemon->stop;

my $said = qr/warn: ENCRYPTION_KEY is not the one the database was written with: it does not open the secrets of 1 of 1 endpoints$/m;
$t->conf(ENCRYPTION_KEY => 'B' x 43 . '=');
$daemon->start;
$t->wait_for(sub { $daemon->text =~ $said }, 'the word about the key');
like($daemon->text, $said, 'another key is noticed at the start');
$t->expect_log($said);
my $during = recorded($t, feed($t, $ep, alert_body('during')));
is($during->{status}, 'processed', 'events go on');
my ($exit, undef, $err) = $t->ctl('replay', id_of('before'));
like("$exit: $err", qr/^100: hookwisectl: replay \d+: cannot be decrypted: another key, or damaged/, 'what was sealed before stays closed');
($exit, undef, $err) = $t->ctl('endpoint', 'show', 'sealed', '--secrets');
like("$exit: $err", qr/^100: hookwisectl: endpoint show: ENCRYPTION_KEY: cannot open the token of endpoint \S+: it was sealed with another key\n\z/, 'and says so');
$daemon->stop;

$t->conf(ENCRYPTION_KEY => $t->key . ',' . 'B' x 43 . '=');
my $seen = length $daemon->text;
$daemon->start;
for my $what ('before', 'during') {
    ($exit, undef, $err) = $t->ctl('replay', id_of($what));
    is("$exit: $err", '0: ', "with both keys what either sealed is there: $what");
}
is(substr($daemon->text, $seen) =~ /ENCRYPTION_KEY/, '', 'nothing to say any more');

$t->psql("INSERT INTO schema_migration (number, name, checksum) VALUES (999, '999_later', 'x')");
($exit, undef, $err) = $t->ctl('migrate');
like("$exit: $err", qr/^100: hookwisectl: migrate: the database is newer than this program: it holds migration 999_later, version [\d.]+ ends with \d{3}_\w+\n\z/,
    'an older program leaves a newer database alone');
my $after = recorded($t, feed($t, $ep, alert_body('after')));
is($after->{status}, 'processed', 'hookwised goes on meanwhile');

$t->done;
