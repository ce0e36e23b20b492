# SPDX-License-Identifier: Apache-2.0
# One program a test started: its process id, its log, and how it is ended.
package HookWise::Test::Process;
use strict;
use warnings;
use Carp qw(croak);
use POSIX qw(:sys_wait_h setpgid);
use HookWise::Test::Poll qw(now wait_for);

# what: name for messages; cmd: array; log: file for stdout and stderr (appended); env: hash;
# user: name to run as (root only); deathsig: what the kernel sends when the test dies; before_stop:
# called before the usual signal to end.
sub start {
    my ($class, %o) = @_;
    my $self = bless {
        what => $o{what}, cmd => [@{ $o{cmd} }], log => $o{log}, env => $o{env} || {},
        user => $o{user}, deathsig => $o{deathsig} || 'KILL', stopsig => $o{stopsig} || 'TERM',
        dir => $o{dir}, stop_timeout => $o{stop_timeout} || 60, owner => $$,
        before_stop => $o{before_stop} || sub { },
    }, $class;
    return $self->spawn;
}

# Starts it (again) with the same command line.
sub spawn {
    my ($self) = @_;
    croak "$self->{what} is running already" if $self->alive;
    my @cmd = ('setpriv', "--pdeathsig=$self->{deathsig}", '--', @{ $self->{cmd} });
    my $pid = fork;
    croak "cannot fork: $!" unless defined $pid;
    if (!$pid) {
        eval { $self->_become(@cmd) };
        print STDERR "# cannot start $self->{what}: $@";
        POSIX::_exit(127);
    }
    setpgid($pid, $pid);
    @$self{qw(pid status asked)} = ($pid, undef, 0);
    return $self;
}

# In the child: process group of its own, log, environment, user, exec.
sub _become {
    my ($self, @cmd) = @_;
    setpgid(0, 0);
    $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP PIPE);
    open STDIN, '<', '/dev/null' or die "/dev/null: $!\n";
    if ($self->{log}) {
        open STDOUT, '>>', $self->{log} or die "$self->{log}: $!\n";
        open STDERR, '>&', \*STDOUT or die "dup: $!\n";
    }
    chdir $self->{dir} or die "$self->{dir}: $!\n" if $self->{dir};
    my $env = $self->{env};
    for my $name (keys %$env) {
        if (defined $env->{$name}) { $ENV{$name} = $env->{$name} } else { delete $ENV{$name} }
    }
    if ($self->{user} && $> == 0) {
        splice @cmd, 1, 0, "--reuid=$self->{user}", "--regid=$self->{user}", '--init-groups';
    }
    exec { $cmd[0] } @cmd or die "$cmd[0]: $!\n";
}

sub pid { return $_[0]{pid} }

# The wait status ($?) once it has ended, else undef.
sub status { my ($self) = @_; $self->_reap(WNOHANG); return $self->{status} }

sub alive { my ($self) = @_; $self->_reap(WNOHANG); return $self->{pid} ? 1 : 0 }

sub _reap {
    my ($self, $flags) = @_;
    return if !$self->{pid} || $$ != $self->{owner};
    local ($?, $!);
    my $got = waitpid $self->{pid}, $flags;
    return if $got == 0;
    $self->{status} = $got == $self->{pid} ? $? : -1;
    $self->{last_pid} = $self->{pid};
    $self->{pid} = undef;
    return;
}

sub signal {
    my ($self, $sig) = @_;
    croak "$self->{what} is not running" unless $self->alive;
    return kill $sig, $self->{pid};
}

# Stops it where it is, until thaw; a signal alone takes its time.
sub freeze {
    my ($self) = @_;
    $self->signal('STOP');
    wait_for(sub {
        open my $in, '<', "/proc/$self->{pid}/stat" or die "$self->{what}: $!\n";
        return <$in> =~ /\) [Tt] /;
    }, "$self->{what} stands still");
    return;
}

sub thaw { my ($self) = @_; $self->signal('CONT'); return }

# Asks it to end and waits. Returns the wait status; one that does not obey is killed and says so.
sub stop {
    my ($self, $sig) = @_;
    return $self->{status} unless $self->alive;
    $self->{asked} = 1;
    $self->{before_stop}->() unless $sig;
    kill $sig || $self->{stopsig}, $self->{pid} if $self->alive;
    my $end = now() + $self->{stop_timeout};
    while ($self->alive && now() <= $end) { select undef, undef, undef, 0.01 }
    if ($self->alive) {
        $self->{stubborn} = 1;
        $self->kill9;
    }
    $self->_kill_group;
    return $self->{status};
}

# Power cut: the whole process group gets SIGKILL.
sub kill9 {
    my ($self) = @_;
    return unless $self->alive;
    $self->{asked} = 1;
    kill 'KILL', $self->{pid};
    $self->_reap(0);
    $self->_kill_group;
    return $self->{status};
}

# What the program left behind in its process group (httpd children, backends). Returns when they are
# gone: until then they have their ports and locks.
sub _kill_group {
    my ($self) = @_;
    my $group = $self->{last_pid};
    return unless $group && $group > 1 && kill 'KILL', -$group;
    wait_for(sub { !_left($group) }, "the end of $self->{what}'s processes", 60);
    return;
}

# Processes of a group that still have something: a zombie has not, unless threads of it still run.
sub _left {
    my ($group) = @_;
    return 0 unless kill 0, -$group;
    for my $stat (glob '/proc/[0-9]*/stat') {
        open my $fh, '<', $stat or next;
        my $line = <$fh>;
        next unless defined $line && $line =~ /^(\d+) \(.*\) (\S) \d+ (\d+) / && $3 == $group;
        my @threads = glob "/proc/$1/task/*";
        return 1 if $2 !~ /[XZ]/ || @threads > 1;
    }
    return 0;
}

sub restart { my ($self, $sig) = @_; $self->stop($sig); return $self->spawn }

# undef when it ended as it was asked to; else what is wrong with its end.
sub complaint {
    my ($self) = @_;
    my $what = $self->{what};
    return "$what did not end on SIG$self->{stopsig} within $self->{stop_timeout} s"
        if $self->{stubborn};
    my $status = $self->status;
    return undef unless defined $status;
    my $how = $status & 127 ? 'by signal ' . ($status & 127) : 'with exit code ' . ($status >> 8);
    return "$what ended by itself $how" unless $self->{asked};
    my $sig = $status & 127;
    return "$what ended $how" if $sig && $sig != 9 && $sig != 15 && $sig != 2;
    return undef;
}

sub text {
    my ($self) = @_;
    return '' unless $self->{log} && open my $fh, '<', $self->{log};
    local $/;
    my $text = <$fh>;
    return defined $text ? $text : '';
}

# Waits until cond->() is true; dies with the end of the log when the program ends before.
sub wait_ready {
    my ($self, $cond, $timeout) = @_;
    return wait_for(sub {
        my $yes = $cond->();
        return $yes if $yes;
        return 0 if $self->alive;
        my $tail = substr $self->text, -3000;
        die "$self->{what} ended while starting (status $self->{status}); its log ends:\n$tail\n";
    }, "$self->{what} ready", $timeout);
}

1;
