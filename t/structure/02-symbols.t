#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# What the built files need and give: the module stays small, nothing has mutable globals.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use HookWise::Tree qw(build_dir);

my $build = build_dir();
my $module = "$build/mod_hookwise.so";
ok(-e $module, 'the module is built') or BAIL_OUT("$module is not built");

sub lines { my (@cmd) = @_; open my $in, '-|', @cmd or die "@cmd: $!\n"; my @l = <$in>; close $in or die "@cmd failed\n"; return @l }

my @needed = map { /NEEDED.*\[(.*)\]/ ? $1 : () } lines('readelf', '-d', $module);
ok(scalar(grep {/libhiredis/} @needed), 'readelf shows what the module needs');
is(join(' ', grep {/^lib(?:pq|curl|systemd)/} @needed), '', 'the module needs neither libpq nor libcurl');

my @undefined = map { /\sU\s+(\S+)/ ? $1 : () } lines('nm', '-D', '--undefined-only', $module);
ok(scalar(grep {/^ap_/} @undefined), 'nm shows what the module calls');
is(join(' ', grep {/^(?:PQ|pq|curl_)/} @undefined), '', 'the module calls neither libpq nor libcurl');

my @given = map { /^\S+\s+[A-Z]\s+(\S+)/ ? $1 : () } lines('nm', '-D', '--defined-only', $module);
is("@given", 'hookwise_module', 'the module gives one symbol');

# Variables that are written to lie in .data and .bss; constant tables with pointers lie in
# .data.rel.ro. httpd writes into the module's own structure.
my @objects = glob "$build/obj/*/*.o";
ok(scalar(@objects), 'there are object files to check');
my ($constant, @mutable) = (0);
for my $line (lines('objdump', '-t', @objects)) {
    our $object = $1 if $line =~ /^(\S+\.o):/;
    $constant++ if $line =~ /\sO\s+\.rodata|\sO\s+\.data\.rel\.ro/;
    next unless $line =~ /\sO\s+\.(?:data|bss|tdata|tbss|data\.rel(?:\.local)?)\s+\S+\s+(?:\.hidden\s+)?(\S+)/;
    next if $1 eq 'hookwise_module';
    push @mutable, ($object =~ m{([^/]+/[^/]+)$})[0] . ": $1";
}
ok($constant > 0, 'objdump shows constant tables');
is(join("\n", @mutable), '', 'no mutable global');

done_testing;
