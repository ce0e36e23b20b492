#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# The route table, row by row: nobody below a row's role gets in, no change without the CSRF token,
# no method that is not there.
use FindBin;
use lib "$FindBin::Bin/../lib";
use HookWise::Test;
use HookWise::Test::Cgi;
use HookWise::Tree qw(slurp without_comments);

my @ROLES = qw(ANYONE VIEWER OPERATOR ADMIN OWNER);
my %rank = map { $ROLES[$_] => $_ } 0 .. $#ROLES;

# The rows as they stand in the source: [method, pattern, role, flags].
my $source = without_comments(slurp('htdocs/cgi/routes.c'));
my @routes = map { [@$_] } grep { defined } map {
    /^\{"(\w+)",\s*"([^"]+)",\s*HW_(\w+),\s*([\w|\s]+?),\s*hwc_\w+,\s*"[^"]+"/ ? [$1, $2, $3, $4] : undef
} $source =~ /(\{"[A-Z]+",.*?")\s*\},/gs;
my $rows = () = $source =~ /\{"[A-Z]+",/g;
cmp_ok(scalar @routes, '>=', 13, 'the table is found');
is(scalar @routes, $rows, 'every row of it was read');
is(join(' ', grep { !exists $rank{$_} } map { $_->[2] } @routes), '', 'roles are known');
my %once;
is(join(' ', grep { $once{$_}++ } map {"$_->[0] $_->[1]"} @routes), '', 'no row is there twice');

my $t = HookWise::Test->new;
$t->redis;
$t->postgres;
$t->conf;
$t->migrate;
my %as;
for my $role (@ROLES[1 .. 4]) {
    my $name = lc $role;
    $t->ctl({ stdin => "open sesame\n" }, 'user', 'add', $name, '--role', $name, '--password-stdin');
    $as{$role} = $t->cgi_login($name, 'open sesame');
}

# Placeholders take a value that is nothing's id.
sub path { my ($pattern) = @_; return $pattern =~ s/\{\w+\}/990000/gr }

# Waiting for a worker that is not there takes its time: what is open is tried for one role only.
sub reply {
    my ($route, $who) = @_;
    my ($method, $pattern) = @$route;
    return $t->cgi($method, path($pattern), { %{ $who || {} }, $method =~ /GET|DELETE/ ? () : (json => {}) });
}

for my $route (@routes) {
    my ($method, $pattern, $least, $flags) = @$route;
    my $what = "$method $pattern";
    next if $pattern eq '/login' || $pattern eq '/logout';    # tested for what they are
    if ($least eq 'ANYONE') {
        my $answer = reply($route);
        isnt($answer->{status}, 401, "$what is for anyone");
        next;
    }
    is(reply($route)->{status}, 401, "$what: not without signing in");
    for my $role (grep { $rank{$_} && $rank{$_} < $rank{$least} } @ROLES) {
        my $answer = reply($route, $as{$role});
        is_deeply([$answer->{status}, $answer->{json}{error}, $answer->{json}{message}],
            [403, 'forbidden', sprintf('this takes the role %s; %s is %s', lc $least, (lc $role) x 2)],
            "$what: not as $role");
    }
    if ($method ne 'GET' && $flags !~ /HWC_NO_CSRF/) {
        my $answer = reply($route, { cookie => $as{OWNER}{cookie} });
        is_deeply([$answer->{status}, $answer->{json}{error}], [403, 'csrf'], "$what: not without the CSRF token");
    }
    my $answer = reply($route, $as{$least});
    ok($answer->{status} != 401 && ($answer->{json}{message} // '') !~ /^this takes the role/, "$what: as $least")
        or diag("$answer->{status} $answer->{body}");
    isnt($answer->{status}, 500, "$what: nothing breaks inside") or diag($answer->{body});
}

# Methods a path does not take.
my %methods;
push @{ $methods{ $_->[1] } }, $_->[0] for @routes;
for my $pattern (sort keys %methods) {
    my $answer = $t->cgi(PURGE => path($pattern), $as{OWNER});
    my @allow = split /, /, $answer->{headers}{allow} // '';
    is($answer->{status}, 405, "PURGE $pattern");
    is(join(' ', grep { my $m = $_; !grep { $_ eq $m } @allow } @{ $methods{$pattern} }), '', "$pattern says what it takes");
}

my $bytes = $t->cgi(GET => "/api/\xff\xfe\xc0");
is("$bytes->{status} $bytes->{json}{message}", "404 there is nothing at /api/\x{fffd}\x{fffd}\x{fffd}", 'a path of bytes that are no text is answered with JSON all the same');
$t->done;
