# SPDX-License-Identifier: Apache-2.0
# The simulated chat services: Slack (incoming webhook and Web API), Teams (workflow and connector),
# Webex (messages and incoming webhook).
package HookWise::Sim::Chat;
use strict;
use warnings;
use Mojo::JSON qw(decode_json true false);

use constant { TEAMS_MAX => 28 * 1024, WEBEX_MAX => 7439, SLACK_BLOCKS_MAX => 50 };

# token: what Slack's Web API and Webex want as bearer; sig: what a Teams workflow wants in sig=.
sub new {
    my ($class, %o) = @_;
    my $self = bless {%o}, $class;
    $self->reset;
    return $self;
}

sub reset { my ($self) = @_; @$self{qw(messages last)} = ([], 0); return }

my @ROUTES = (
    [slack_hook => qr{/services/T\w+/B\w+/\w+}, \&_slack_hook],
    [slack_api => qr{/api/chat\.(postMessage|update)}, \&_slack_api],
    [teams_workflow => qr{/workflows/[\w-]+/triggers/manual/paths/invoke}, \&_teams_workflow],
    [teams_connector => qr{/webhookb2/\S+}, \&_teams_connector],
    [webex => qr{/v1/messages}, \&_webex],
    [webex_hook => qr{/v1/webhooks/incoming/\w+}, \&_webex_hook],
);

sub handle {
    my ($self, $req) = @_;
    for my $route (@ROUTES) {
        my ($service, $re, $handler) = @$route;
        next unless my @captures = $req->{path} =~ m{\A$re\z};
        return [405, 'method not allowed'] if $req->{method} ne 'POST';
        my $body = $req->{tx}->req->body;
        my $doc = eval { decode_json($body) };
        push @{ $self->{messages} }, { service => $service, path => $req->{path}, bytes => length $body,
            document => $doc };
        return $handler->($self, $req, ref $doc eq 'HASH' ? $doc : undef, @captures);
    }
    return [404, 'no such hook'];
}

sub _text { my ($status, $text) = @_; return [$status, $text, { 'Content-Type' => 'text/plain' }] }

# Own refusals named by a fault: { fault => 'says', status => …, text => … }.
sub _said { my ($req) = @_; my $f = $req->{fault} || {}; return ($f->{fault} // '') eq 'says' ? $f->{text} // '' : undef }

sub _slack_hook {
    my ($self, $req, $doc) = @_;
    my $said = _said($req);
    return _text($req->{fault}{status} // 400, $said) if defined $said;
    return _text(400, 'invalid_payload') unless $doc;
    return _text(400, 'no_text') unless length($doc->{text} // '') || @{ $doc->{blocks} || [] } || @{ $doc->{attachments} || [] };
    return _text(400, 'invalid_blocks') if @{ $doc->{blocks} || [] } > SLACK_BLOCKS_MAX;
    return _text(200, 'ok');
}

# Refusals have status 200 here.
sub _slack_api {
    my ($self, $req, $doc, $call) = @_;
    my $bad = _said($req) // $self->_slack_fault($req, $doc, $call);
    return [200, { ok => false, error => $bad }] if defined $bad;
    my $ts = $call eq 'update' ? $doc->{ts} : sprintf '1700000000.%06d', ++$self->{last};
    return [200, { ok => true, channel => $doc->{channel}, ts => $ts, message => { text => $doc->{text}, ts => $ts } }];
}

sub _slack_fault {
    my ($self, $req, $doc, $call) = @_;
    my $auth = $req->{headers}->authorization // '';
    return 'not_authed' if $auth eq '';
    return 'invalid_auth' if $auth ne "Bearer $self->{token}";
    return 'invalid_json' unless $doc;
    return 'channel_not_found' unless ($doc->{channel} // '') =~ /^[CGD]\w+$|^#\w/;
    return 'no_text' unless length($doc->{text} // '') || @{ $doc->{blocks} || [] };
    return 'invalid_blocks' if @{ $doc->{blocks} || [] } > SLACK_BLOCKS_MAX;
    return 'message_not_found' if $call eq 'update' && !length($doc->{ts} // '');
    return undef;
}

sub _teams_error {
    my ($status, $code, $message) = @_;
    return [$status, { error => { code => $code, message => $message } }];
}

sub _teams_workflow {
    my ($self, $req, $doc) = @_;
    return _teams_error(401, 'DirectApiAuthorizationRequired', 'The request needs a valid sig.')
        unless $req->{query} =~ /(?:^|&)sig=\Q$self->{sig}\E(?:&|$)/;
    return _teams_error(413, 'RequestEntityTooLarge', 'The message is too large.')
        if length $req->{tx}->req->body > TEAMS_MAX;
    my $card = $doc && ref $doc->{attachments} eq 'ARRAY' ? $doc->{attachments}[0] : undef;
    return _teams_error(400, 'TriggerInputSchemaMismatch', 'The body is not a message with an adaptive card.')
        unless ref $card eq 'HASH' && ($card->{contentType} // '') eq 'application/vnd.microsoft.card.adaptive'
        && ref $card->{content} eq 'HASH' && ($card->{content}{type} // '') eq 'AdaptiveCard';
    return [202, ''];
}

# The old connectors: always 200, the body tells.
sub _teams_connector {
    my ($self, $req, $doc) = @_;
    my $said = _said($req);
    return _text(200, "Webhook message delivery failed with error: $said") if defined $said;
    return _text(400, 'Summary or Text is required.') unless $doc && grep { length($doc->{$_} // '') } qw(summary text);
    return _text(200, '1');
}

sub _webex_error {
    my ($self, $status, $message) = @_;
    my $id = sprintf 'SIM_%08d', ++$self->{last};
    return [$status, { message => $message, errors => [{ description => $message }], trackingId => $id },
        { trackingId => $id }];
}

sub _webex {
    my ($self, $req, $doc) = @_;
    return $self->_webex_error(401, 'The request requires a valid access token set in the Authorization request header.')
        if ($req->{headers}->authorization // '') ne "Bearer $self->{token}";
    return $self->_webex_error(400, 'The body is not JSON.') unless $doc;
    return $self->_webex_error(400, 'A roomId, toPersonId or toPersonEmail is required.')
        unless grep { length($doc->{$_} // '') } qw(roomId toPersonId toPersonEmail);
    my $refused = $self->_webex_text($doc);
    return $refused if $refused;
    return [200, { id => 'SIM' . ++$self->{last}, roomId => $doc->{roomId}, roomType => 'group', text => $doc->{text},
        markdown => $doc->{markdown}, created => '2026-01-01T00:00:00.000Z' }];
}

sub _webex_text {
    my ($self, $doc) = @_;
    my @texts = grep { defined } @$doc{qw(text markdown)};
    return $self->_webex_error(400, 'A text, markdown, file or attachment is required.') unless @texts;
    for my $text (@texts) {
        my $bytes = $text;
        utf8::encode($bytes);
        return $self->_webex_error(400, 'Message length limited to ' . WEBEX_MAX . ' bytes.') if length $bytes > WEBEX_MAX;
    }
    return undef;
}

sub _webex_hook {
    my ($self, $req, $doc) = @_;
    return $self->_webex_error(400, 'The body is not JSON.') unless $doc;
    return $self->_webex_text($doc) || [204];
}

# --- faults, admin ----------------------------------------------------------------------------

my %STATUS = map { $_ => 1 } qw(400 401 403 404 410 413 423 429 500 502 503);

sub knows_fault { my ($self, $kind) = @_; return $kind eq 'says' || $STATUS{$kind} }

sub fault_answer {
    my ($self, $fault) = @_;
    return undef unless $STATUS{ $fault->{fault} };
    my $headers = defined $fault->{retry_after} ? { 'Retry-After' => $fault->{retry_after} } : {};
    return [$fault->{fault}, $fault->{text} // 'refused', { 'Content-Type' => 'text/plain', %$headers }];
}

sub state { my ($self) = @_; return { messages => $self->{messages} } }
sub admin { return {} }

1;
