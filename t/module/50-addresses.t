#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Trusted addresses, v4 and v6, also behind a proxy, and the site's own access rules.
use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/lib";
use HookWise::Test;
use Records;

my $t = HookWise::Test->new;
$t->redis;
$t->httpd(<<'EOT');
HookwiseRedis %%REDIS%%
Listen [::1]:%%PORT:six%%
Listen 127.0.0.1:%%PORT:proxied%%
<Location "/w">
    SetHandler hookwise-webhook
</Location>
<Location "/closed">
    SetHandler hookwise-webhook
    Require ip 192.0.2.1
</Location>
<VirtualHost 127.0.0.1:%%PORT:proxied%%>
    RemoteIPHeader X-Forwarded-For
    RemoteIPInternalProxy 127.0.0.1
</VirtualHost>
EOT
my $proxied = 'http://127.0.0.1:' . $t->port('proxied');
my $six = 'http://[::1]:' . $t->port('six');

sub ask {
    my ($url, $id, %h) = @_;
    my $res = $t->ua->post("$url/w/$id" => { Authorization => "Bearer tok-$id", %h } => '{}')->res;
    return $res;
}

my %lists = (
    'loop-four' => ['127.0.0.1', 202, 403], 'net-four' => ['10.0.0.0/8, 127.0.0.0/8', 202, 403],
    'other' => ['192.0.2.0/24', 403, 403], 'loop-six' => ['::1', 403, 202],
    'both' => ['127.0.0.1,::1/128', 202, 202], 'mapped' => ['::ffff:127.0.0.1', 202, 403],
    'all-six' => ['::/0', undef, 202],
);
for my $id (sort keys %lists) {
    my ($list, $four, $v6) = @{ $lists{$id} };
    publish($t, $id, trusted_ips => $list);
    my $res = ask($t->url, $id);
    is($res->code, $four, "$list by v4") if defined $four;
    is($res->json->{message}, 'Your address is not allowed here', 'says so') if $res->code == 403;
    is(ask($six, $id)->code, $v6, "$list by v6");
}

publish($t, 'branch', trusted_ips => '203.0.113.0/24, 2001:db8::/32');
is(ask($proxied, 'branch')->code, 403, 'the proxy itself');
my $res = ask($proxied, 'branch', 'X-Forwarded-For' => '203.0.113.9');
is($res->code, 202, 'a sender behind it');
is(event_of($t, $res->json->{request_id})->{ip}, '203.0.113.9', 'the event has the address of the sender');
$res = ask($proxied, 'branch', 'X-Forwarded-For' => '2001:db8::17');
is($res->code, 202, 'by v6');
is(event_of($t, $res->json->{request_id})->{ip}, '2001:db8::17', 'its address too');
is(ask($proxied, 'branch', 'X-Forwarded-For' => '198.51.100.1')->code, 403, 'somebody else');
is(ask($t->url, 'branch', 'X-Forwarded-For' => '203.0.113.9')->code, 403,
    'without mod_remoteip a header proves nothing');
is(event_of($t, ask($six, 'both')->json->{request_id})->{ip}, '::1', 'a v6 sender in the event');

# the check of the address comes before that of the token
is($t->post('/w/other', {}, '{}')->code, 403, 'address first, then token');

$t->expect_log(qr/client denied by server configuration/, optional => 1);
is($t->post('/closed/both', { Authorization => 'Bearer tok-both' }, '{}')->code, 403,
    "the site's Require holds");

$t->done;
