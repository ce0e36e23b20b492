#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# How every file begins: its licence, its purpose, and for a header its guard.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use HookWise::Tree qw(files slurp);

my @c = files([qw(common mod_hookwise hookwised htdocs/cgi t)], 'c', 'h');
cmp_ok(scalar(@c), '>', 50, 'the C files are found');

my (@spdx, @purpose, @guard, %guards);
for my $file (@c) {
    my $text = slurp($file);
    my $first = qr{\A/\* SPDX-License-Identifier: Apache-2\.0 \*/\n};
    push @spdx, $file unless $text =~ $first;
    push @purpose, $file unless $text =~ m{$first/\* \S};
    next unless $file =~ /\.h$/;
    my ($guard) = $text =~ /^#ifndef (HWC?D?_\w+_H|MHW_\w+_H|HWD_\w+_H|HWC_\w+_H|HW_H)\n#define \1\n.*^#endif\n\z/ms;
    push @guard, $file unless $guard;
    push @{ $guards{$guard} }, $file if $guard;
}
is("@spdx", '', 'the first line of C files is the licence');
is("@purpose", '', 'the second line of C files is the purpose');
is("@guard", '', 'a header has a guard of our prefix, to its end');
is(join('; ', map {"@$_"} grep { @$_ > 1 } values %guards), '', 'no two headers share a guard');

my @scripts = files([qw(t conf sql)], qw(t pl pm sh sql));
cmp_ok(scalar(@scripts), '>', 20, 'the scripts are found');
is(join(' ', grep { slurp($_) !~ /^(?:#!.*\n)?(?:#|--) SPDX-License-Identifier: Apache-2\.0\n/ } @scripts), '',
    'scripts, tests and SQL begin with the licence');
my @tests = files([map {"t/$_"} grep { !/^unit$/ } map {m{t/(\w+)$}} glob "$FindBin::Bin/../../t/*"], 't');
is(join(' ', grep { !-x "$FindBin::Bin/../../$_" || slurp($_) !~ /^#!/ } @tests), '',
    'a test that is a script is executable and says by what');

done_testing;
