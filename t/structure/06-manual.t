#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# The manual pages and the programs name the same commands and options; the documents name files
# and targets that exist.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use HookWise::Tree qw(build_dir files slurp top);

my $build = build_dir();

sub output { my ($cmd) = @_; my $text = qx($cmd 2>&1); return $text }

# hookwisectl --help lists "  name   what"; the manual has ".It Ic name" or ".It Ic name sub".
my $help = output("'$build/hookwisectl' --help");
my ($list) = $help =~ /^commands:\n((?:  \S.*\n)+)/m;
my %program = map { /^  (\S+)/ ? ($1 => 1) : () } split /\n/, $list // '';
my $page = slurp('docs/man/hookwisectl.1');
my %manual = map { ($_ => 1) } $page =~ /^\.It Ic (\S+)/mg;
cmp_ok(scalar(keys %program), '>=', 5, 'hookwisectl lists its commands');
is(join(' ', sort keys %manual), join(' ', sort keys %program),
    'hookwisectl(1) describes the commands that hookwisectl has');

# Every long option a command's usage shows stands in the manual.
my %option;
for my $command (sort keys %program) {
    my $usage = output("'$build/hookwisectl' $command --help");
    like($usage, qr/^usage: hookwisectl \Q$command\E/, "$command says how to use it");
    $option{$_} = $command for $usage =~ /(--[a-z][a-z-]+)/g;
}
(my $plain = $page) =~ s/\\-/-/g;
my @unknown = grep { my $o = substr $_, 2; $plain !~ /^\..*\bFl .*(?<![\w-])-\Q$o\E\b/m } sort keys %option;
is(join(' ', map {"$option{$_} $_"} @unknown), '', 'hookwisectl(1) names every option');

for my $name (qw(docs/man/hookwised.8 docs/man/hookwisectl.1)) {
    like(slurp($name), qr/^\.Sh NAME\n.*^\.Sh SYNOPSIS\n.*^\.Sh EXIT STATUS\n/ms, "$name has its parts");
}

# What the documents point at.
my $makefile = slurp('Makefile');
my @documents = (qw(README.md CONTRIBUTING.md), files(['docs'], 'md'));
my (@missing, $seen);
for my $file (@documents) {
    my $text = slurp($file);
    (my $dir = $file) =~ s{[^/]*$}{};
    for my $link ($text =~ /\]\(([^)#:\s]+)\)/g, map {"/$_"} $text =~ m{`((?:conf|docs|common|t|sql|hookwised|mod_hookwise)/[\w./-]+\.\w+)`}g) {
        $seen++;
        my $path = $link =~ m{^/} ? substr($link, 1) : "$dir$link";
        push @missing, "$file: $link" unless -e top() . "/$path";
    }
    for my $target ($text =~ /\bmake (?:BUILD=\S+ )?([a-z][a-z-]+)\b/g) {
        next unless $text =~ /`[^`]*make \Q$target\E|^\s*(?:sudo )?make \Q$target\E/m;
        $seen++;
        push @missing, "$file: make $target" unless $makefile =~ /^(?:[\w-]+ )*\Q$target\E(?: [\w-]+)*:/m;
    }
}
cmp_ok($seen, '>', 10, 'the documents point at files and targets');
is(join("\n", @missing), '', 'files and targets they point at exist');
is(readlink(top() . '/README'), 'README.md', 'README is a link to README.md');

my @targets = $makefile =~ /^\.PHONY:((?:.*\\\n)*.*)$/m ? grep { !/\\/ } split ' ', $1 : ();
my $summary = slurp('conf/stack/help.txt');
cmp_ok(scalar(@targets), '>', 10, 'the targets are found');
is(join(' ', grep { !/^(?:all|unit|fuzz-build|deps-(?:test|fuzz|bench)|gui-test)$/ && $summary !~ /^make $_\b/m } @targets), '',
    'make help tells of every target');

done_testing;
