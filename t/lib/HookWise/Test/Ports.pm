# SPDX-License-Identifier: Apache-2.0
# TCP ports of 127.0.0.1 for servers of tests that run side by side.
package HookWise::Test::Ports;
use strict;
use warnings;
use Exporter 'import';
use Fcntl qw(:flock O_CREAT O_RDWR);
use IO::Socket::INET;
our @EXPORT_OK = qw(free_port port_open);

# Below the kernel's range for outgoing connections, so that no client takes one meanwhile.
use constant { FIRST => 12000, LAST => 32000, FEWEST => 1000 };

my @held; # lock files, for the life of this process

# A port nobody listens on, and which no other test takes while this process lives.
sub free_port {
    my $last = _last();
    my $locks = "/tmp/hw-ports-$<";
    mkdir $locks, 0700;
    for (1 .. 500) {
        my $port = FIRST + int rand($last - FIRST);
        sysopen my $lock, "$locks/$port", O_CREAT | O_RDWR or die "$locks/$port: $!\n";
        next unless flock $lock, LOCK_EX | LOCK_NB;
        next unless IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 1);
        push @held, $lock;
        return $port;
    }
    die "no free port between " . FIRST . " and $last\n";
}

# Some kernels begin that range earlier; where it leaves too few there is no choice.
sub _last {
    open my $in, '<', '/proc/sys/net/ipv4/ip_local_port_range' or return LAST;
    my ($first) = (<$in> // '') =~ /^(\d+)/;
    return defined $first && $first < LAST && $first >= FIRST + FEWEST ? $first - 1 : LAST;
}

sub port_open {
    my ($port) = @_;
    return IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port, Timeout => 1) ? 1 : 0;
}

1;
