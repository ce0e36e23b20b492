# SPDX-License-Identifier: Apache-2.0
# What may not stand in the logs of servers at the end of a test.
package HookWise::Test::Logs;
use strict;
use warnings;
use Exporter 'import';
our @EXPORT_OK = qw(bad_lines);

my $SANITIZER = qr/(?:Address|Thread|Leak|Memory|UndefinedBehavior)Sanitizer|runtime error:/;

# kind of log => what a bad line looks like
my %BAD = (
    httpd => qr/\[[\w-]*:(?:error|crit|alert|emerg)\]|exit signal|AH0005[12]|Segmentation fault/,
    hookwised => qr/^\S+ [\w-]+\[\d+\] error: |Assertion `/,
    redis => qr/REDIS BUG REPORT|=== ASSERTION FAILED|Guru Meditation/,
    postgres => qr/\b(?:ERROR|PANIC):|terminated by signal/,
    sim => qr/\bat \S+ line \d+\.?$/,
);

# What an httpd as small as a test's may say of its size at any time that it is busy: it has as many
# children or threads as it may.
my $FULL = qr/ AH(?:00484|00485|00286|00287|03490|10159): /;

# Lines of a log that no pattern of expected allows; counts in each pattern's {seen}.
sub bad_lines {
    my ($kind, $text, $expected) = @_;
    my $bad = $BAD{$kind} or die "no such kind of log: $kind";
    my @found;
    for my $line (split /\n/, $text) {
        next unless $line =~ $bad || $line =~ $SANITIZER;
        next if $kind eq 'httpd' && $line =~ $FULL;
        next if grep { $line =~ $_->{re} && ++$_->{seen} } @$expected;
        push @found, $line;
    }
    return @found;
}

1;
