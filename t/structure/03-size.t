#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Functions of one screen, files that can be read in one go.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use HookWise::Tree qw(files functions slurp);

my @product = files([qw(common mod_hookwise hookwised htdocs/cgi)], 'c');
my @tests = files(['t'], 'c');
my @functions = functions(@product);
cmp_ok(scalar(@functions), '>', 100, 'the functions of the product are found');
cmp_ok(scalar(functions(@tests)), '>', 10, 'the functions of the tests are found');

my @long = grep { $_->{lines} > 100 } @functions, functions(@tests);
is(join("\n", map {"$_->{file}: $_->{name} has $_->{lines} lines"} @long), '', 'no function over 100 lines');

my @sorted = sort { $a <=> $b } map { $_->{lines} } @functions;
cmp_ok($sorted[ @sorted / 2 ], '<=', 20, 'half of the functions have 20 lines or fewer');
cmp_ok($sorted[ @sorted * 0.9 ], '<=', 50, 'nine of ten functions have 50 lines or fewer');

# Libraries of the pages are fetched when they are built; they are not ours.
my @files = grep { !m{/vendor/} } (files([qw(common mod_hookwise hookwised htdocs conf sql t docs)],
    qw(c h js css html pm pl t sh sql md)), 'Makefile');
cmp_ok(scalar(@files), '>', 50, 'the files are found');
my @big = grep { $_->[1] > 800 } map { [$_, scalar(() = slurp($_) =~ /\n/g)] } @files;
is(join("\n", map {"$_->[0] has $_->[1] lines"} @big), '', 'no file over 800 lines');

done_testing;
