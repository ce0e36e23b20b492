# SPDX-License-Identifier: Apache-2.0
package HookWise::Test::Browser;

# A test of the pages against the real thing: the private stack as "make run" starts it, and a node
# script that works in a browser.

use strict;
use warnings;
use Exporter qw(import);
use File::Temp qw(tempdir);
use Test::More;
use HookWise::Test::Ports qw(free_port);
use HookWise::Tree qw(build_dir top);

our @EXPORT_OK = qw(browser_test);

my ($owner, $stack, $outer) = ($$);
END {
    local $?; # the verdict is that of the tests
    system "$stack clean-run >/dev/null 2>&1" if $stack && $$ == $owner && -e "$outer/run";
}

# Starts the stack; what its run/env says is in the script's environment. False: it did not start.
sub start {
    my ($top) = @_;
    $outer = tempdir('hwgui-XXXXXX', DIR => '/var/tmp', CLEANUP => 1);
    $ENV{HW_RUN} = "$outer/run";
    $ENV{HW_BUILD} = build_dir();
    $ENV{HW_PORT} = free_port();
    $ENV{HW_TLS_PORT} = free_port();
    $ENV{REDIS_TIMEOUT} = 60; # a machine that stands still is no Redis that is away
    $stack = "sh $top/conf/stack/stack.sh";
    my $said = qx($stack run 2>&1 </dev/null);
    is($?, 0, 'the stack starts') or do { diag($said); return 0 };
    open my $in, '<', "$outer/run/env" or BAIL_OUT("run/env: $!");
    while (<$in>) { chomp; my ($name, $value) = split /=/, $_, 2; $ENV{$name} = $value }
    close $in;
    return 1;
}

# Runs the script, whose results become ours; returns their number.
sub run_script {
    my ($script) = @_;
    open my $out, '-|', 'node', '--test-reporter=tap', $script or die "node: $!\n";
    my ($count, @lines) = (0);
    while (my $line = <$out>) {
        push @lines, $line;
        next unless $line =~ /^(not )?ok \d+ - (.*)/;
        my ($bad, $name) = ($1, $2);
        $count++;
        ok(!$bad, $name);
    }
    close $out;
    is($?, 0, 'node ends well') or diag(join '', grep { !/duration_ms/ } @lines);
    return $count;
}

# The whole test: script, a file beside the caller's; least: how many results it has at least.
sub browser_test {
    my ($script, $least) = @_;
    my $top = top();
    BAIL_OUT('"make gui-test" has not been run') unless -d "$top/node_modules/playwright-core";
    if (start($top)) {
        cmp_ok(run_script("$top/t/gui/$script"), '>=', $least, 'the browser did its work');
        my $log = '';
        if (open my $l, '<', "$outer/run/log/httpd-error.log") { local $/; $log = <$l> // ''; close $l }
        unlike($log, qr/\[(?:error|crit|alert|emerg)\]|:error\]|hookwise\.cgi:/, "Apache's error log has no error");
    }
    done_testing;
}

1;
