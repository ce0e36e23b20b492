#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# The table of settings and the annotated conf/hookwised.conf say the same: names and their order,
# defaults, bounds and sentences.
use strict;
use warnings;

use FindBin;
use Test::More;

my $top = "$FindBin::Bin/../..";

sub slurp {
    my ($path) = @_;
    open my $fh, '<', "$top/$path" or BAIL_OUT("cannot read $path: $!");
    local $/;
    return scalar <$fh>;
}

# The rows of the C table: [name, type, default, min, max, sentence].
sub table {
    my ($source) = @_;
    my $string = qr/"(?:[^"\\]|\\.)*"/;
    my @rows;
    while ($source =~ /\{\s*"(\w+)",\s*HW_SET_(\w+),\s*($string),\s*(\d+),\s*(\d+),\s*
                       ((?:$string\s*)+),\s*(?:NULL|HTTP|$string)\s*\}/gx) {
        my @row = ($1, $2, $3, $4, $5, $6);
        for (@row[2, 5]) {
            $_ = join '', /"((?:[^"\\]|\\.)*)"/g;
            s/\\(.)/$1/g;
        }
        push @rows, \@row;
    }
    return @rows;
}

# The entries of the reference file: [name, default, sentence with its range line].
sub reference {
    my ($text) = @_;
    my @entries;
    for my $block (split /\n{2,}/, $text) {
        next if $block !~ /^#([A-Z][A-Z0-9_]*)=(.*)$/m;
        my ($name, $default) = ($1, $2);
        my @words = map { s/^# //r } grep { /^# / } split /\n/, $block;
        push @entries, [$name, $default =~ s/^"(.*)"$/$1/r, join(' ', @words)];
    }
    return @entries;
}

my $source = slurp('common/settings_table.c');
my $text = slurp('conf/hookwised.conf');
my @rows = table($source);
my @entries = reference($text);

my $mentioned = () = $source =~ /\bHW_SET_\w+/g;
cmp_ok(scalar @rows, '>=', 30, 'the table has rows');
is(scalar @rows, $mentioned, 'every row of the table was understood');
my $assigned = () = $text =~ /^#?\s*[A-Z][A-Z0-9_]*=/mg;
is(scalar @entries, $assigned, 'every setting of the reference stands in a block of its own');
is_deeply([map { $_->[0] } @entries], [map { $_->[0] } @rows], 'the same names in the same order');

my %documented = map { $_->[0] => $_ } @entries;
for my $row (@rows) {
    my ($name, $type, $default, $min, $max, $sentence) = @$row;
    my $entry = $documented{$name} or next;    # reported above
    $sentence .= " Range: $min to $max." if $type eq 'INT';
    is($entry->[1], $default, "$name: default");
    is($entry->[2], $sentence, "$name: sentence");
    like($sentence, qr/^[A-Z].*\.$/, "$name: the sentence is one");
    cmp_ok($min, '<', $max, "$name: bounds") if $type eq 'INT';
}

done_testing();
