# SPDX-License-Identifier: Apache-2.0
# What all simulators share: an HTTP server in one process, faults on demand, a request log.
package HookWise::Sim::Server;
use strict;
use warnings;
use Mojo::IOLoop;
use Mojo::JSON qw(decode_json encode_json);
use Mojo::Server::Daemon;
use Mojo::URL;
use Mojo::Util qw(url_unescape);
use Socket qw(SOL_SOCKET SO_LINGER);
use Time::HiRes qw(time);
use HookWise::Sim::Faults;

use constant LOG_BODY => 20_000; # characters of a body kept in the request log

# app: object with handle($request) → [status, body, headers], where body is bytes, a document for
# JSON, or a sub($request) that sends it; knows_fault($name), and
# fault_answer($fault) → an answer, or undef when handle does it by itself ($request->{fault});
# state() → what /_sim/state shows; reset(); admin() → further admin calls
# 'METHOD /path' => sub($document, @captures). prefix: what paths in faults and in the log leave out.
sub new {
    my ($class, %o) = @_;
    my $self = bless { app => $o{app}, prefix => $o{prefix} // '', quiet => $o{quiet},
        latency => $o{latency} || 0, cert => $o{cert}, key => $o{key}, faults => HookWise::Sim::Faults->new }, $class;
    $self->_clear;
    return $self;
}

sub _clear {
    my ($self) = @_;
    @$self{qw(log requests in_flight max_in_flight max_connections)} = ([], 0, 0, 0, 0);
    $self->{held} ||= [];
    return;
}

sub run {
    my ($self, $port) = @_;
    local $| = 1;
    my $url = ($self->{cert} ? 'https' : 'http') . "://127.0.0.1:$port";
    my $tls = $self->{cert} ? "?cert=$self->{cert}&key=$self->{key}" : '';
    # It closes no connection by itself: a request could be on its way.
    my $daemon = $self->{daemon} = Mojo::Server::Daemon->new(
        listen => [$url . $tls], silent => 1, max_requests => 1_000_000_000,
        max_clients => 10_000, inactivity_timeout => 0, keep_alive_timeout => 0, backlog => 1024);
    $daemon->app->log->level('fatal');
    $daemon->unsubscribe('request')->on(request => sub { my (undef, $tx) = @_; $self->_request($tx) });
    $daemon->start;
    print "ready $url\n";
    $SIG{TERM} = $SIG{INT} = sub { Mojo::IOLoop->stop };
    Mojo::IOLoop->recurring(0.2 => sub { }); # Perl runs signal handlers between events only
    Mojo::IOLoop->start;
    return 0;
}

# One request: admin call, fault, or the application.
sub _request {
    my ($self, $tx) = @_;
    my $url = $tx->req->url;
    my $path = url_unescape($url->path->to_string);
    utf8::decode($path);
    my $req = { tx => $tx, method => $tx->req->method, full_path => $path, time => time,
        query => $url->query->to_string, headers => $tx->req->headers, server => $self };
    ($req->{path} = $path) =~ s/^\Q$self->{prefix}\E//;
    return $self->_admin($req) if $path =~ m{^/_sim/};
    $self->_count($req);
    my $fault = $req->{fault} = $self->{faults}->take($req);
    return $self->_faulty($req, $fault) if $fault;
    return $self->_later($req, $self->_handle($req), $self->{latency});
}

sub _count {
    my ($self, $req) = @_;
    $self->{requests}++;
    my $n = ++$self->{in_flight};
    $self->{max_in_flight} = $n if $n > $self->{max_in_flight};
    my $connections = keys %{ $self->{daemon}{connections} || {} };
    $self->{max_connections} = $connections if $connections > $self->{max_connections};
    $req->{tx}->on(finish => sub { $self->{in_flight}-- });
    return if $self->{quiet};
    my $body = $req->{tx}->req->body;
    utf8::decode($body);
    push @{ $self->{log} }, $req->{entry} = { time => $req->{time}, method => $req->{method},
        path => $req->{path}, query => $req->{query}, connection => $req->{tx}->connection,
        body => substr($body, 0, LOG_BODY), headers => $req->{headers}->to_hash };
    return;
}

# The application's answer; it may die with one.
sub _handle {
    my ($self, $req) = @_;
    my $answer = eval { $self->{app}->handle($req) };
    return $answer if $answer;
    return $@ if ref $@ eq 'ARRAY';
    print STDERR "$req->{method} $req->{full_path}: $@";
    return [500, { code => 'Simulator', message => "$@" }];
}

sub _faulty {
    my ($self, $req, $fault) = @_;
    my $kind = $fault->{fault};
    $req->{entry}{fault} = $kind if $req->{entry};
    return $self->_cut($req) if $kind eq 'reset_before';
    return if $kind eq 'hang';
    return push @{ $self->{held} }, $req if $kind eq 'hold';
    if ($kind eq 'slow') {
        Mojo::IOLoop->timer(($fault->{ms} || 0) / 1000 => sub {
            $self->_later($req, $self->_handle($req), $self->{latency}) });
        return;
    }
    if ($kind =~ /\Acanned(_after_commit)?\z/) {
        $self->_handle($req) if $1;
        return $self->_later($req, [$fault->{status} // 200, $fault->{text} // '', $fault->{headers}], $self->{latency});
    }
    if ($kind eq 'drip') {
        my $answer = $self->_handle($req);
        my $bytes = ref $answer->[1] ? encode_json($answer->[1]) : $answer->[1] // '';
        $req->{tx}->res->code($answer->[0]);
        return $self->send_pieces($req, [split //, $bytes], ms => $fault->{ms} || 100, end => 'done');
    }
    my $answer = $self->{app}->fault_answer($fault);
    return $self->_later($req, $answer, $self->{latency}) if $answer;
    $answer = $self->_handle($req);
    return $self->_cut($req) if $kind eq 'reset_after_commit';
    return if $kind eq 'hang_after_commit';
    return $self->_later($req, $answer, $fault->{ms} || 0) if $kind eq 'slow_after_commit';
    return $self->_truncated($req, $answer) if $kind eq 'truncated';
    if ($kind =~ /^(\d{3})_after_commit$/) {
        $answer = $self->{app}->fault_answer({ %$fault, fault => $1 });
    }
    $req->{crlf} = 1 if $kind eq 'crlf';
    return $self->_later($req, $answer, $self->{latency});
}

# No more faults; what one of them held back goes on.
sub _heal {
    my ($self) = @_;
    $self->{faults}->clear;
    $self->_later($_, $self->_handle($_), $self->{latency}) for splice @{ $self->{held} };
    return {};
}

# An application may ask for more time in $req->{delay}.
sub _later {
    my ($self, $req, $answer, $ms) = @_;
    $ms += $req->{delay} || 0;
    return $self->_answer($req, $answer) unless $ms;
    Mojo::IOLoop->timer($ms / 1000 => sub { $self->_answer($req, $answer) });
    return;
}

sub _answer {
    my ($self, $req, $answer) = @_;
    my ($status, $body, $headers) = @$answer;
    my $res = $req->{tx}->res->code($status);
    $req->{entry}{status} = $status if $req->{entry};
    $res->headers->header($_ => $headers->{$_}) for keys %{ $headers || {} };
    return $body->($req) if ref $body eq 'CODE';
    if (ref $body || !defined $body && $status != 204) {
        $body = encode_json($body);
        $res->headers->content_type('application/json; charset=utf-8')
            unless $res->headers->content_type;
    }
    $body =~ s/([,{\[])/$1\r\n/g if $req->{crlf};
    $res->body($body) if defined $body;
    $req->{tx}->resume;
    return;
}

# Sends pieces as the chunks of a body, each ms milliseconds after the one before. end: "close"
# drops the connection instead of ending the body; "never" begins again with the first piece.
sub send_pieces {
    my ($self, $req, $pieces, %o) = @_;
    my ($tx, $n, $next) = ($req->{tx}, 0);
    $next = sub {
        my $stream = Mojo::IOLoop->stream($tx->connection // '') or return;
        if ($n < @$pieces) {
            my $piece = $pieces->[$n++];
            $n = 0 if $n == @$pieces && $o{end} eq 'never';
            $tx->res->content->write_chunk($piece => sub {
                Mojo::IOLoop->timer(($o{ms} || 0) / 1000 => sub { $next->() if $next });
            });
        }
        elsif ($o{end} eq 'close') { $stream->close }
        else {
            $o{done}->() if $o{done};
            $tx->res->content->write_chunk('');
        }
        $tx->resume;
    };
    $tx->on(finish => sub { undef $next });
    return $next->();
}

# Headers promise the whole body; half of it comes.
sub _truncated {
    my ($self, $req, $answer) = @_;
    my ($status, $body, $headers) = @$answer;
    $body = encode_json($body) if ref $body;
    my $half = substr $body, 0, length($body) / 2;
    return $self->_answer($req, [$status, $half, { %{ $headers || {} }, Connection => 'close',
        'Content-Type' => 'application/json', 'Content-Length' => length $body }]);
}

# The connection ends with a reset, without an answer.
sub _cut {
    my ($self, $req) = @_;
    my $stream = Mojo::IOLoop->stream($req->{tx}->connection) or return;
    setsockopt $stream->handle, SOL_SOCKET, SO_LINGER, pack 'ii', 1, 0;
    $stream->close;
    return;
}

my $COMMON_FAULT = qr/\A(?:slow|slow_after_commit|canned|canned_after_commit|drip|reset_before|reset_after_commit|hang|hold
    |hang_after_commit|truncated|crlf)\z/x;

sub _check_fault {
    my ($self, $fault) = @_;
    my $kind = $fault->{fault} // '';
    return if $kind =~ $COMMON_FAULT || $self->{app}->knows_fault($kind)
        || $kind =~ /\A(\d{3})_after_commit\z/ && $self->{app}->knows_fault($1);
    die "no such fault: \"$kind\"\n";
}

# --- admin calls ------------------------------------------------------------------------------

sub _admin {
    my ($self, $req) = @_;
    my $body = $req->{tx}->req->body;
    my $doc = length $body ? eval { decode_json($body) } : {};
    return $self->_answer($req, [400, { error => 'the body is not JSON' }]) unless ref $doc;
    my %calls = (%{ $self->_own_calls }, %{ $self->{app}->admin });
    (my $path = $req->{full_path}) =~ s{^/_sim}{};
    for my $call (keys %calls) {
        my ($method, $re) = split / /, $call, 2;
        next unless $req->{method} eq $method and my @captures = $path =~ m{\A$re\z};
        my $result = eval { $calls{$call}->($doc, @captures) };
        return $self->_answer($req, defined $result ? [200, $result] : [400, { error => "$@" }]);
    }
    return $self->_answer($req, [404, { error => "no such call: $req->{method} /_sim$path" }]);
}

sub _own_calls {
    my ($self) = @_;
    return {
        'POST /fault' => sub { $self->_check_fault($_[0]); $self->{faults}->add($_[0]) },
        'GET /fault' => sub { { faults => $self->{faults}->list } },
        'DELETE /fault' => sub { $self->_heal },
        'POST /latency' => sub { $self->{latency} = $_[0]{ms} || 0; { ms => $self->{latency} } },
        'GET /log' => sub { $self->_report },
        'GET /stats' => sub { my $r = $self->_report; delete $r->{requests}; $r },
        'GET /state' => sub { $self->{app}->state },
        'POST /reset' => sub { $self->_clear; $self->_heal; $self->{app}->reset; {} },
    };
}

sub _report {
    my ($self) = @_;
    return { requests => $self->{log}, count => $self->{requests}, in_flight => $self->{in_flight},
        max_in_flight => $self->{max_in_flight}, max_connections => $self->{max_connections} };
}

1;
