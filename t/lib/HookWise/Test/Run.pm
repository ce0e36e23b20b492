# SPDX-License-Identifier: Apache-2.0
# Running a program to its end.
package HookWise::Test::Run;
use strict;
use warnings;
use Exporter 'import';
use File::Temp ();
use POSIX ();
our @EXPORT_OK = qw(run);

# (exit code, stdout, stderr) as bytes; options: stdin (bytes), env (hash), dir (working folder),
# timeout (300 s). Death by a signal is exit code 128 + signal.
sub run {
    my ($cmd, %o) = @_;
    my ($in, $out, $err) = map { File::Temp->new(TEMPLATE => 'hwrunXXXXXX', DIR => '/tmp') } 1 .. 3;
    my $text = defined $o{stdin} ? $o{stdin} : '';
    utf8::encode($text) if utf8::is_utf8($text);
    binmode $in;
    print {$in} $text;
    $in->flush;
    my $pid = fork;
    die "cannot fork: $!\n" unless defined $pid;
    _exec($cmd, \%o, "$in", "$out", "$err") unless $pid;
    my $status = _wait($pid, $o{timeout} || 300, $cmd);
    my $exit = $status & 127 ? 128 + ($status & 127) : $status >> 8;
    return ($exit, map { _slurp("$_") } $out, $err);
}

sub _exec {
    my ($cmd, $o, $in, $out, $err) = @_;
    $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP PIPE);
    my $ok = open(STDERR, '>', $err) && open(STDOUT, '>', $out) && open(STDIN, '<', $in)
        && (!$o->{dir} || chdir $o->{dir});
    my $env = $o->{env} || {};
    @ENV{ keys %$env } = values %$env;
    exec { $cmd->[0] } @$cmd if $ok;
    print STDERR "cannot run $cmd->[0]: $!\n";
    POSIX::_exit(127);
}

sub _wait {
    my ($pid, $timeout, $cmd) = @_;
    local $@;
    my $status = eval {
        local $SIG{ALRM} = sub { die "timeout\n" };
        alarm $timeout;
        waitpid $pid, 0;
        my $got = $?;
        alarm 0;
        $got;
    };
    return $status if defined $status;
    kill 'KILL', $pid;
    waitpid $pid, 0;
    die "$cmd->[0] did not end within $timeout s\n";
}

sub _slurp {
    my ($path) = @_;
    open my $fh, '<:raw', $path or die "$path: $!\n";
    local $/;
    my $text = <$fh>;
    return defined $text ? $text : '';
}

1;
