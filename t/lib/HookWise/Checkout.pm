# SPDX-License-Identifier: Apache-2.0
# A copy of this checkout with its products, in a folder that nobody but its owner may enter, and
# make run in it as that owner.
package HookWise::Checkout;
use strict;
use warnings;
use File::Temp qw(tempdir);
use HookWise::Test::Ports qw(free_port);
use HookWise::Tree qw(build_dir top);

# user => name of an ordinary user, or nothing for whoever runs the test.
sub new {
    my ($class, %o) = @_;
    my $outer = tempdir('hwco-XXXXXX', DIR => '/var/tmp', CLEANUP => 0);
    chmod 0711, $outer;
    my $self = bless { outer => $outer, home => "$outer/home", dir => "$outer/home/hookwise",
        user => $o{user}, pid => $$, port => free_port(), tls_port => free_port() }, $class;
    mkdir $self->{home} or die "$self->{home}: $!\n";
    chmod 0700, $self->{home};
    mkdir $self->{dir};
    $self->_copy;
    system('chown', '-R', "$o{user}:", $self->{home}) == 0 or die "chown failed\n" if $o{user};
    return $self;
}

sub dir { return $_[0]{dir} }
sub port { return $_[0]{port} }
sub tls_port { return $_[0]{tls_port} }
sub real { my ($self) = @_; return readlink("$self->{dir}/run") || "$self->{dir}/run" }

# Sources, and of the build what spares make the work; times stay, so that nothing is built again.
sub _copy {
    my ($self) = @_;
    my ($top, $build) = (top(), build_dir());
    system('sh', '-c', 'cd "$1" && find . -maxdepth 1 ! -name . ! -name .git ! -name run ! -name "run-*"'
        . ' ! -name "build*" ! -name node_modules -exec cp -a -t "$2" {} +', 'sh', $top, $self->{dir}) == 0
        or die "copying the sources failed\n";
    mkdir "$self->{dir}/build";
    system('sh', '-c', 'cd "$1" && find . -maxdepth 1 ! -name . ! -name san ! -name t ! -name cppcheck'
        . ' -exec cp -a -t "$2" {} +', 'sh', $build, "$self->{dir}/build") == 0
        or die "copying the build failed\n";
    return;
}

# Runs a command in the checkout as its owner, with a clean environment plus what env says.
# Returns (exit code, standard output and error).
sub run {
    my ($self, $env, @cmd) = @_;
    my @as = $self->{user}
        ? ('setpriv', "--reuid=$self->{user}", '--regid=' . (getpwnam $self->{user})[3], '--init-groups') : ();
    my %env = (PATH => '/usr/local/bin:/usr/bin:/bin', HOME => $self->{home},
        HW_PORT => $self->{port}, HW_TLS_PORT => $self->{tls_port}, %$env);
    my $pid = open(my $out, '-|') // die "fork: $!\n";
    if (!$pid) {
        open STDERR, '>&', \*STDOUT;
        open STDIN, '<', '/dev/null';
        chdir $self->{dir} or exit 126;
        exec 'env', '-i', (map {"$_=$env{$_}"} grep { defined $env{$_} } sort keys %env), @as, @cmd;
        exit 127;
    }
    my $text = do { local $/; <$out> };
    close $out;
    return ($? >> 8, $text // '');
}

sub make { my ($self, $env, @targets) = @_; return $self->run($env, 'make', '--no-print-directory', @targets) }

sub ctl {
    my ($self, @args) = @_;
    return $self->run({}, 'run/lib/hookwisectl', '-c', 'run/hookwised.conf', @args);
}

sub slurp {
    my ($self, $name) = @_;
    open my $in, '<', "$self->{dir}/run/$name" or return undef;
    local $/;
    return scalar <$in>;
}

# run/env as a hash, read the way a script would: by a shell.
sub env {
    my ($self) = @_;
    my ($code, $text) = $self->run({}, 'sh', '-c',
        'set -a; . run/env; env -0 | tr "\0" "\n" | grep ^HW_');
    return { map { split /=/, $_, 2 } grep {/=/} split /\n/, $text };
}

sub pids {
    my ($self) = @_;
    my %pid;
    for my $name (qw(httpd redis postgres hookwised)) {
        ($pid{$name}) = ($self->slurp("$name.pid") // '') =~ /^(\d+)/;
    }
    return \%pid;
}

# Processes whose command line names the state folder: [pid, user, command], …
sub processes {
    my ($self, $real) = @_;
    $real ||= $self->real;
    my @found;
    for my $dir (glob '/proc/[0-9]*') {
        open my $in, '<', "$dir/cmdline" or next;
        my $line = do { local $/; <$in> } // '';
        next unless $line =~ m{\Q$real\E/};
        my ($pid) = $dir =~ /(\d+)/;
        push @found, [$pid, (getpwuid((stat $dir)[4] // 0))[0], ($line =~ /^([^\0]*)/)[0]];
    }
    return @found;
}

sub DESTROY {
    my ($self) = @_;
    return if $$ != $self->{pid};
    local ($@, $?);
    $self->make({}, 'clean-run');
    system 'rm', '-rf', $self->{outer};
    return;
}

1;
