#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Every fuzz target over every file of its corpus, once, with sanitizers.
use strict;
use warnings;
use File::Basename qw(basename);
use FindBin;
use lib "$FindBin::Bin/../lib";
use HookWise::Tree qw(build_dir top);
use Test::More;

my %no_target = map { $_ => 1 } qw(fuzz driver replay);
my @targets = grep { !$no_target{$_} } map { basename($_, '.c') } glob top() . '/t/fuzz/*.c';
cmp_ok(scalar(@targets), '>=', 11, 'the targets are found');
is_deeply([sort map { basename($_) } glob top() . '/t/fuzz/corpus/*'], [sort @targets],
    'each has a corpus');

for my $target (@targets) {
    my $corpus = top() . "/t/fuzz/corpus/$target";
    my @files = grep {-f} glob "$corpus/*";
    open my $run, '-|', "exec '" . build_dir() . "/t/fuzz/$target' '$corpus' 2>&1" or die "$target: $!\n";
    my @lines = <$run>;
    close $run;
    cmp_ok(scalar(@files), '>=', 5, "$target has a corpus of some files");
    is($? >> 8, 0, "$target ends well") or diag(@lines);
    is(scalar(grep {/^ok \d+ - /} @lines), scalar(@files), "$target took each of them");
}

done_testing;
