#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# htdocs/openapi.json and the route table say the same: paths, methods, roles, sentences; and what
# it says holds together.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use HookWise::Tree qw(slurp without_comments);
use Mojo::JSON qw(decode_json);
use Test::More;

my $api = decode_json(slurp('htdocs/openapi.json'));
is($api->{openapi}, '3.1.0', 'an OpenAPI document');

# --- routes -------------------------------------------------------------------------------------
my $source = without_comments(slurp('htdocs/cgi/routes.c'));
my %route;
while ($source =~ /\{"([A-Z]+)",\s*"([^"]+)",\s*HW_(\w+),\s*[\w|\s]+?,\s*(hwc_\w+),\s*"([^"]+)"\s*\}/g) {
    $route{"$1 $2"} = { role => lc $3, run => $4, summary => $5 };
}
my $rows = () = $source =~ /\{"[A-Z]+",/g;
cmp_ok($rows, '>=', 60, 'the route table is found');
is(scalar keys %route, $rows, 'every row of it was read');

my (%told, %module);
for my $path (keys %{ $api->{paths} }) {
    for my $method (keys %{ $api->{paths}{$path} }) {
        my $op = $api->{paths}{$path}{$method};
        my $who = ($op->{'x-served-by'} // '') eq 'module' ? \%module : \%told;
        $who->{ uc($method) . " $path" } = $op;
    }
}
is(join("\n", grep { !$told{$_} } sort keys %route), '', 'every route is described');
is(join("\n", grep { !$route{$_} } sort keys %told), '', 'nothing is described that is not there');
for my $key (sort grep { $told{$_} } keys %route) {
    is("$told{$key}{'x-role'}: $told{$key}{summary}", "$route{$key}{role}: $route{$key}{summary}", $key);
}

# --- query strings --------------------------------------------------------------------------------
my ($page) = $source =~ /#define PAGE "([^"]+)"/;
my ($history) = $source =~ /#define HISTORY\s*\\?\s*"([^"]+)"/;
ok($page && $history, 'the lists of names are found');
my ($args) = $source =~ /hwc_args\[\] = \{(.*?)\};/s;
my %takes;
while (($args // '') =~ /\{(hwc_\w+),\s*([^}]+)\}/g) {
    my ($run, $names) = ($1, $2);
    $takes{$run} = join ' ', sort map { split } $names =~ s/\bPAGE\b/"$page"/r =~ s/\bHISTORY\b/"$history"/r =~ /"([^"]*)"/g;
}
cmp_ok(scalar keys %takes, '>=', 20, 'the table of names is found');
is(join(' ', grep { my $run = $_; !grep { $_->{run} eq $run } values %route } sort keys %takes), '', 'no names for a handler that is not there');
for my $key (sort grep { $told{$_} } keys %route) {
    my @named = map { $_->{'$ref'} ? $api->{components}{parameters}{ $_->{'$ref'} =~ s{.*/}{}r } : $_ } @{ $told{$key}{parameters} || [] };
    is(join(' ', sort map { $_->{name} } grep { $_->{in} eq 'query' } @named), $takes{ $route{$key}{run} } // '', "$key: its query string");
}

# --- what the web server's module serves ----------------------------------------------------------
my %handled = map { $_ => 1 } slurp('conf/httpd/hookwise.conf') =~ /SetHandler (hookwise-\w+)/g;
my %handler = ('/webhook/{id}' => 'webhook', '/w/{id}' => 'webhook', '/api/v1/webhooks/{id}/ingest' => 'webhook',
    '/health' => 'health', '/readyz' => 'health', '/health/services' => 'health', '/metrics' => 'metrics', '/events' => 'events');
for my $key (sort keys %module) {
    my ($path) = $key =~ / (.*)/;
    ok($handler{$path} && $handled{"hookwise-$handler{$path}"}, "$key has its handler in the reference configuration");
}

# --- it holds together ------------------------------------------------------------------------------
my @lost;
my %used;
sub resolve {
    my ($ref) = @_;
    my $at = $api;
    $at = ref $at eq 'HASH' ? $at->{$_} : undef for split m{/}, $ref =~ s{^#/}{}r;
    return $at;
}
sub walk {
    my ($v, $where) = @_;
    if (ref $v eq 'HASH') {
        if (defined $v->{'$ref'} && !ref $v->{'$ref'}) {
            $used{ $v->{'$ref'} } = 1;
            push @lost, "$where: $v->{'$ref'}" unless resolve($v->{'$ref'});
        }
        walk($v->{$_}, "$where.$_") for keys %$v;
    } elsif (ref $v eq 'ARRAY') {
        walk($v->[$_], "$where\[$_]") for 0 .. $#$v;
    }
    return;
}
walk($api, '');
is(join("\n", @lost), '', 'every reference leads somewhere');
for my $kind (qw(schemas parameters responses)) {
    is(join(' ', grep { !$used{"#/components/$kind/$_"} } sort keys %{ $api->{components}{$kind} }), '', "every one of $kind is used");
}
for my $key (sort(keys %told, keys %module)) {
    my $op = $told{$key} || $module{$key};
    my %in = map { $_->{name} => 1 } grep { ($_->{in} // '') eq 'path' } @{ $op->{parameters} || [] };
    my @wanted = $key =~ /\{(\w+)\}/g;
    my @ok = grep {/^2/} keys %{ $op->{responses} };
    ok(@ok && $op->{responses}{default} && join(' ', sort keys %in) eq join(' ', sort @wanted), "$key: answers and parameters");
}

# --- an endpoint's fields -----------------------------------------------------------------------------
my $fields = without_comments(slurp('common/endpoint_fields.c'));
my ($table) = $fields =~ /hw_endpoint_fields\[\]\s*=\s*\{(.*)\};/s;
my @fields = grep { $_ ne 'id' } $table =~ /(?:TEXT|FLAG|WHOLE|OTHER)\("(\w+)"/g;
cmp_ok(scalar @fields, '>', 40, 'the table of fields is found');
is(join(' ', sort keys %{ $api->{components}{schemas}{EndpointDocument}{properties} }), join(' ', sort @fields),
    'an endpoint document has those fields');

done_testing;
