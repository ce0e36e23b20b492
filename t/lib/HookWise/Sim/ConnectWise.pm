# SPDX-License-Identifier: Apache-2.0
# The simulated ConnectWise: who may ask, which call it is, and the faults of its own.
package HookWise::Sim::ConnectWise;
use strict;
use warnings;
use MIME::Base64 qw(encode_base64);
use Mojo::JSON qw(decode_json true false);
use Time::HiRes qw(time);
use HookWise::Sim::ConnectWise::Callbacks;
use HookWise::Sim::ConnectWise::Data;
use HookWise::Sim::ConnectWise::Query;
use HookWise::Sim::ConnectWise::Tickets;

use constant BASE => '/v4_6_release/apis/3.0';
use constant VERSION => '2025.1';

# port, company, public, private, client_id ('' = any), cloud, ssl_required, strict, lag (ms),
# companies, rate (requests a minute, 0 = none), callback_retry_ms.
sub new {
    my ($class, %o) = @_;
    my $base = "http://127.0.0.1:$o{port}" . BASE;
    my $self = bless { %o, base => $base, serial => 0, recent => [],
        basic => 'Basic ' . encode_base64("$o{company}+$o{public}:$o{private}", '') }, $class;
    $self->{tables} = HookWise::Sim::ConnectWise::Data->tables(companies => $o{companies});
    my $callbacks = $self->{callbacks} = HookWise::Sim::ConnectWise::Callbacks->new(base => $base,
        company => $o{company}, retry_ms => $o{callback_retry_ms});
    $self->{tickets} = HookWise::Sim::ConnectWise::Tickets->new(tables => $self->{tables}, base => $base,
        lag => $o{lag}, strict => $o{strict}, changed => sub { $callbacks->ticket_changed(@_) });
    return $self;
}

sub reset {
    my ($self) = @_;
    $self->{recent} = [];
    $_->reset for @$self{qw(tickets callbacks)};
    return;
}

# --- one request ------------------------------------------------------------------------------

# [method, path pattern, handler, "open" when it needs no credentials]
my @ROUTES = (
    [GET => qr{/login/companyinfo/([^/]+)}, \&_company_info, 'open', 'host'],
    [GET => qr{/system/info}, \&_system_info, 'open'],
    [GET => qr{/system/callbacks/keys/1}, sub { [200, { signing_key => $_[0]{callbacks}->signing_key }] }, 'open'],
    ['GET POST' => qr{/service/tickets}, \&_tickets],
    [GET => qr{/service/tickets/count}, sub { $_[0]->_query($_[1], 'tickets')->count }],
    [POST => qr{/service/tickets/search}, \&_search],
    ['GET PUT PATCH DELETE' => qr{/service/tickets/(\d+)}, \&_ticket],
    ['GET POST' => qr{/service/tickets/(\d+)/notes}, \&_notes],
    [GET => qr{/service/tickets/(\d+)/notes/count}, \&_notes_count],
    ['GET PUT PATCH DELETE' => qr{/service/tickets/(\d+)/notes/(\d+)}, \&_note],
    [GET => qr{/service/tickets/(\d+)/allNotes}, sub { [200, $_[0]{tickets}->all_notes($_[2])] }],
    [GET => qr{/service/tickets/(\d+)/(?:configurations|tasks|timeentries|documents)},
        sub { $_[0]{tickets}->get($_[2]); [200, []] }],
    [GET => qr{/service/boards/(\d+)/(statuses|types|subtypes|items)(/count|/\d+)?}, \&_of_board],
    [GET => qr{/service/(boards|priorities|sources)(/count|/\d+)?}, \&_table],
    [GET => qr{/service/statuses}, sub { [200, []] }],
    [GET => qr{/company/(companies)(/count|/\d+)?}, \&_table],
    [GET => qr{/system/(members)(/count|/\d+)?}, \&_table],
    ['GET POST' => qr{/system/callbacks}, \&_callbacks],
    ['GET DELETE' => qr{/system/callbacks/(\d+)}, \&_callback],
);
$_->[1] = qr{\A$_->[1]\z} for @ROUTES;

sub handle {
    my ($self, $req) = @_;
    my $answer = eval { $self->_route($req) } || $@;
    die $answer unless ref $answer eq 'ARRAY';
    $answer->[2] = { 'api-current-version' => VERSION, 'x-server-name' => 'sim',
        'Cache-Control' => 'no-cache', 'x-cw-request-id' => sprintf('sim-%08d', ++$self->{serial}),
        %{ $answer->[2] || {} } };
    return $answer;
}

sub _route {
    my ($self, $req) = @_;
    @$req{qw(base who)} = @$self{qw(base public)};
    my $in_api = index($req->{full_path}, BASE . '/') == 0;
    my $other;
    for my $route (@ROUTES) {
        my ($methods, $re, $handler, $open, $host) = @$route;
        next if $in_api == !!$host || $req->{path} !~ $re;
        my @captures = map { defined $-[$_] ? substr $req->{path}, $-[$_], $+[$_] - $-[$_] : undef } 1 .. $#+;
        if ($methods !~ /\b$req->{method}\b/) { $other = 1; next }
        $self->_admit($req) unless $open;
        return $handler->($self, $req, @captures);
    }
    $self->_admit($req);
    return $other ? _error(405, 'MethodNotAllowed', "The method $req->{method} is not allowed here.")
        : _error(404, 'NotFound', "Nothing at $req->{path}");
}

sub _error {
    my ($status, $code, $message) = @_;
    return [$status, { code => $code, message => $message, errors => undef }];
}

# Credentials, clientId, rate; dies with the refusal.
sub _admit {
    my ($self, $req) = @_;
    die _error(403, 'Security', 'SSL is required.') if $self->{ssl_required};
    if (($req->{headers}->authorization // '') ne $self->{basic}) {
        die [404, '<html><body>404 - File or directory not found.</body></html>',
            { 'Content-Type' => 'text/html' }] if $self->{cloud};
        die _error(401, 'Unauthorized', 'The credentials are not valid.');
    }
    my $id = $req->{headers}->header('clientId') // '';
    ($id) = $req->{query} =~ /(?:^|&)clientId=([^&]*)/ if $id eq '';
    die _error(403, 'ConnectWiseApi', 'A valid clientId is required.')
        unless length($id // '') && ($self->{client_id} eq '' || lc $id eq lc $self->{client_id});
    $self->_limit_rate if $self->{rate};
    return;
}

# Requests of the last minute, against the limit.
sub _limit_rate {
    my ($self) = @_;
    my ($now, $recent) = (time, $self->{recent});
    shift @$recent while @$recent && $recent->[0] <= $now - 60;
    die _too_many(int($recent->[0] + 61 - $now)) if @$recent >= $self->{rate};
    push @$recent, $now;
    return;
}

sub _too_many {
    my ($seconds) = @_;
    return [429, { error => 'ConnectWiseAPI',
        message => "Too many requests. Please try again in $seconds seconds." }, { 'Retry-After' => $seconds }];
}

sub _body {
    my ($req) = @_;
    my $doc = eval { decode_json($req->{tx}->req->body) };
    die _error(400, 'InvalidJson', 'The body is not valid JSON.') unless ref $doc;
    return $doc;
}

# --- calls ------------------------------------------------------------------------------------

sub _company_info {
    my ($self, $req, $company) = @_;
    return [200, 'null', { 'Content-Type' => 'application/json' }] if lc $company ne lc $self->{company};
    return [200, { CompanyName => $self->{company}, Codebase => 'v4_6_release/', VersionCode => 'v2025.1',
        VersionNumber => 'v4.6.2025', CompanyID => $self->{company},
        IsCloud => $self->{cloud} ? true : false }];
}

sub _system_info {
    my ($self) = @_;
    return [200, { version => 'v' . VERSION, isCloud => $self->{cloud} ? true : false, cloudRegion => undef,
        serverTimeZone => 'UTC', licenseBits => [] }];
}

sub _query {
    my ($self, $req, $table, $rows, $in) = @_;
    $rows ||= sub { $self->{tickets}->rows($_[0]) };
    return HookWise::Sim::ConnectWise::Query->new($req, $table, $rows, $in);
}

sub _tickets {
    my ($self, $req) = @_;
    my $query = $self->_query($req, 'tickets');
    return $query->list if $req->{method} eq 'GET';
    my $ticket = $self->{tickets}->create(_body($req), $req->{who});
    return [201, $query->project($ticket)];
}

sub _search {
    my ($self, $req) = @_;
    my $in = _body($req);
    my %known = map { $_ => $in->{$_} } qw(conditions childConditions customFieldConditions orderBy);
    return $self->_query({ %$req, path => '/service/tickets/search' }, 'tickets', undef, \%known)->list;
}

sub _ticket {
    my ($self, $req, $id) = @_;
    my ($method, $tickets, $fault) = ($req->{method}, $self->{tickets}, ($req->{fault} || {})->{fault} // '');
    if ($method eq 'DELETE') { $tickets->delete($id, $req->{who}); return [204] }
    my $query = $self->_query($req, 'tickets');
    return [200, $query->project($tickets->get($id))] if $method eq 'GET' || $fault eq 'false200';
    my $change = _body($req);
    if ($fault eq 'wrong_status') {
        my $value = $req->{fault}{value} // 'In Progress';
        $change = [{ op => 'replace', path => 'status', value => { name => $value } }];
    }
    my $ticket = $method eq 'PATCH' || $fault eq 'wrong_status' ? $tickets->patch($id, $change, $req->{who})
        : $tickets->put($id, $change, $req->{who});
    return [200, $query->project($ticket)];
}

sub _notes {
    my ($self, $req, $id) = @_;
    return [201, $self->{tickets}->add_note($id, _body($req), $req->{who})] if $req->{method} eq 'POST';
    return $self->_query($req, 'notes', $self->{tickets}->notes($id))->list;
}

sub _notes_count {
    my ($self, $req, $id) = @_;
    return $self->_query($req, 'notes', $self->{tickets}->notes($id))->count;
}

sub _note {
    my ($self, $req, $id, $note_id) = @_;
    my ($tickets, $method) = ($self->{tickets}, $req->{method});
    if ($method eq 'DELETE') { $tickets->delete_note($id, $note_id); return [204] }
    return [200, $tickets->note($id, $note_id)] if $method eq 'GET';
    return [200, $tickets->change_note($id, $note_id, _body($req))];
}

sub _of_board {
    my ($self, $req, $board, $table, $more) = @_;
    $self->_one('boards', $self->{tables}{boards}, $board);
    return $self->_rows($req, $table, [grep { $_->{board}{id} == $board } @{ $self->{tables}{$table} }], $more);
}

sub _table {
    my ($self, $req, $table, $more) = @_;
    return $self->_rows($req, $table, $self->{tables}{$table}, $more);
}

sub _rows {
    my ($self, $req, $table, $rows, $more) = @_;
    my $query = $self->_query($req, $table, $rows);
    return $query->list unless defined $more;
    return $query->count if $more eq '/count';
    return [200, $query->project($self->_one($table, $rows, substr $more, 1))];
}

sub _one {
    my ($self, $table, $rows, $id) = @_;
    my ($row) = grep { $_->{id} == $id } @$rows;
    return $row || die _error(404, 'NotFound', "No $id in $table");
}

sub _callbacks {
    my ($self, $req) = @_;
    return [201, $self->{callbacks}->create(_body($req), $req->{who})] if $req->{method} eq 'POST';
    return $self->_query($req, 'callbacks', $self->{callbacks}->rows)->list;
}

sub _callback {
    my ($self, $req, $id) = @_;
    return [200, $self->{callbacks}->get($id)] if $req->{method} eq 'GET';
    $self->{callbacks}->delete($id);
    return [204];
}

# --- faults, admin ----------------------------------------------------------------------------

my %OWN = map { $_ => 1 } qw(false200 wrong_status 502html);
my %STATUS = (
    400 => [InvalidObject => 'ticket object is invalid'], 401 => [Unauthorized => 'The credentials are not valid.'],
    403 => [Security => 'The security role does not allow this.'], 404 => [NotFound => 'Ticket not found'],
    409 => [Conflict => 'The record is in use.'], 500 => [InternalServerError => 'The request ended with a timeout.'],
    503 => [ServiceUnavailable => 'The service is unavailable.'],
);

sub knows_fault { my ($self, $kind) = @_; return $OWN{$kind} || $STATUS{$kind} || $kind eq '429' || $kind eq '502' }

sub fault_answer {
    my ($self, $fault) = @_;
    my $kind = $fault->{fault};
    return _too_many($fault->{retry_after} // 30) if $kind eq '429';
    return [502, "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<h1>502 Bad Gateway</h1>"
        . "\r\n</body>\r\n</html>\r\n", { 'Content-Type' => 'text/html' }] if $kind eq '502html' || $kind eq '502';
    my $known = $STATUS{$kind} or return undef;
    my $answer = _error($kind, $known->[0], $fault->{text} // $known->[1]);
    $answer->[2] = { 'Retry-After' => $fault->{retry_after} } if defined $fault->{retry_after};
    return $answer;
}

# Everything, for assertions: tickets with their notes, and how many were made for each key.
sub state {
    my ($self) = @_;
    my $t = $self->{tickets};
    return {
        tickets => [map { { %{ $t->{tickets}{$_} }, notes => $t->{notes}{$_} || [] } }
            sort { $a <=> $b } keys %{ $t->{tickets} }],
        created => $t->{last} - 5000, made => $t->{made}, callbacks => $self->{callbacks}->sent,
    };
}

sub admin {
    my ($self) = @_;
    my $tickets = $self->{tickets};
    return {
        'POST /close/(\d+)' => sub { $self->_human_status($_[1], 1, $_[0]{status}) },
        'POST /open/(\d+)' => sub { $self->_human_status($_[1], 0, $_[0]{status}) },
        'POST /ticket' => sub { _human(sub { $tickets->create($_[0], 'jdoe') }, $_[0]) },
        'POST /note/(\d+)' => sub { _human(sub { $tickets->add_note($_[1], $_[0], 'jdoe') }, @_) },
        'POST /delete/(\d+)' => sub { _human(sub { $tickets->delete($_[1], 'jdoe'); {} }, @_) },
        'POST /options' => sub { $self->_options($_[0]) },
    };
}

# Refusals of a change by hand as plain text.
sub _human {
    my ($sub, @args) = @_;
    my $result = eval { $sub->(@args) };
    return $result if defined $result;
    die ref $@ ? Mojo::JSON::to_json($@->[1]) . "\n" : $@;
}

# A person sets a status: the one named, or the board's first that closes (or does not).
sub _human_status {
    my ($self, $id, $closing, $name) = @_;
    return _human(sub {
        my $board = $self->{tickets}->get($id)->{board}{id};
        my ($status) = grep { $_->{board}{id} == $board && (defined $name ? $_->{name} eq $name
            : $closing == ($_->{closedStatus} ? 1 : 0)) } @{ $self->{tables}{statuses} };
        die "no such status on board $board\n" unless $status;
        return $self->{tickets}->patch($id, [{ op => 'replace', path => 'status',
            value => { id => $status->{id} } }], 'jdoe');
    });
}

sub _options {
    my ($self, $in) = @_;
    my %settable = (lag => 'tickets', strict => 'tickets', cloud => '', rate => '', ssl_required => '');
    for my $name (keys %$in) {
        die "no such option: $name\n" unless defined $settable{$name};
        ($settable{$name} ? $self->{ $settable{$name} } : $self)->{$name} = $in->{$name};
    }
    return {};
}

1;
