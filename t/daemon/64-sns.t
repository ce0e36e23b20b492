#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Confirming subscriptions of Amazon SNS: of the cloudwatch preset, at Amazon's own address, and nowhere
# else. A proxy of our own, which lets nothing through, sees every attempt.
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use HookWise::Test;
use HookWise::Test::Ports qw(free_port);
use Feed;
use IO::Select;
use IO::Socket::INET;

my $port = free_port();
my $proxy = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 16, ReuseAddr => 1) or die "proxy: $!\n";

# The first line of the next attempt within some seconds, answered with a refusal; undef when there is none.
sub attempt {
    my ($seconds) = @_;
    IO::Select->new($proxy)->can_read($seconds) or return undef;
    my $client = $proxy->accept;
    my $line = <$client>;
    print {$client} "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
    close $client;
    return $line =~ s/\r?\n\z//r;
}

my $t = HookWise::Test->new;
$t->redis;
$t->postgres;
$t->migrate;
$t->conf(WORKER_THREADS => 4, MAX_RETRIES => 0);
my $url = "http://127.0.0.1:$port";
my $w = $t->hookwised(env => { https_proxy => $url, http_proxy => $url, HTTPS_PROXY => $url, all_proxy => $url });
my $aws = $t->endpoint(name => 'aws', preset => 'cloudwatch', destination => 'local');
my $other = $t->endpoint(name => 'other', preset => 'generic', destination => 'local');

sub confirmation {
    my ($subscribe, %o) = @_;
    return { Type => 'SubscriptionConfirmation', MessageId => '165545c9', Token => 'secret23', TopicArn => 'arn:aws:sns:eu-west-1:1:t',
        Message => 'You have chosen to subscribe to the topic', SubscribeURL => $subscribe, SignatureVersion => '1', %o };
}
my $query = '/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:eu-west-1:1:t&Token=secret23';
my $good = "https://sns.eu-west-1.amazonaws.com$query";

# --- what is never opened -------------------------------------------------------------------------------
for my $bad ("https://127.0.0.1:$port$query", "http://sns.eu-west-1.amazonaws.com$query", "https://sns.eu-west-1.amazonaws.com.evil.test$query",
    "https://sns.eu-west-1.amazonaws.com\@127.0.0.1:$port$query", 'https://169.254.169.254/latest/meta-data/?Action=ConfirmSubscription') {
    my $row = recorded($t, feed($t, $aws, confirmation($bad)));
    is("$row->{status}: $row->{error_message}", 'skipped: the SubscribeURL is no address of Amazon SNS: it was not opened', $bad =~ s/\?.*//r);
}
like(recorded($t, feed($t, $other, confirmation($good)))->{error_message}, qr/Amazon SNS sent a SubscriptionConfirmation, not an alert/, 'an endpoint of another preset confirms nothing');
like(recorded($t, feed($t, $aws, confirmation($good, Type => 'UnsubscribeConfirmation')))->{error_message}, qr/sent a UnsubscribeConfirmation/, 'the end of a subscription is left alone');
is(attempt(0), undef, 'nothing was asked of anybody');

# --- what is ----------------------------------------------------------------------------------------------
my $id = feed($t, $aws, confirmation($good));
is(attempt(60), 'CONNECT sns.eu-west-1.amazonaws.com:443 HTTP/1.1', "Amazon's own address is, by TLS");
my $row = recorded($t, $id);
is($row->{status}, 'dlq', 'a confirmation that fails is told');
like($row->{error_message}, qr{^GET https://sns\.eu-west-1\.amazonaws\.com/: }, 'with what went wrong');
unlike($row->{error_message} . $t->log('hookwised'), qr/secret23/, 'and without its token');

$t->done;
