# SPDX-License-Identifier: Apache-2.0
# A private PostgreSQL on a unix socket, copied from a template made once for each user.
package HookWise::Test::Postgres;
use strict;
use warnings;
use Fcntl qw(:flock);
use HookWise::Test::Process;

use constant TEMPLATE => 1; # another number when what the template holds changes

my @TUNING = (
    'listen_addresses=', 'shared_buffers=32MB', 'max_connections=120', 'log_min_messages=warning',
    'autovacuum_naptime=10min', 'max_wal_size=256MB', 'timezone=UTC', 'log_timezone=UTC',
);
# A commit still reaches the kernel, so it survives the death of every process, not of the machine.
my @UNSAFE = ('fsync=off', 'full_page_writes=off');

# dir: existing folder; durable: 1 = fsync as in production; set: more "name=value" settings;
# standby_of: another one, which this one follows until it is promoted.
sub new {
    my ($class, %o) = @_;
    my $self = bless { dir => $o{dir}, bin => _bin(), user => 'postgres' }, $class;
    my $template = $o{standby_of} ? undef : $self->_template;
    mkdir "$o{dir}/pg", 0755 or die "$o{dir}/pg: $!\n";
    chown((getpwnam $self->{user})[2, 3], "$o{dir}/pg") if $> == 0;
    if ($o{standby_of}) { $self->_base_backup($o{standby_of}) }
    else {
        system('cp', '-a', '--reflink=auto', $template, "$o{dir}/pg/data") == 0
            or die "cannot copy $template\n";
    }
    my @set = (@TUNING, $o{durable} ? () : @UNSAFE, @{ $o{set} || [] },
        "unix_socket_directories=$o{dir}/pg");
    $self->{proc} = HookWise::Test::Process->start(
        what => 'postgres', user => $self->{user}, log => "$o{dir}/postgres.log", dir => '/',
        cmd => ["$self->{bin}/postgres", '-D', "$o{dir}/pg/data", map { ('-c', $_) } @set],
        stopsig => 'INT', deathsig => 'QUIT');
    return $self->wait_ready;
}

sub _base_backup {
    my ($self, $primary) = @_;
    my $as = $> == 0 ? "setpriv --reuid=$self->{user} --regid=$self->{user} --init-groups -- " : '';
    my $out = qx(cd / && $as$self->{bin}/pg_basebackup -h $primary->{dir}/pg -U postgres -D $self->{dir}/pg/data -R -X stream -c fast 2>&1);
    die "cannot copy the primary: $out\n" if $?;
    return;
}

# From now on it is the one that takes changes.
sub promote { my ($self) = @_; $self->psql('SELECT pg_promote()', user => 'postgres'); return $self }

sub proc { return $_[0]{proc} }

# As the ordinary role that owns the database, as an installation would have it. A server that is slow
# to take a connection is waited for.
sub url { return "postgresql://hookwise\@/hookwise?host=$_[0]{dir}/pg&connect_timeout=60" }

sub wait_ready {
    my ($self) = @_;
    my $probe = "$self->{bin}/pg_isready -q -h $self->{dir}/pg -U hookwise -d hookwise";
    $self->{proc}->wait_ready(sub { system($probe) == 0 });
    return $self;
}

sub restart { my ($self, $sig) = @_; $self->{proc}->restart($sig); return $self->wait_ready }
sub start { my ($self) = @_; $self->{proc}->spawn; return $self->wait_ready }

# Immediate shutdown of all backends without a checkpoint: recovery runs at the next start.
sub crash { my ($self) = @_; return $self->{proc}->stop('QUIT') }

# Rows of one statement (or several), columns separated by tabs; dies with the server's words.
sub psql {
    my ($self, $sql, %o) = @_;
    my @cmd = ("$self->{bin}/psql", '-XAtq', '-F', "\t", '-v', 'ON_ERROR_STOP=1',
        '-h', "$self->{dir}/pg", '-U', $o{user} || 'hookwise', '-d', 'hookwise', '-f', '-');
    my $in = "$self->{dir}/psql.$$.sql";
    open my $fh, '>:utf8', $in or die "$in: $!\n";
    print $fh $sql;
    close $fh or die "$in: $!\n";
    my $cmd = join ' ', map { quotemeta } @cmd;
    my $out = qx($cmd <$in 2>&1);
    my $status = $?;
    unlink $in;
    utf8::decode($out);
    die "psql: $out" if $status;
    return $out =~ s/\n\z//r unless wantarray;
    my @rows = split /\n/, $out, -1;
    pop @rows;
    return @rows;
}

sub _bin {
    my @found = sort { ($b =~ /(\d+)/)[0] <=> ($a =~ /(\d+)/)[0] } glob '/usr/lib/postgresql/*/bin';
    push @found, grep { -x "$_/initdb" } split /:/, $ENV{PATH};
    die "PostgreSQL's server programs (initdb) are not installed\n" unless @found;
    return $found[0];
}

# initdb takes seconds: once, under a lock, complete or not at all.
sub _template {
    my ($self) = @_;
    my ($version) = $self->{bin} =~ m{/(\d+)/bin};
    my $base = sprintf '/tmp/hw-pg%s-%s-%d', $version || 'x', TEMPLATE, $<;
    open my $lock, '>>', "$base.lock" or die "$base.lock: $!\n";
    flock $lock, LOCK_EX or die "$base.lock: $!\n";
    return $base if -e "$base/hw_complete";
    system 'rm', '-rf', $base;
    mkdir $base, 0700 or die "$base: $!\n";
    chown((getpwnam $self->{user})[2, 3], $base) if $> == 0;
    my $as = $> == 0 ? "setpriv --reuid=$self->{user} --regid=$self->{user} --init-groups -- " : '';
    my $sql = "CREATE ROLE hookwise LOGIN;\nCREATE DATABASE hookwise OWNER hookwise;\n";
    my $out = qx((cd / && $as$self->{bin}/initdb -D $base -U postgres -A trust -E UTF8 --locale=C.UTF-8 -N &&
        printf '%s' '$sql' | $as$self->{bin}/postgres --single -D $base postgres) 2>&1);
    die "cannot make a PostgreSQL template: $out\n" if $? || $out =~ /ERROR|FATAL/;
    open my $done, '>', "$base/hw_complete" or die "$base: $!\n";
    close $done;
    return $base;
}

1;
