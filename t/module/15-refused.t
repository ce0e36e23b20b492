#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Refused requests in history: which, how many, without their bodies, and never in the way of others.
use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/lib";
use HookWise::Test;
use HookWise::Test::Poll qw(in_one_minute);
use Digest::SHA qw(hmac_sha256_hex);
use Mojo::JSON qw(decode_json true false);

my $t = HookWise::Test->new;
$t->redis;
$t->postgres;
$t->migrate;
$t->hookwised;
$t->httpd($t->httpd_conf . "HookwiseAuthFailures 0\n");
my $ep = $t->endpoint(name => 'gate', destination => 'local', timeout_alerts_enabled => true, timeout_hours => 1);
my %ALARM = (heartbeat => { status => 0 }, monitor => { name => 'www' });

sub row {
    my ($id) = @_;
    return $t->wait_for(sub { ($t->history("request_id = '$id'", qw(id status error_message payload headers source_ip ticket_id)))[0] }, "history of $id");
}
sub refused { my ($e, %headers) = @_; return $t->webhook($e, \%ALARM, %headers) }
# Whether hookwised has done all there was.
sub drained { return !grep { $t->redis_cli(XLEN => "hw:s:$_") } 0 .. 15 }
sub kept { my ($e) = @_; return scalar $t->psql("SELECT count(*) FROM webhook_log WHERE config_id = '$e->{id}' AND status = 'rejected'") }

# --- what history says --------------------------------------------------------------------------------
my $res = refused($ep, Authorization => 'Bearer wr0ng-one', 'X-Kind' => 'probe', 'X-Api-Key' => 's3cret');
is($res->code, 401, 'a wrong token');
my $row = row($res->json->{request_id});
is("$row->{status}: $row->{error_message}", 'rejected: 401: token or signature is wrong; body not kept', 'is in history');
is($row->{source_ip}, '127.0.0.1', 'with its address');
is(decode_json($row->{headers})->{'x-kind'}, 'probe', 'and headers');
unlike(join(' ', map { $_ // '' } values %$row), qr/wr0ng|s3cret|www/, 'without secrets or body');
is(scalar $t->psql("SELECT count(*) FROM webhook_raw WHERE request_id = '" . $res->json->{request_id} . "'"), 0, 'no request is kept beside it');
is(row(refused({ %$ep, token => undef })->json->{request_id})->{error_message}, '401: the request has no credentials; body not kept', 'no token');
my ($exit, $out, $err) = $t->ctl('replay', $row->{id});
is($exit, 100, 'it cannot be replayed');
is($err, "hookwisectl: replay $row->{id}: history entry $row->{id} was refused: its body was not kept, and it cannot be replayed; the sender has to send it again\n", 'and why');

my $far = $t->endpoint(name => 'far', destination => 'local', trusted_ips => '192.0.2.0/24');
$res = refused($far);
is($res->code, 403, 'an address that is not trusted');
is(row($res->json->{request_id})->{error_message}, '403: the address is not one of trusted_ips; body not kept', 'is in history');
my $off = $t->endpoint(name => 'off', destination => 'local', is_enabled => false);
is(row(refused($off)->json->{request_id})->{error_message}, '403: the endpoint is disabled; body not kept', 'so is a disabled endpoint');
my $draft = $t->endpoint(name => 'draft', destination => 'local', is_draft => true);
is(row(refused($draft)->json->{request_id})->{error_message}, '403: the endpoint is a draft; body not kept', 'and a draft');
my $signed = $t->endpoint(name => 'signed', destination => 'local', bearer_auth_enabled => false, hmac_secret => 'between us');
$res = refused($signed, 'X-HookWise-Signature' => hmac_sha256_hex('other', 'between us'));
$row = row($res->json->{request_id});
is($row->{error_message}, '401: token or signature is wrong; body not kept', 'so is a wrong signature');
unlike($row->{payload} // '', qr/www/, 'without the body that was read');
$res = $t->post('/w/nosuch', {}, '{}');
is($res->code, 404, 'an endpoint that is not there');
is(scalar $t->psql("SELECT count(*) FROM webhook_log WHERE request_id = '" . $res->json->{request_id} . "'"), 0, 'is in nobody\'s history');

# --- no sign of life -------------------------------------------------------------------------------------
is(scalar $t->psql("SELECT count(*) FROM endpoint_seen WHERE last_seen_at IS NOT NULL"), 0, 'a refused request is no sign of life');
is(scalar $t->psql('SELECT count(*) FROM endpoint_seen WHERE last_error IS NOT NULL'), 0, 'and no failure of its endpoint');

# --- the cap -----------------------------------------------------------------------------------------------
my ($busy, @codes);
in_one_minute(sub {
    $busy = $t->endpoint(name => "busy$_[0]", destination => 'local');
    @codes = map { refused($busy, Authorization => "Bearer no-$_")->code } 1 .. 25;
});
is_deeply(\@codes, [(401) x 25], 'many tries');
is(refused($busy)->code, 202, 'who may post is not held up');
$t->wait_for(sub { $t->psql("SELECT count(*) FROM webhook_log WHERE config_id = '$busy->{id}' AND status = 'processed'") }, 'its event');
$t->wait_for(\&drained, 'all is recorded');
is(kept($busy), 10, '10 a minute are kept');
$t->wait_for(sub { ($t->metrics->{'hookwise_webhooks_received_total{status="unauthorized",config_name="' . $busy->{name} . '"}'} // 0) == 25 }, 'the counter');
is($t->webhook($busy, '{"not": json')->code, 400, 'unreadable ones');
$t->wait_for(sub { kept($busy) == 11 }, 'a cap of their own');

# --- Redis is away ---------------------------------------------------------------------------------------------
$t->{redis}->proc->stop;
$t->wait_for(sub { refused($ep, Authorization => 'Bearer no')->code == 401 }, 'an answer');
is(refused($ep)->headers->header('X-HookWise-Durability'), 'spool', 'accepted ones go to the spool');
is(refused($ep, Authorization => 'Bearer no')->code, 401, 'refused ones are refused');
my @spooled = map { my $f = $_; open my $in, '<:raw', $f or die "$f: $!"; local $/; <$in> } glob $t->dir . '/spool/*.spool';
like(join('', @spooled), qr/www/, 'the accepted one lies there');
unlike(join('', @spooled), qr/body not kept/, 'the refused take no room there');
$t->{redis}->start;
$t->wait_for(sub { $t->psql("SELECT count(*) FROM webhook_log WHERE config_id = '$ep->{id}' AND status = 'processed'") }, 'the spooled one');
$t->expect_log(qr/Redis/, optional => 1);
$t->done;
