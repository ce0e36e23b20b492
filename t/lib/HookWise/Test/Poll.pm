# SPDX-License-Identifier: Apache-2.0
# Waiting for a state instead of for a time.
package HookWise::Test::Poll;
use strict;
use warnings;
use Exporter 'import';
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);
our @EXPORT_OK = qw(wait_for now);

sub now { return clock_gettime(CLOCK_MONOTONIC) }

# Calls the sub until it gives a true value and returns that; dies after timeout seconds (10).
sub wait_for {
    my ($sub, $what, $timeout) = @_;
    my ($end, $pause) = (now() + ($timeout || 10), 0.002);
    while (1) {
        my $value = $sub->();
        return $value if $value;
        die sprintf "timed out after %g s waiting for %s\n", $timeout || 10, $what || 'a state'
            if now() > $end;
        select undef, undef, undef, $pause;
        $pause *= 1.5 if $pause < 0.05;
    }
}

1;
