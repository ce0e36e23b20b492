#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# The examples of docs/mapping.md give what the page says.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Temp qw(tempdir);
use FindBin;
use JSON::PP;
use Test::More;

my $root = abs_path("$FindBin::Bin/../..");
my $build = $ENV{HW_BUILD} || 'build';
$build = "$root/$build" unless $build =~ m{^/};
my $dir = tempdir(CLEANUP => 1);

sub file {
    my ($name, $text) = @_;
    open my $out, '>:raw', "$dir/$name" or die "$dir/$name: $!\n";
    print $out $text;
    close $out or die "$dir/$name: $!\n";
    return "$dir/$name";
}

open my $in, '<:raw', "$root/docs/mapping.md" or die "docs/mapping.md: $!\n";
my $page = do { local $/; <$in> };
my ($payload) = $page =~ /about this payload:\n\n```json\n(.*?)```/s or die "no payload\n";
my ($table) = $page =~ /^\| expression \| result \|\n\|---\|---\|\n(.*?)\n\n/ms or die "no table\n";
my $body = file('payload', $payload);
my @rows = split /\n/, $table;
cmp_ok(scalar(@rows), '>=', 15, 'the table is found');

for my $row (@rows) {
    my ($expression, $result) = $row =~ /^\| `(.*?)` \|(?: `(.*)`)? \|$/ or die "row: $row\n";
    s/\\\|/|/g for grep { defined } $expression, $result;
    my $doc = file('endpoint', JSON::PP->new->utf8->encode({
        name => 'x', trigger_field => '', json_mapping => { item => $expression },
    }));
    my $out = do {
        local %ENV = (PATH => '/usr/bin:/bin');
        open my $run, '-|', "$build/hookwisectl", '-c', '/dev/null', 'explain', '--endpoint', $doc,
            '--payload', $body, '--header', 'X-Team: night' or die "hookwisectl: $!\n";
        local $/;
        <$run>;
    };
    my $said = eval { JSON::PP->new->utf8->decode($out)->{elements}[0]{fields}{item} };
    is($@, '', "$expression is explained");
    is($said, $result, "$expression");
}

done_testing;
