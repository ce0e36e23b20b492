#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Writes C that holds the migrations named on the command line, in order: programs then need no
# path to find them.
use strict;
use warnings;

my (@rows, $last);
print "/* Made from sql/ by sql/embed.pl. */\n#include \"common/store.h\"\n\n";
for my $path (sort @ARGV) {
    my ($number, $name) = $path =~ m{(?:^|/)(\d{3})_([a-z0-9_]+)\.sql$}
        or die "$path: not NNN_name.sql\n";
    die "$path: number $number follows " . ($last // 0) . "\n" if $number != ($last // 0) + 1;
    $last = $number + 0;
    open my $in, '<:raw', $path or die "$path: $!\n";
    print "static const char sql_$number\[] =\n";
    while (my $line = <$in>) {
        chomp $line;
        $line =~ s/([\\"?])/\\$1/g;
        print "    \"$line\\n\"\n";
    }
    print "    ;\n\n";
    push @rows, "    { $last, \"${number}_$name\", sql_$number },\n";
}
die "no migrations\n" unless @rows;
print "const hw_migration_t hw_migrations[] = {\n", @rows, "    { 0, NULL, NULL },\n};\n";
