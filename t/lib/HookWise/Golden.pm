# SPDX-License-Identifier: Apache-2.0
# Golden cases of the decision: finding them, running one through hookwisectl explain.
package HookWise::Golden;
use strict;
use warnings;
use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use JSON::PP;

our @EXPORT_OK = qw(cases run_case slurp);

my $root = abs_path(dirname(__FILE__) . '/../../..');
my $build = $ENV{HW_BUILD} || 'build';
$build = "$root/$build" unless $build =~ m{^/};
my $scratch = tempdir(CLEANUP => 1);

sub slurp {
    my ($file) = @_;
    open my $in, '<:raw', $file or die "$file: $!\n";
    local $/;
    return scalar <$in>;
}

sub cases {
    my @dirs = sort grep { -e "$_/case.json" } glob "$root/t/golden/*";
    die "no golden cases below $root/t/golden\n" unless @dirs;
    return @dirs;
}

sub in_file {
    my ($name, $value) = @_;
    open my $out, '>:raw', "$scratch/$name" or die "$scratch/$name: $!\n";
    print $out JSON::PP->new->utf8->canonical->encode($value);
    close $out or die "$scratch/$name: $!\n";
    return "$scratch/$name";
}

# The command's output; dies when it fails or says anything on stderr.
sub run_case {
    my ($dir) = @_;
    my $case = JSON::PP->new->utf8->decode(slurp("$dir/case.json"));
    my @args = ('--endpoint', "$dir/endpoint.json", '--payload', "$dir/payload",
        '--now', $case->{now});
    my $headers = $case->{headers} || {};
    push @args, '--header', "$_: $headers->{$_}" for sort keys %$headers;
    push @args, '--query', $case->{query} if defined $case->{query};
    push @args, '--facts', in_file('facts', $case->{facts}) if $case->{facts};
    push @args, '--tenantmap', in_file('tenantmap', $case->{tenantmap}) if $case->{tenantmap};
    # Settings come from the environment too; a case must not depend on the machine's.
    my $pid = open(my $out, '-|') // die "fork: $!\n";
    if (!$pid) {
        %ENV = (PATH => '/usr/bin:/bin', %{ $case->{settings} || {} });
        open STDERR, '>', "$scratch/stderr" or die;
        utf8::encode($_) for grep { utf8::is_utf8($_) } @args;
        exec "$build/hookwisectl", '-c', '/dev/null', 'explain', @args or die "$build/hookwisectl: $!\n";
    }
    binmode $out;
    my $text = do { local $/; <$out> };
    close $out;
    my $said = slurp("$scratch/stderr");
    die "exit " . ($? >> 8) . ": $said\n" if $? != 0 || $said ne '';
    return $text;
}

1;
