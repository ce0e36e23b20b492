#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Which part may know which: the arrows between folders, and between the layers of common/.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use HookWise::Tree qw(files includes slurp without_comments);

# One rank for each noun of common/: a file includes files of its own rank or lower.
my @layers = (
    base   => [qw(hw result log json jsonpath text rx mask crypto fernet password totp throttle clock zone settings)],
    model  => [qw(event endpoint auth identity cidr trace window map paths rules value mirror preset severity decode notify)],
    engine => [qw(decide facts plan settle explain)],
    stores => [qw(queue session spool db store publish backup)],
);
my (%rank, @names);
while (my ($name, $nouns) = splice @layers, 0, 2) {
    $rank{$_} = @names for @$nouns;
    push @names, $name;
}

sub noun { my ($path) = @_; return $path =~ m{([a-z0-9]+)(?:_[^/]*)?\.[ch]$} ? $1 : '' }

# Checks each include of the files with a test that names what is wrong, or gives nothing.
sub arrows {
    my ($what, $files, $wrong) = @_;
    my (@bad, $seen);
    for my $file (@$files) {
        for my $inc (includes($file)) {
            $seen++;
            my $why = $wrong->($file, $inc) or next;
            push @bad, "$file includes $inc: $why";
        }
    }
    ok(@$files && $seen, "$what: there are includes to check");
    is(join("\n", @bad), '', $what);
}

my @common = files(['common'], 'c', 'h');
my @module = files(['mod_hookwise'], 'c', 'h');
my @daemon = files(['hookwised'], 'c', 'h');
my @all = (@common, @module, @daemon, files(['htdocs/cgi'], 'c', 'h'));

my $httpd_header = qr{^<?(?:httpd|http_\w+|ap_\w+|util_\w+|scoreboard|mpm_common|mod_\w+|apreq\w*)\.h>?$};

is(join(' ', grep { !exists $rank{ noun($_) } } @common), '', 'every file of common/ has a layer');
arrows('layers of common/', \@common, sub {
    my ($file, $inc) = @_;
    return $inc =~ m{^common/} ? '' : 'is no part of common/' unless $inc =~ m{^<} || $inc =~ m{^common/};
    return '' if $inc =~ /^</;
    my ($from, $to) = map { $rank{ noun($_) } // 0 } $file, $inc;
    return $to > $from ? "$names[$from] must not know $names[$to]" : '';
});
arrows('common/ knows no httpd', \@common, sub { $_[1] =~ $httpd_header ? 'a header of httpd' : '' });
arrows('only stores talk to servers', \@common, sub {
    my ($file, $inc) = @_;
    return '' unless $inc =~ m{^<(?:hiredis/|libpq|apr_network_io|sys/socket|sys/un|netdb)};
    return $names[ $rank{ noun($file) } // 0 ] eq 'stores' ? '' : 'not a store';
});
arrows('mod_hookwise knows no database, curl or daemon', \@module, sub {
    my ($file, $inc) = @_;
    return $inc =~ m{^<(?:libpq|curl)|^common/(?:db|store|publish|backup)|^hookwised/|^htdocs/}
        ? 'not for the module' : '';
});
arrows('hookwised knows no httpd', \@daemon, sub {
    my ($file, $inc) = @_;
    return $inc =~ $httpd_header || $inc =~ m{^mod_hookwise/|^htdocs/} ? 'not for the daemon' : '';
});

my @curl = grep { grep { m{^<curl/} } includes($_) } @all;
is("@curl", 'hookwised/http.c', 'hookwised/http.c is the one file with curl');

arrows('includes are written from the root of the tree', \@all, sub {
    my ($file, $inc) = @_;
    return $inc =~ /^</ || $inc =~ m{^[a-z_]+/} ? '' : 'no folder';
});

# All SQL is in the stores; the daemon and the CGI call functions.
my $sql = qr{"\s*(?:SELECT\s+[\w*(]|INSERT\s+INTO|UPDATE\s+\w+|DELETE\s+FROM|CREATE\s+\w+|ALTER\s+\w+|DROP\s+\w+|TRUNCATE|WITH\s+\w+\s+AS)\b};
my @with_sql = grep { without_comments(slurp($_)) =~ $sql } @all;
ok(scalar(grep {m{^common/store}} @with_sql), 'the stores hold SQL');
is(join(' ', grep { !m{^common/(?:store|publish|backup)(?:_\w+)?\.c$} } @with_sql), '',
    'no SQL outside common/store*.c, publish and backup');

done_testing;
