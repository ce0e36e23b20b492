#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# The pages' pure functions, by node's own test runner.
use strict;
use warnings;
use FindBin;
use Test::More;

my $node = qx(node --version 2>/dev/null) || '';
plan skip_all => 'node is not installed (Debian: nodejs)' if $node !~ /^v(\d+)/;
cmp_ok($1, '>=', 18, 'node is new enough');

my @files = glob "$FindBin::Bin/logic/*.test.mjs";
cmp_ok(scalar(@files), '>', 3, 'there are tests');
for my $file (@files) {
    open my $out, '-|', 'node', '--test', '--test-reporter=tap', $file or die "node: $!\n";
    my @lines = <$out>;
    close $out;
    my ($name) = $file =~ m{([^/]+)$};
    ok($? == 0 && grep({/^# pass [1-9]/} @lines), $name) or diag(grep { /not ok|error:|expected|actual|location/ } @lines);
}
done_testing;
