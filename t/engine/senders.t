#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# The pages in docs/senders say what the presets do: written from them, and not changed since.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Basename qw(basename);
use HookWise::Presets qw(pages root);
use Test::More;

my $pages = pages();
my @files = map { basename($_, '.md') } glob root() . '/docs/senders/*.md';
cmp_ok(scalar(keys %$pages), '>=', 42, 'a page for each preset, and an index');
is_deeply([sort @files], [sort keys %$pages], 'the pages there are');
for my $name (sort keys %$pages) {
    open my $in, '<:encoding(UTF-8)', root() . "/docs/senders/$name.md";
    my $text = $in ? do { local $/; <$in> } : undef;
    is($text, $pages->{$name}, "$name.md is up to date (docs/senders/update)");
}

done_testing;
