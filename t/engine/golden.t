#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# The golden cases: the same endpoint, payload, facts and clock give the same bytes.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Basename qw(basename);
use HookWise::Golden qw(cases run_case slurp);
use JSON::PP;
use Test::More;

my %presets;
for my $dir (cases()) {
    my $name = basename($dir);
    my $about = JSON::PP->new->utf8->decode(slurp("$dir/case.json"))->{about};
    my $doc = JSON::PP->new->utf8->decode(slurp("$dir/endpoint.json"));
    $presets{ $doc->{preset} }++ if defined $doc->{preset};
    my $want = eval { slurp("$dir/expected.json") };
    my $got = eval { run_case($dir) };
    if (!defined $want || !defined $got) {
        fail("$name: $about");
        diag($@);
        next;
    }
    is($got, $want, "$name: $about");
    is(eval { run_case($dir) }, $got, "$name: again, the same bytes");
}

my $source = join '', map { slurp($_) } glob "$FindBin::Bin/../../common/preset_*.inc";
my @names = $source =~ /^    \.name = "([\w-]+)"/mg;
cmp_ok(scalar(@names), '>=', 41, 'the presets are found');
is(join(' ', grep { !$presets{$_} } @names), '', 'every preset has golden cases');

done_testing;
