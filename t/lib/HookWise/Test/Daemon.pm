# SPDX-License-Identifier: Apache-2.0
# A hookwised started by a test.
package HookWise::Test::Daemon;
use strict;
use warnings;
use IO::Socket::UNIX;
use Socket qw(SOCK_DGRAM);
use HookWise::Test::Process;

# program, conf, dir, name (for messages and log), env, redis (HookWise::Test::Redis or undef),
# args, wait: 0 = do not wait until it is ready.
sub new {
    my ($class, %o) = @_;
    my $self = bless { redis => $o{redis}, name => $o{name}, wait => $o{wait} // 1,
        notify => "$o{dir}/$o{name}.notify" }, $class;
    $self->_listen;
    $self->{proc} = HookWise::Test::Process->start(
        what => $o{name}, log => "$o{dir}/$o{name}.log", dir => $o{dir},
        env => { NOTIFY_SOCKET => $self->{notify}, %{ $o{env} || {} } },
        cmd => [@{ $o{wrap} || [] }, $o{program}, '-c', $o{conf}, @{ $o{args} || [] }]);
    $self->wait_ready if $self->{wait};
    return $self;
}

sub proc { return $_[0]{proc} }
sub pid { return $_[0]{proc}->pid }
sub alive { return $_[0]{proc}->alive }
sub stop { my ($self, $sig) = @_; return $self->{proc}->stop($sig) }
sub kill9 { return $_[0]{proc}->kill9 }
sub text { return $_[0]{proc}->text }

sub start {
    my ($self) = @_;
    $self->_listen;
    $self->{proc}->spawn;
    return $self->{wait} ? $self->wait_ready : $self;
}

sub restart { my ($self, $sig) = @_; $self->stop($sig); return $self->start }

# Ready: READY=1 on its notification socket, or its own hash in Redis.
sub wait_ready {
    my ($self) = @_;
    $self->{proc}->wait_ready(sub { $self->_notified || $self->_registered });
    return $self;
}

sub _listen {
    my ($self) = @_;
    unlink $self->{notify};
    $self->{socket} = IO::Socket::UNIX->new(Local => $self->{notify}, Type => SOCK_DGRAM)
        or die "$self->{notify}: $!\n";
    chmod 0777, $self->{notify};
    $self->{socket}->blocking(0);
    return;
}

sub _notified {
    my ($self) = @_;
    while (defined $self->{socket}->recv(my $datagram, 4096)) {
        return 1 if $datagram =~ /^READY=1$/m;
    }
    return 0;
}

sub _registered {
    my ($self) = @_;
    my $pid = $self->pid;
    return 0 unless $self->{redis} && $pid;
    my $keys = eval { $self->{redis}->command('KEYS', 'hw:w:*') } || [];
    return scalar grep { /:\Q$pid\E:/ } @$keys;
}

1;
