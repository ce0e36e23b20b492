#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Directives of the module and the annotated conf/httpd/hookwise.conf name the same things.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use HookWise::Tree qw(files slurp without_comments);

my (%code, %reference, %handler);
for my $file (files(['mod_hookwise'], 'c', 'h')) {
    my $text = without_comments(slurp($file));
    $code{$1}++ while $text =~ /AP_INIT_\w+\(\s*"(Hookwise\w+)"/g;
    $handler{$1}++ while $text =~ /"(hookwise-[a-z]+)"/g;
}
my $conf = slurp('conf/httpd/hookwise.conf');
$reference{$1}++ while $conf =~ /^\s*(?:#\s*)?(Hookwise\w+)[ \t]+\S/mg;

cmp_ok(scalar(keys %code), '>=', 5, 'directives are found in the module');
is(join(' ', sort keys %reference), join(' ', sort keys %code),
    'the reference configuration shows every directive, and no other');
cmp_ok(scalar(keys %handler), '>=', 2, 'handlers are found in the module');
is(join(' ', grep { $conf !~ /\b\Q$_\E\b/ } sort keys %handler), '',
    'the reference configuration shows every handler');
my $used = slurp('conf/stack/httpd.conf.in');
is(join(' ', grep { !$code{$_} } $used =~ /^\s*(Hookwise\w+)/mg), '', 'make run uses directives that exist');

done_testing;
