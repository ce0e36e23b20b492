#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Further schemes of authentication through the API: stars, whole documents, copies, and the list to
# build a form from.
use FindBin;
use lib "$FindBin::Bin/../lib";
use HookWise::Test;
use HookWise::Test::Cgi;

my $t = HookWise::Test->new;
my %as = $t->cgi_servers(ada => 'owner');
my %ada = %{ $as{ada} };

my $made = $t->cgi(POST => '/api/endpoints', { %ada, json => { name => 'Builds',
    auth => [{ scheme => 'github', id => 'gh', secret => 'plum-jam' }] } })->{json};
my $id = $made->{id};
my $stars = [{ scheme => 'github', id => 'gh', secret => '********' }];
is_deeply($made->{auth}, $stars, 'made, with stars');
is_deeply($t->cgi(GET => "/api/endpoints/$id", {%ada})->{json}{auth}, $stars, 'read');
my $token = sub { return $t->cgi(GET => "/api/endpoints/$id/token", {%ada})->{json}{auth} };
is_deeply($token->(), [{ scheme => 'github', id => 'gh', secret => 'plum-jam' }], 'shown when asked for');

my $put = sub { my (%doc) = @_; return $t->cgi(PUT => "/api/endpoints/$id", { %ada, json => { name => 'Builds', %doc } }) };
is($put->(auth => $stars, rate_limit => 3)->{status}, 200, 'a whole document with stars');
is($token->()->[0]{secret}, 'plum-jam', 'keeps the secret');
is($put->()->{status}, 200, 'a whole document without the list');
is($token->()->[0]{secret}, 'plum-jam', 'keeps it too');
my $bad = $put->(auth => [@$stars, { scheme => 'header', header => 'not one', secret => 'x' }]);
is_deeply([@$bad{status}, @{ $bad->{json} }{qw(error field message)}],
    [422, 'bad-value', 'auth[1].header', "is not a header's name"], 'a bad entry is named');

my $copy = $t->cgi(POST => "/api/endpoints/$id/clone", { %ada, json => {} })->{json};
is_deeply($copy->{auth}, $stars, 'a copy has the list');
is($t->cgi(GET => "/api/endpoints/$copy->{id}/token", {%ada})->{json}{auth}[0]{secret}, 'plum-jam', 'and its secrets');
is($put->(auth => [])->{json}{auth}, undef, 'an empty list is none');
unlike(join('|', $t->psql('SELECT before, after FROM audit')), qr/plum-jam/, 'no secret in the audit log');

my $presets = $t->cgi(GET => '/api/presets', {%ada})->{json};
my %scheme = map { $_->{scheme} => $_ } @{ $presets->{auth_schemes} };
is_deeply([grep { !$scheme{$_} } qw(github gitlab grafana pagerduty sentry stripe slack standard-webhooks svix
    connectwise autotask zammad webex gnetix hookwise hmac header query basic)], [], 'the schemes are listed');
is_deeply([map { $_->{name} } @{ $scheme{grafana}{fields} }], [qw(header timestamp_header tolerance_seconds)],
    'with their fields');
my ($algorithm) = grep { $_->{name} eq 'algorithm' } @{ $scheme{hmac}{fields} };
is_deeply($algorithm, { name => 'algorithm', label => 'Algorithm', type => 'choice', default => 'sha256',
    choices => [qw(sha256 sha1 sha512 ed25519)], required => Mojo::JSON->false }, 'one of them');
my %preset = map { $_->{name} => $_->{auth_scheme} } @{ $presets->{items} };
is_deeply([@preset{qw(github gitlab generic)}], ['github', 'gitlab', undef], 'presets name theirs');

$t->done;
