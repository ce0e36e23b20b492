# SPDX-License-Identifier: Apache-2.0
# A private redis-server on a unix socket.
package HookWise::Test::Redis;
use strict;
use warnings;
use IO::Socket::UNIX;
use HookWise::Test::Process;

# dir: existing folder; opts: any redis setting by name (appendonly => 'yes', …).
sub new {
    my ($class, %o) = @_;
    my $dir = delete $o{dir};
    my $self = bless { dir => $dir, socket => "$dir/redis.sock" }, $class;
    my %conf = (
        port => 0, unixsocket => $self->{socket}, unixsocketperm => 777, dir => $dir,
        save => '""', appendonly => 'no', appendfsync => 'everysec', daemonize => 'no',
        databases => 4, %o,
    );
    $self->{password} = $conf{requirepass};
    $self->{conf} = "$dir/redis.conf";
    open my $fh, '>', $self->{conf} or die "$self->{conf}: $!\n";
    print $fh "$_ $conf{$_}\n" for sort keys %conf;
    close $fh or die "$self->{conf}: $!\n";
    $self->{proc} = HookWise::Test::Process->start(
        what => 'redis', cmd => ['redis-server', $self->{conf}], log => "$dir/redis.log");
    $self->wait_ready;
    return $self;
}

sub proc { return $_[0]{proc} }
sub url { return "unix:$_[0]{socket}" }

# Answers commands: after a restart it may still be loading its file.
sub wait_ready {
    my ($self) = @_;
    $self->{proc}->wait_ready(sub { (eval { $self->command('PING') } || '') eq 'PONG' });
    return $self;
}

sub restart { my ($self) = @_; $self->{proc}->restart; return $self->wait_ready }
sub start { my ($self) = @_; $self->{proc}->spawn; return $self->wait_ready }

# One command on a connection of its own. Returns the reply: text, number, undef, or array
# reference; dies with Redis' words on an error.
sub command { my ($self, @words) = @_; return ($self->commands(\@words))[0] }

# Several on one connection, sent together: arrays of words. Returns their replies.
sub commands {
    my ($self, @commands) = @_;
    my $sock = IO::Socket::UNIX->new(Peer => $self->{socket}) or die "redis: $!\n";
    binmode $sock;
    if (defined $self->{password} && $commands[0][0] ne 'AUTH') {
        print {$sock} _text('AUTH', $self->{password});
        $sock->flush;
        _reply($sock);
    }
    print {$sock} map { _text(@$_) } @commands or die "redis: $!\n";
    $sock->flush;
    return map { scalar _reply($sock) } @commands;
}

sub _text {
    my (@words) = @_;
    my $text = '*' . @words . "\r\n";
    for my $word (@words) {
        my $bytes = "$word";
        utf8::encode($bytes) if utf8::is_utf8($bytes);
        $text .= '$' . length($bytes) . "\r\n$bytes\r\n";
    }
    return $text;
}

sub _reply {
    my ($sock) = @_;
    local $/ = "\r\n";
    my $line = <$sock>;
    die "redis: connection closed\n" unless defined $line;
    chomp $line;
    my $kind = substr $line, 0, 1, '';
    return $line if $kind eq '+';
    return $line + 0 if $kind eq ':';
    die "redis: $line\n" if $kind eq '-';
    return undef if $line < 0;
    return [map { _reply($sock) } 1 .. $line] if $kind eq '*';
    my $bytes = '';
    while (length $bytes < $line + 2) {
        read($sock, $bytes, $line + 2 - length $bytes, length $bytes) or die "redis: cut off\n";
    }
    return substr $bytes, 0, $line;
}

1;
