#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# hookwisectl itself: options, help, exit codes, settings, migrate.
use FindBin;
use lib "$FindBin::Bin/../lib";
use HookWise::Test;

my $t = HookWise::Test->new;

# --- without any server -----------------------------------------------------------------------
my ($exit, $out, $err) = $t->ctl({ conf => 0 }, '--help');
is($exit, 0, 'help');
is($err, '', 'on stdout');
my @commands = $out =~ /^  ([a-z]+) +\S/mg;
is("@commands", 'migrate user endpoint history replay incident tenantmap maintenance import export '
    . 'cache reseal health path explain', 'names every command');
for my $command (@commands) {
    ($exit, $out, $err) = $t->ctl({ conf => 0 }, $command, '--help');
    is($exit, 0, "$command --help");
    like($out, qr/^usage: hookwisectl $command.*\n\n  \S.*\n\z/s, "$command: usage and a sentence");
    unlike($out, qr/hookwisectl $command \[--(?:ticket-id|limit|tenantmap)|[ \t]$/m, "$command: a long line goes on, and ends with a word");
}
($exit, $out) = $t->ctl({ conf => 0 }, '--version');
like($out, qr/^hookwisectl \d+\.\d+\.\d+\n\z/, 'version');
($exit, $out, $err) = $t->ctl({ conf => 0 });
is($exit, 100, 'nothing to do');
like($err, qr/^usage: hookwisectl/, 'shows usage');
($exit, $out, $err) = $t->ctl({ conf => 0 }, 'frobnicate');
is("$exit $err", "100 hookwisectl: unknown command \"frobnicate\"; see hookwisectl --help\n", 'an unknown command');
($exit, $out, $err) = $t->ctl({ conf => 0 }, '-c', '/nonexistent.conf', 'migrate');
is($exit, 100, 'a settings file that is not there');
like($err, qr{^hookwisectl: settings: /nonexistent\.conf: }, 'is named');
($exit, $out, $err) = $t->ctl({ conf => 0 }, '-c');
is($exit, 100, '-c without a file');
my $odd = $t->file('odd.conf', "DATABASE_URL=mysql://x/y\n");
($exit, $out, $err) = $t->ctl({ conf => 0 }, '-c', $odd, 'migrate');
is($exit, 100, 'a URL that is none of PostgreSQL');
like($err, qr/DATABASE_URL/, 'names the setting');
my $keyless = $t->file('keyless.conf', "DATABASE_URL=postgresql:///x?host=/nonexistent\n");
($exit, $out, $err) = $t->ctl({ conf => 0 }, '-c', $keyless, 'endpoint', 'list');
is("$exit $err", "100 hookwisectl: endpoint list: ENCRYPTION_KEY: is not set\n", 'no key');
($exit, $out, $err) = $t->ctl({ conf => 0 }, '-c', $keyless, 'migrate');
is($exit, 111, 'no database: temporary');
like($err, qr/^hookwisectl: migrate: the database cannot be reached: /, 'in words');

# --- migrate --------------------------------------------------------------------------------------
$t->postgres;
($exit, $out, $err) = $t->ctl('user', 'list');
is($exit, 111, 'a database without our tables');
like($err, qr/^hookwisectl: user list: the database says: .*; run hookwisectl migrate/, 'says what to do');
($exit, $out) = $t->ctl('migrate');
is($exit, 0, 'migrate');
is($out, join('', map { /([^\/]+)\.sql\z/ ? "applied $1\n" : () } sort glob $t->source . '/sql/[0-9]*.sql'), 'says what it applied');
my $schema = sub { return join "\n", $t->psql(q{SELECT table_name, column_name, data_type FROM information_schema.columns
    WHERE table_schema = 'public' ORDER BY 1, 2}) };
my $before = $schema->();
($exit, $out) = $t->ctl('migrate');
is("$exit $out", "0 the database is up to date\n", 'again: nothing to do');
is($schema->(), $before, 'and nothing changed');
is_deeply($t->ctl_json('migrate'), { applied => [] }, 'as JSON');
my $days = $t->psql(q{SELECT count(*) FROM pg_inherits WHERE inhparent = 'webhook_log'::regclass});
is($days, 6, 'partitions from yesterday to three days ahead, and the default');
$t->psql(q{INSERT INTO schema_migration VALUES (990, '990_future', 'x')});
($exit, $out, $err) = $t->ctl('migrate');
is($exit, 100, 'a database of a newer program');
like($err, qr/the database is newer than this program: it holds migration 990_future/, 'is left alone');
$t->psql('DELETE FROM schema_migration WHERE number = 990');

# Two at once: one applies, the other waits and finds nothing to do.
$t->psql(q{DROP SCHEMA public CASCADE; CREATE SCHEMA public}, user => 'postgres');
$t->psql(q{ALTER SCHEMA public OWNER TO hookwise}, user => 'postgres');
my @pids = map {
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        my ($code, $said) = $t->ctl('migrate');
        require POSIX;
        POSIX::_exit($code || ($said =~ /applied 001/ ? 1 : $said =~ /up to date/ ? 2 : 9));
    }
    $pid;
} 1 .. 2;
my @said = sort map { waitpid $_, 0; $? >> 8 } @pids;
is("@said", '1 2', 'two migrations at once');

$t->expect_log(qr/relation "app_user" does not exist/);
$t->done;
