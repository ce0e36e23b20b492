#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# The public JSONPath compliance suite against "hookwisectl path": HW_JSONPATH_CTS names its cts.json, which
# is third-party data and lies elsewhere. Our own cases, always run, are in t/unit/jsonpath*.c.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Temp qw(tempfile);
use FindBin;
use IPC::Open3;
use JSON::PP;
use Test::More;

plan skip_all => 'HW_JSONPATH_CTS does not name the suite' unless $ENV{HW_JSONPATH_CTS};
binmode $_, ':encoding(UTF-8)' for Test::More->builder->output, Test::More->builder->failure_output;
my $root = abs_path("$FindBin::Bin/../..");
my $build = $ENV{HW_BUILD} || 'build';
$build = "$root/$build" unless $build =~ m{^/};
-x "$build/hookwisectl" or die "$build/hookwisectl is not built\n";

my $json = JSON::PP->new->utf8->allow_nonref->canonical;
open my $in, '<:raw', $ENV{HW_JSONPATH_CTS} or die "$ENV{HW_JSONPATH_CTS}: $!\n";
my $suite = $json->decode(do { local $/; <$in> });

# (exit status, what was printed)
sub path {
    my ($selector, $document) = @_;
    my ($file, $name) = tempfile(UNLINK => 1);
    print $file $json->encode($document);
    close $file or die "$name: $!\n";
    utf8::encode($selector);
    my $pid = open3(my $stdin, my $out, undef, "$build/hookwisectl", 'path', $selector, $name);
    my $text = do { local $/; <$out> };
    waitpid $pid, 0;
    return ($? >> 8, $text);
}

for my $case (@{ $suite->{tests} }) {
    SKIP: {
        skip "$case->{name}: no argument holds a NUL", 1 if $case->{selector} =~ /\0/;
        my ($status, $text) = path($case->{selector}, $case->{document});
        if ($case->{invalid_selector}) {
            is($status, 100, $case->{name});
            next;
        }
        my $got = $status == 0 ? $json->encode($json->decode($text)) : $text;
        my @wanted = map { $json->encode($_) } $case->{results} ? @{ $case->{results} } : $case->{result};
        ok((grep { $got eq $_ } @wanted), $case->{name}) or diag("$case->{selector}: $got");
    }
}
done_testing;
