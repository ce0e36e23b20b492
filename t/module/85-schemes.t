#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Senders with signatures and secrets of their own: who gets in, who does not, and what is said of it.
use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/lib";
use HookWise::Test;
use Digest::SHA qw(hmac_sha1_base64 hmac_sha256_base64 hmac_sha256_hex sha256);
use MIME::Base64 qw(encode_base64);
use Mojo::JSON qw(encode_json true false);
use Records;

my $t = HookWise::Test->new;
$t->redis;
$t->httpd(<<'EOT');
LogLevel debug hookwise:trace8
HookwiseRedis %%REDIS%%
HookwiseKeyFile %%KEYFILE%%
HookwiseAuthFailures 0
LogFormat "%h %r %U %q %>s" wide
CustomLog "%%DIR%%/httpd/wide.log" wide
<Location "/w">
    SetHandler hookwise-webhook
</Location>
EOT

my $body = '{"alert":"fan","n":1}';
my $secret = 'birch-bark-77';

# An endpoint that takes no token, with these entries.
sub endpoint {
    my ($id, @entries) = @_;
    my $n = 0;
    return publish($t, $id, bearer => false,
        auth => fernet($t, encode_json([map { +{ id => 'e' . $n++, %$_ } } @entries])));
}

sub post { my ($id, $headers, $query) = @_; return $t->post("/w/$id" . ($query // ''), $headers, $body) }

# Let in, and by which entry.
sub enters {
    my ($by, $id, $headers, $query) = @_;
    my $res = post($id, $headers, $query);
    is($res->code, 202, "$id: let in") or diag($res->body);
    my $ev = event_of($t, $res->json->{request_id});
    is($ev->{a}, $by, "$id: by $by");
    unlike(join(' ', map { $_ // '' } %$ev), qr/\Q$secret\E/, "$id: the event does not hold the secret");
    return $ev;
}

sub stays_out {
    my ($why, $id, $headers, $query) = @_;
    my $res = post($id, $headers, $query);
    is($res->code, 401, "$id: $why");
    is($res->json->{message}, 'Credentials are missing or wrong', 'with the usual answer');
    return;
}

my $hex = hmac_sha256_hex($body, $secret);
my $other = hmac_sha256_hex($body, 'another');

endpoint('github', { scheme => 'github', secret => $secret });
enters('github:e0', 'github', { 'X-Hub-Signature-256' => "sha256=$hex" });
stays_out('a wrong signature', 'github', { 'X-Hub-Signature-256' => "sha256=$other" });
stays_out('no signature', 'github', {});
stays_out('the old header', 'github', { 'X-Hub-Signature' => "sha1=$hex" });
is($t->post('/w/github', { 'X-Hub-Signature-256' => "sha256=$hex" }, $body . ' ')->code, 401,
    'github: another body');

endpoint('pagerduty', { scheme => 'pagerduty', secret => $secret });
enters('pagerduty:e0', 'pagerduty', { 'X-PagerDuty-Signature' => "v1=$other,v1=$hex" });
stays_out('two that are wrong', 'pagerduty', { 'X-PagerDuty-Signature' => "v1=$other,v1=$other" });

my $now = time;
sub timed { my ($then) = @_; return { 'X-Grafana-Alerting-Signature' =>
    hmac_sha256_hex("$then:$body", $secret), 'X-Signed-At' => $then } }
endpoint('grafana', { scheme => 'grafana', secret => $secret, timestamp_header => 'X-Signed-At' });
enters('grafana:e0', 'grafana', timed($now));
stays_out('a request of long ago', 'grafana', timed($now - 400));
stays_out('one from the future', 'grafana', timed($now + 400));
stays_out('one that does not say when', 'grafana', { 'X-Grafana-Alerting-Signature' => $hex });
endpoint('grafana', { scheme => 'grafana', secret => $secret });
enters('grafana:e0', 'grafana', { 'X-Grafana-Alerting-Signature' => $hex });

my %slack = ('X-Slack-Request-Timestamp' => $now,
    'X-Slack-Signature' => 'v0=' . hmac_sha256_hex("v0:$now:$body", $secret));
endpoint('slack', { scheme => 'slack', secret => $secret });
enters('slack:e0', 'slack', \%slack);
stays_out('another time than signed', 'slack', { %slack, 'X-Slack-Request-Timestamp' => $now - 1 });

endpoint('connectwise', { scheme => 'connectwise', secret => $secret });
enters('connectwise:e0', 'connectwise',
    { 'x-content-signature' => hmac_sha256_base64($body, sha256($secret)) . '=' });
endpoint('autotask', { scheme => 'autotask', secret => $secret });
enters('autotask:e0', 'autotask', { 'X-Hook-Signature' => 'sha1=' . hmac_sha1_base64($body, $secret) . '=' });

# A secret in a header is looked at before the body is.
endpoint('gitlab', { scheme => 'gitlab', secret => $secret });
enters('gitlab:e0', 'gitlab', { 'X-Gitlab-Token' => $secret });
stays_out('another token', 'gitlab', { 'X-Gitlab-Token' => 'guess' });
stays_out('none', 'gitlab', {});
is($t->post('/w/gitlab', { 'X-Gitlab-Token' => 'guess' }, 'x' x 2_000_000)->code, 401,
    'a wrong token is refused before a body that is too long');
endpoint('mine', { scheme => 'header', header => 'X-Team', secret => $secret });
my $ev = enters('header:e0', 'mine', { 'X-Team' => $secret, 'X-Other' => 'kept' });
like($ev->{h}, qr/"x-other":"kept"/, 'other headers are kept');
unlike($ev->{h}, qr/x-team/, 'the one with the secret is not');

endpoint('query', { scheme => 'query', parameter => 'api_key', secret => $secret });
$ev = enters('query:e0', 'query', {}, "?host=web-1&api_key=$secret&key=data");
is($ev->{q}, 'host=web-1&key=data', 'the other parameters are kept');
stays_out('a wrong key', 'query', {}, '?api_key=birch-bark-7');
stays_out('another parameter', 'query', {}, "?key=$secret");
is($t->post("/w/nobody?api_key=$secret", {}, $body)->code, 404, 'an endpoint that is not there');

endpoint('basic', { scheme => 'basic', user => 'zabbix', secret => $secret });
enters('basic:e0', 'basic', { Authorization => 'Basic ' . encode_base64("zabbix:$secret", '') });
stays_out('another user', 'basic', { Authorization => 'Basic ' . encode_base64("nagios:$secret", '') });

# Two entries are the change of a secret: the event says which one is still in use.
endpoint('rotation', { scheme => 'github', secret => $secret }, { scheme => 'github', secret => 'another' });
enters('github:e0', 'rotation', { 'X-Hub-Signature-256' => "sha256=$hex" });
enters('github:e1', 'rotation', { 'X-Hub-Signature-256' => "sha256=$other" });
stays_out('neither', 'rotation', { 'X-Hub-Signature-256' => 'sha256=' . hmac_sha256_hex($body, 'x') });
endpoint('rotation', { scheme => 'github', secret => 'another' });
stays_out('the old one', 'rotation', { 'X-Hub-Signature-256' => "sha256=$hex" });

# Token, own signature and further schemes are asked for together.
publish($t, 'all', hmac => fernet($t, 'own'),
    auth => fernet($t, encode_json([{ scheme => 'gitlab', secret => $secret }])));
my %all = (Authorization => 'Bearer tok-all', 'X-Gitlab-Token' => $secret,
    'X-HookWise-Signature' => hmac_sha256_hex($body, 'own'));
enters('hmac', 'all', \%all);
stays_out("without $_", 'all', { map { $_ => $all{$_} } do { my $out = $_; grep { $_ ne $out } keys %all } })
    for sort keys %all;

# Records that cannot be understood let nobody in.
for my $bad ([empty => '[]', 'is an empty list'], [text => 'x', 'is not JSON'],
    [unknown => '[{"scheme":"later","secret":"x"}]', 'there is no scheme of that name']) {
    $t->expect_log(qr/the record of endpoint $bad->[0]: auth.*\Q$bad->[2]\E/);
    publish($t, $bad->[0], bearer => false, auth => fernet($t, $bad->[1]));
    is(post($bad->[0], {})->code, 503, "a record with a list that is $bad->[0]");
}

my $logs = join '', map { open my $fh, '<', $_ or die "$_: $!"; local $/; <$fh> }
    glob $t->dir . '/httpd/*.log';
like($logs, qr/api_key=\*{8}/, 'the parameter is in the log');
unlike($logs, qr/\Q$secret\E/, 'the secret is not');

$t->done;
