# SPDX-License-Identifier: Apache-2.0
# Waiting for a state instead of for a time.
package HookWise::Test::Poll;
use strict;
use warnings;
use Exporter 'import';
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);
our @EXPORT_OK = qw(wait_for now in_one_minute);

sub now { return clock_gettime(CLOCK_MONOTONIC) }

use constant PATIENCE => 60; # seconds; a limit against waiting for ever, which measures nothing

# Calls the sub until it gives a true value and returns that; dies after timeout seconds (60). It is
# called once more after them: the time may have gone by while this very process stood still.
sub wait_for {
    my ($sub, $what, $timeout) = @_;
    $timeout ||= PATIENCE;
    my ($end, $pause) = (now() + $timeout, 0.002);
    while (1) {
        my $over = now() > $end;
        my $value = $sub->();
        return $value if $value;
        die sprintf "timed out after %g s waiting for %s\n", $timeout, $what || 'a state' if $over;
        select undef, undef, undef, $pause;
        $pause *= 1.5 if $pause < 0.05;
    }
}

# For what is counted by the minute of the clock: calls the sub with 1, 2, … until one call began and
# ended in the same minute. Each time it has to use other names.
sub in_one_minute {
    my ($sub) = @_;
    for my $try (1 .. 20) {
        my $minute = int(time / 60);
        $sub->($try);
        return if int(time / 60) == $minute;
    }
    die "it takes longer than a minute\n";
}

1;
