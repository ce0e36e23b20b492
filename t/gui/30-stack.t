#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# The pages against the real thing: the private stack is started as "make run" does it, a webhook is
# sent, and a person looks what became of it.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Temp qw(tempdir);
use Test::More;
use HookWise::Test::Ports qw(free_port);
use HookWise::Tree qw(build_dir top);

my $top = top();
BAIL_OUT('"make gui-test" has not been run') unless -d "$top/node_modules/playwright-core";

my $outer = tempdir('hwgui-XXXXXX', DIR => '/var/tmp', CLEANUP => 1);
$ENV{HW_RUN} = "$outer/run";
$ENV{HW_BUILD} = build_dir();
$ENV{HW_PORT} = free_port();
$ENV{HW_TLS_PORT} = free_port();
my $owner = $$;
my $stack = "sh $top/conf/stack/stack.sh";
END {
    local $?; # the verdict is that of the tests
    system "$stack clean-run >/dev/null 2>&1" if $owner && $$ == $owner && -e "$outer/run";
}

my $said = qx($stack run 2>&1 </dev/null);
is($?, 0, 'the stack starts') or do { diag($said); done_testing; exit };

open my $in, '<', "$outer/run/env" or BAIL_OUT("run/env: $!");
while (<$in>) { chomp; my ($name, $value) = split /=/, $_, 2; $ENV{$name} = $value }
close $in;

open my $out, '-|', 'node', '--test-reporter=tap', "$FindBin::Bin/stack.test.mjs" or die "node: $!\n";
my ($count, @lines) = (0);
while (my $line = <$out>) {
    push @lines, $line;
    next unless $line =~ /^(not )?ok \d+ - (.*)/;
    $count++;
    my $good = !$1;
    my $name = $2;
    ok($good, $name) or push @lines, "---\n";
}
close $out;
is($?, 0, 'node ends well') or diag(join '', grep { !/duration_ms/ } @lines);
cmp_ok($count, '>', 4, 'the browser did its work');

my $log = '';
if (open my $l, '<', "$outer/run/log/httpd-error.log") { local $/; $log = <$l> // ''; close $l }
unlike($log, qr/\[(?:error|crit|alert|emerg)\]|:error\]|hookwise\.cgi:/, "Apache's error log has no error");
done_testing;
