#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# The table of endpoint fields, its page and the API's description say the same: names and their
# order, kinds of values, bounds and defaults.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use HookWise::Tree qw(slurp without_comments);
use Mojo::JSON qw(decode_json);
use Test::More;

my %kinds = (TEXT => 'text', FLAG => 'yes or no', HW_EP_PATH => 'path', HW_EP_PATHS => 'expressions',
    HW_EP_LIST => 'list', HW_EP_JSON => 'JSON', HW_EP_SECRET => 'secret');
my $hard = slurp('common/hw.h') =~ /^#define HW_MAX_BODY_HARD \((\d+) \* 1024 \* 1024\)/m ? $1 * 1024 : 0;

# The rows of the C table: [name, kind of value, default as JSON].
sub table {
    my ($source) = @_;
    my @rows;
    while ($source =~ /^    (TEXT|FLAG|WHOLE|OTHER)\("(\w+)", (.*)\),$/mg) {
        my ($macro, $name, $rest) = ($1, $2, $3);
        my $kind = $macro eq 'OTHER' && $rest =~ s/^(\w+), // ? $1 : $macro;
        my ($default, @more) = $rest =~ /("(?:[^"\\]|\\.)*"|[^,]+)(?:, |$)/g;
        $default = $default eq 'NULL' ? '' : $default =~ s/^"(.*)"$/$1/r =~ s/\\(.)/$1/gr;
        s{^HW_MAX_BODY_HARD / 1024$}{$hard} for @more;
        push @rows, [$name, $kinds{$kind} // "$more[0] to $more[1]", $default];
    }
    return @rows;
}

# The page's: [name, kind, default, meaning].
sub page {
    my ($section) = slurp('docs/mapping.md') =~ /^## All fields of an endpoint\n(.*?)(?=^## |\z)/ms
        or BAIL_OUT('docs/mapping.md has no list of fields');
    return map { [/^\| `(\w+)` \| (.*?) \| (?:`(.*?)`)? ?\| (.*) \|$/] } grep { /^\| `/ } split /\n/, $section;
}

my $source = without_comments(slurp('common/endpoint_fields.c'));
my @rows = table($source);
my ($body) = $source =~ /hw_endpoint_fields\[\] = \{\n(.*?)^\};/ms or BAIL_OUT('no table');
my $lines = () = $body =~ /^    [A-Z]+\(/mg;
cmp_ok(scalar @rows, '>=', 40, 'the table has rows');
is(scalar @rows, $lines, 'every row of it was understood');
my @page = page();
is_deeply([map { $_->[0] } @page], [map { $_->[0] } @rows], 'the page has the same names in the same order');
my %said = map { $_->[0] => $_ } @page;
for my $row (@rows) {
    my $said = $said{ $row->[0] } or next;    # reported above
    is($said->[1], $row->[1], "$row->[0]: kind of value");
    is($said->[2] // '', $row->[2], "$row->[0]: default");
    like($said->[3], qr/^\S.{8,}[^.|]\z/, "$row->[0]: meaning");
}
my $api = decode_json(slurp('htdocs/openapi.json'))->{components}{schemas}{EndpointDocument}{properties};
is_deeply([sort keys %$api], [sort grep { $_ ne 'id' } map { $_->[0] } @rows], 'the API describes the same fields, the id aside');

done_testing();
