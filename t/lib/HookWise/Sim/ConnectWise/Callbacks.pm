# SPDX-License-Identifier: Apache-2.0
# Callbacks of the simulated ConnectWise: subscriptions, signed deliveries, retries.
package HookWise::Sim::ConnectWise::Callbacks;
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256_base64 sha256);
use Mojo::IOLoop;
use Mojo::JSON qw(encode_json true false);
use Mojo::UserAgent;

use constant TIMEOUT => 60; # its own is five seconds, which a machine may stand still
my @RETRY_AFTER = (2, 4);                              # seconds until the second and third attempt
my %RETRY_ON = map { $_ => 1 } 404, 409, 419, 429;     # other failures are final

# company, base (URL of the API), retry_ms: instead of the seconds above, for tests.
sub new {
    my ($class, %o) = @_;
    my $self = bless { %o, key => 'sim-signing-key-' . int rand 1e9 }, $class;
    return $self->reset;
}

sub reset { my ($self) = @_; @$self{qw(rows last sent message)} = ([], 0, [], 0); return $self }
sub rows { return $_[0]{rows} }
sub sent { return $_[0]{sent} }
sub signing_key { return $_[0]{key} }

sub create {
    my ($self, $in, $who) = @_;
    my @missing = grep { !defined $in->{$_} } qw(url objectId type level);
    die [400, { code => 'InvalidObject', message => 'callback object is invalid', errors => [map { {
        code => 'MissingRequiredField', message => "The $_ field is required.", resource => 'callback',
        field => $_ } } @missing] }] if @missing;
    my %row = (id => ++$self->{last}, description => $in->{description} // '', url => $in->{url},
        objectId => $in->{objectId} + 0, type => $in->{type}, level => $in->{level}, memberId => $who,
        map { $_ => $in->{$_} ? true : false } qw(inactiveFlag isSoapCallbackFlag isSelfSuppressedFlag));
    push @{ $self->{rows} }, \%row;
    return \%row;
}

sub get {
    my ($self, $id) = @_;
    my ($row) = grep { $_->{id} == $id } @{ $self->{rows} };
    return $row || die [404, { code => 'NotFound', message => "Callback $id not found", errors => undef }];
}

sub delete {
    my ($self, $id) = @_;
    $self->get($id);
    @{ $self->{rows} } = grep { $_->{id} != $id } @{ $self->{rows} };
    return;
}

# Tells every subscriber of a ticket what happened to it: added, updated, deleted.
sub ticket_changed {
    my ($self, $action, $ticket, $who) = @_;
    for my $row (@{ $self->{rows} }) {
        next if $row->{inactiveFlag} || lc $row->{type} ne 'ticket' || !_concerns($row, $ticket);
        next if $row->{isSelfSuppressedFlag} && $row->{memberId} eq $who;
        $self->_deliver($row, $action, $ticket, $who);
    }
    return;
}

sub _concerns {
    my ($row, $ticket) = @_;
    my $level = lc $row->{level};
    return 1 if $level eq 'owner';
    my $id = $level eq 'ticket' ? $ticket->{id} : ($ticket->{$level} || {})->{id};
    return defined $id && $id == $row->{objectId};
}

sub _deliver {
    my ($self, $row, $action, $ticket, $who) = @_;
    my $body = encode_json({
        MessageId => sprintf('sim-%06d', ++$self->{message}), FromUrl => $self->{base},
        CompanyId => $self->{company}, MemberId => $who, Action => $action, Type => 'ticket',
        ID => $ticket->{id}, ProductInstanceId => 'sim', PartnerId => 'sim',
        Entity => $action eq 'deleted' ? undef : Mojo::JSON::to_json($ticket),
        Metadata => { key_url => "$self->{base}/system/callbacks/keys/1" },
        CallbackObjectRecId => $row->{id},
    });
    my $url = "$row->{url}$ticket->{id}&action=$action";
    my $signature = hmac_sha256_base64($body, sha256($self->{key}));
    $signature .= '=' while length($signature) % 4;
    my $entry = { url => $url, action => $action, id => $ticket->{id}, statuses => [] };
    push @{ $self->{sent} }, $entry;
    $self->_attempt($entry, $url, $body, $signature, 0);
    return;
}

sub _attempt {
    my ($self, $entry, $url, $body, $signature, $n) = @_;
    my $ua = $self->{ua} ||= Mojo::UserAgent->new(max_redirects => 0, request_timeout => TIMEOUT);
    my %headers = ('Content-Type' => 'application/json', 'x-content-signature' => $signature);
    $ua->post($url => \%headers => $body => sub {
        my (undef, $tx) = @_;
        my $status = $tx->res->code || 0;
        push @{ $entry->{statuses} }, $status;
        return unless $RETRY_ON{$status} && $n < @RETRY_AFTER;
        my $wait = $self->{retry_ms} ? $self->{retry_ms} / 1000 : $RETRY_AFTER[$n];
        Mojo::IOLoop->timer($wait => sub { $self->_attempt($entry, $url, $body, $signature, $n + 1) });
    });
    return;
}

1;
