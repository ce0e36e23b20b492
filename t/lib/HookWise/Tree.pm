# SPDX-License-Identifier: Apache-2.0
# The source tree as the structure tests see it: its files, their text, and the build folder.
package HookWise::Tree;
use strict;
use warnings;
use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use File::Find ();

our @EXPORT_OK = qw(build_dir files functions includes slurp top without_comments);

my $top = abs_path(dirname(__FILE__) . '/../../..');

sub top { return $top }

sub build_dir {
    my $dir = $ENV{HW_BUILD} || 'build';
    return $dir =~ m{^/} ? $dir : "$top/$dir";
}

# Paths relative to the top of files below the folders given whose name ends in one of the
# extensions: files([qw(common hookwised)], qw(c h)). Folders that are not there hold nothing.
sub files {
    my ($folders, @ext) = @_;
    my $want = join '|', map {quotemeta} @ext;
    my @found;
    for my $folder (grep { -d "$top/$_" } @$folders) {
        File::Find::find({ no_chdir => 1, wanted => sub {
            push @found, substr($_, length($top) + 1) if /\.(?:$want)$/ && -f && !-l;
        } }, "$top/$folder");
    }
    return sort @found;
}

sub slurp {
    my ($path) = @_;
    open my $in, '<:raw', "$top/$path" or die "$path: $!\n";
    local $/;
    return scalar <$in>;
}

# C text with comments blanked out; strings stay, lines keep their numbers.
sub without_comments {
    my ($text) = @_;
    $text =~ s{("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|(/\*.*?\*/|//[^\n]*)}
              {defined $1 ? $1 : join '', "\n" x ($2 =~ tr/\n//)}gse;
    return $text;
}

# What a file includes, as written: ["common/hw.h", "<curl/curl.h>", …]
sub includes {
    my ($path) = @_;
    my @found;
    for my $line (split /\n/, without_comments(slurp($path))) {
        push @found, $1 eq '<' ? "<$2>" : $2 if $line =~ /^\s*#\s*include\s*([<"])([^>"]+)[>"]/;
    }
    return @found;
}

# [{file, name, lines}, …] of the C functions defined in the files, by universal-ctags.
sub functions {
    my (@paths) = @_;
    local $ENV{LC_ALL} = 'C';
    open my $tags, '-|', 'ctags', '--languages=C', '--kinds-C=f', '--fields=+ne', '--sort=no',
        '-f', '-', map {"$top/$_"} @paths or die "ctags: $!\n";
    my @found;
    while (my $row = <$tags>) {
        my ($name, $file) = split /\t/, $row;
        my ($first) = $row =~ /\tline:(\d+)/;
        my ($last) = $row =~ /\tend:(\d+)/;
        die "ctags gave no end line (is it universal-ctags?): $row" unless $first && $last;
        push @found, { file => substr($file, length($top) + 1), name => $name,
            lines => $last - $first + 1 };
    }
    close $tags or die "ctags failed\n";
    return @found;
}

1;
