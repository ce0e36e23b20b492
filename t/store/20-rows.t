#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# History, alerts, incidents and connections: rows.c against a private PostgreSQL.
use FindBin;
use lib "$FindBin::Bin/../lib";
use HookWise::Test;
use HookWise::Test::Run qw(run);

my $t = HookWise::Test->new;
$t->postgres;
# What rows.c provokes on purpose.
$t->expect_log(qr/nonsense|webhook_log_status_check/);
$t->expect_log(qr/terminating connection due to administrator command/);
$t->expect_log(qr/duplicate key value violates unique constraint "tenant_pkey"/);
$t->expect_log(qr/syntax error at or near "SELEC"/);

my ($exit, $out, $err) = run([$t->product('t/store/rows')], timeout => 600,
    env => { HW_TEST_DATABASE => $t->database_url });
my $seen = 0;
for my $line (split /\n/, $out) {
    if ($line =~ /^(not )?ok \d+(?: - )?(.*)/) { ok(!$1, $2); $seen++ }
    elsif ($line =~ /^# (.*)/) { diag($1) }
}
ok($seen > 100, "$seen checks ran");
is($err, '', 'nothing on standard error');
is($exit, 0, 'rows.c ended well');
$t->done;
