# SPDX-License-Identifier: Apache-2.0
# Tickets of the simulated ConnectWise: what may be written, what follows from it, and their notes.
package HookWise::Sim::ConnectWise::Tickets;
use strict;
use warnings;
use Mojo::JSON qw(true false);
use POSIX qw(strftime);
use Time::HiRes qw(time);

my %MAX = (summary => 100, externalXRef => 100, poNumber => 50, contactName => 62,
    contactEmailAddress => 250, contactPhoneNumber => 20, automaticEmailCc => 1000, siteName => 50,
    addressLine1 => 50, addressLine2 => 50, city => 50, stateIdentifier => 50, zip => 12);
my %ENUM = (severity => [qw(Low Medium High)], impact => [qw(Low Medium High)],
    recordType => [qw(ServiceTicket ProjectTicket ProjectIssue)]);
# reference => [table, one for each board]
my %REF = (board => ['boards', 0], company => ['companies', 0], status => ['statuses', 1],
    type => ['types', 1], subType => ['subtypes', 1], item => ['items', 1],
    priority => ['priorities', 0], source => ['sources', 0], owner => ['members', 0]);
my %HREF = (board => 'service/boards', company => 'company/companies', priority => 'service/priorities',
    source => 'service/sources', owner => 'system/members');
my %PLAIN = map { $_ => 1 } qw(customFields contact site team location department requiredDate
    budgetHours customerUpdatedFlag allowAllClientsPortalView);
my %READ_ONLY = map { $_ => 1 } qw(id closedFlag closedDate closedBy dateResolved slaStatus isInSla
    resources _info);
my %INITIAL = (initialDescription => 'detailDescriptionFlag',
    initialInternalAnalysis => 'internalAnalysisFlag', initialResolution => 'resolutionFlag');
my %POST_ONLY = map { $_ => 1 } keys %INITIAL, qw(initialDescriptionFrom contactEmailLookup
    processNotifications skipCallback);

# tables: of Data; lag: milliseconds until searches see a new ticket; base: URL of the API;
# strict: a change of a sub-path does nothing; changed: sub($action, $ticket, $who).
sub new {
    my ($class, %o) = @_;
    my $self = bless { %o, changed => $o{changed} || sub { } }, $class;
    $self->_index_tables;
    return $self->reset;
}

sub reset {
    my ($self) = @_;
    @$self{qw(tickets notes hidden index last last_note made)} = ({}, {}, [], {}, 5000, 9000, {});
    return $self;
}

# table → board id or 0 → "id:…", "name:…", "identifier:…" → row
sub _index_tables {
    my ($self) = @_;
    my %by;
    for my $table (map { $_->[0] } values %REF) {
        for my $row (@{ $self->{tables}{$table} }) {
            my $board = $table ne 'boards' && $row->{board} ? $row->{board}{id} : 0;
            for my $key (grep { defined $row->{$_} } qw(id name identifier)) {
                $by{$table}{$board}{"$key:" . lc $row->{$key}} = $row;
            }
        }
    }
    $self->{by} = \%by;
    return;
}

sub _now { return strftime('%Y-%m-%dT%H:%M:%SZ', gmtime) }
sub _not_found { my ($id) = @_; die [404, { code => 'NotFound', message => "Ticket $id not found", errors => undef }] }

sub _invalid {
    my ($object, @errors) = @_;
    die [400, { code => 'InvalidObject', message => "$object object is invalid",
        errors => [map { { resource => $object, %$_ } } @errors] }];
}

sub get { my ($self, $id) = @_; return $self->{tickets}{$id} || _not_found($id) }

# --- searches ---------------------------------------------------------------------------------

# Tickets a search can see, by id; those the condition excludes by an index are left out.
sub rows {
    my ($self, $conditions) = @_;
    my $now = time;
    shift @{ $self->{hidden} } while @{ $self->{hidden} } && $self->{hidden}[0][1] <= $now;
    my %hidden = map { $_->[0] => 1 } @{ $self->{hidden} };
    my $all = $self->{tickets};
    my $ids = $conditions->candidates($self->{index});
    return [map { $all->{$_} || () } grep { !$hidden{$_} } sort { $a <=> $b } keys %{ $ids || $all }];
}

sub _index {
    my ($self, $ticket) = @_;
    for my $name (qw(externalXRef summary)) {
        my $text = $ticket->{$name};
        $self->{index}{$name}{ lc($text =~ s/ +\z//r) }{ $ticket->{id} } = 1 if defined $text;
    }
    return;
}

# --- references -------------------------------------------------------------------------------

# The row a reference names, or an error for it.
sub _resolve {
    my ($self, $field, $value, $board) = @_;
    my ($table, $of_board) = @{ $REF{$field} };
    my ($key) = ref $value eq 'HASH' ? grep { defined $value->{$_} } qw(id identifier name) : ();
    return { code => 'MissingRequiredField', message => "$field needs an id or a name.", field => $field }
        unless defined $key;
    my $row = $self->{by}{$table}{ $of_board ? $board->{id} : 0 }{"$key:" . lc $value->{$key}};
    return $row if $row;
    my $where = $of_board ? " for Service Board $board->{id}" : '';
    return { code => 'NotFound', message => "$field \"$value->{$key}\" not found$where.",
        field => "$field/$key" };
}

# How a ticket shows a row.
sub _shown {
    my ($self, $field, $row) = @_;
    my %ref = map { defined $row->{$_} ? ($_ => $row->{$_}) : () } qw(id identifier name);
    $ref{Sort} = $row->{sortOrder} if $field eq 'status';
    my $path = $HREF{$field};
    if (!$path) {
        my $part = { status => 'statuses', type => 'types', subType => 'subtypes', item => 'items' }->{$field};
        $path = "service/boards/$row->{board}{id}/$part";
    }
    $ref{_info} = { lc($field) . '_href' => "$self->{base}/$path/$row->{id}" };
    return \%ref;
}

# --- writing ----------------------------------------------------------------------------------

# Checks the fields given and puts them into the ticket; collects what is wrong in errors.
sub _apply {
    my ($self, $ticket, $in, $errors) = @_;
    my $board = $self->_apply_board($ticket, $in, $errors) or return;
    for my $field (sort keys %$in) {
        my $value = $in->{$field};
        if ($field eq 'board') { next }
        elsif ($REF{$field}) { $self->_apply_ref($ticket, $field, $value, $board, $errors) }
        elsif ($ENUM{$field}) { _apply_enum($ticket, $field, $value, $errors) }
        elsif ($MAX{$field}) { _apply_text($ticket, $field, $value, $errors) }
        elsif ($PLAIN{$field}) { $ticket->{$field} = $value }
    }
    return;
}

# A ticket that changes its board gets that board's default status and loses its type.
sub _apply_board {
    my ($self, $ticket, $in, $errors) = @_;
    my $given = $in->{board} || $ticket->{board} || { id => 1 };
    my $board = $self->_resolve('board', $given, undef);
    if ($board->{code}) { push @$errors, $board; return undef }
    return $board if $ticket->{board} && $ticket->{board}{id} == $board->{id};
    $ticket->{board} = $self->_shown('board', $board);
    delete @$ticket{qw(type subType item)};
    my ($status) = grep { $_->{board}{id} == $board->{id} && $_->{defaultFlag} } @{ $self->{tables}{statuses} };
    $self->_set_status($ticket, $status);
    return $board;
}

sub _apply_ref {
    my ($self, $ticket, $field, $value, $board, $errors) = @_;
    if (!defined $value) {
        return _required($field, $errors) if $field =~ /^(?:status|company|priority)$/;
        delete $ticket->{$field};
        return;
    }
    my $row = $self->_resolve($field, $value, $board);
    if ($row->{code}) { push @$errors, $row }
    elsif ($field eq 'status') { $self->_set_status($ticket, $row) }
    else { $ticket->{$field} = $self->_shown($field, $row) }
    return;
}

sub _required {
    my ($field, $errors) = @_;
    push @$errors, { code => 'MissingRequiredField', message => "The $field field is required.", field => $field };
    return;
}

sub _apply_enum {
    my ($ticket, $field, $value, $errors) = @_;
    my ($found) = grep { defined $value && lc $_ eq lc $value } @{ $ENUM{$field} };
    if (defined $found) { $ticket->{$field} = $found }
    else { push @$errors, { code => 'InvalidEnum', message => "$field: Enum value supplied was invalid", field => $field } }
    return;
}

sub _apply_text {
    my ($ticket, $field, $value, $errors) = @_;
    if (!defined $value || $field eq 'summary' && $value !~ /\S/) {
        return _required($field, $errors) if $field eq 'summary';
        delete $ticket->{$field};
    }
    elsif (ref $value || length $value > $MAX{$field}) {
        push @$errors, { code => 'OutOfRange', field => $field,
            message => "The field $field must be a string with a maximum length of $MAX{$field}." };
    }
    else { $ticket->{$field} = $value }
    return;
}

# A status that closes sets what cannot be written; any other takes it away.
sub _set_status {
    my ($self, $ticket, $row) = @_;
    $ticket->{status} = $self->_shown('status', $row);
    if (!$row->{closedStatus}) {
        $ticket->{closedFlag} = false;
        delete @$ticket{qw(closedDate closedBy dateResolved)};
    }
    elsif (!$ticket->{closedFlag}) {
        $ticket->{closedFlag} = true;
        $ticket->{closedDate} = $ticket->{dateResolved} = _now();
        $ticket->{closedBy} = $self->{who};
    }
    return;
}

sub create {
    my ($self, $in, $who) = @_;
    local $self->{who} = $who;
    _invalid('ticket', { code => 'InvalidJson', message => 'A JSON object is needed.', field => '' })
        unless ref $in eq 'HASH';
    my @errors;
    for my $field (qw(company summary)) { _required($field, \@errors) unless defined $in->{$field} }
    my $now = _now();
    my %ticket = (recordType => 'ServiceTicket', severity => 'Medium', impact => 'Medium',
        priority => $self->_shown('priority', (grep { $_->{defaultFlag} } @{ $self->{tables}{priorities} })[0]),
        customFields => [], _info => { dateEntered => $now, enteredBy => $who, lastUpdated => $now,
            updatedBy => $who });
    $self->_apply(\%ticket, { map { defined $in->{$_} ? ($_ => $in->{$_}) : () } keys %$in }, \@errors);
    _invalid('ticket', @errors) if @errors;
    my $id = $ticket{id} = ++$self->{last};
    $ticket{_info}{notes_href} = "$self->{base}/service/tickets/$id/notes";
    $self->{tickets}{$id} = \%ticket;
    push @{ $self->{hidden} }, [$id, time + $self->{lag} / 1000] if $self->{lag};
    $self->_index(\%ticket);
    $self->_count(\%ticket);
    for my $field (sort keys %INITIAL) {
        next unless defined $in->{$field} && $in->{$field} =~ /\S/;
        $self->add_note($id, { text => $in->{$field}, $INITIAL{$field} => true }, $who);
    }
    $self->{changed}->('added', \%ticket, $who) unless $in->{skipCallback};
    return \%ticket;
}

# How many tickets were ever made for a key and for a summary.
sub _count {
    my ($self, $ticket) = @_;
    $self->{made}{xref}{ $ticket->{externalXRef} // '' }++;
    $self->{made}{summary}{ $ticket->{company}{identifier} . '|' . $ticket->{summary} }++;
    return;
}

sub _save {
    my ($self, $ticket, $in, $who) = @_;
    local $self->{who} = $who;
    my (@errors, %copy);
    %copy = %$ticket;
    $self->_apply(\%copy, $in, \@errors);
    _invalid('ticket', @errors) if @errors;
    %$ticket = %copy;
    $ticket->{_info} = { %{ $ticket->{_info} }, lastUpdated => _now(), updatedBy => $who };
    $self->_index($ticket);
    $self->{changed}->('updated', $ticket, $who);
    return $ticket;
}

# ops: [{op, path, value}]. A read-only field is left as it is, and so is a sub-path when strict:
# the answer is 200 all the same.
sub patch {
    my ($self, $id, $ops, $who) = @_;
    my $ticket = $self->get($id);
    _invalid('ticket', { code => 'InvalidPatch', message => 'A JSON array of operations is needed.', field => '' })
        unless ref $ops eq 'ARRAY' && !grep { ref $_ ne 'HASH' } @$ops;
    my %in;
    for my $op (@$ops) {
        my ($field, $value) = $self->_operation($op);
        $in{$field} = $value if defined $field;
    }
    return $self->_save($ticket, \%in, $who);
}

sub _operation {
    my ($self, $op) = @_;
    my ($what, $path) = map { $_ // '' } @$op{qw(op path)};
    _invalid('ticket', { code => 'InvalidPatch', message => "op \"$what\" is not known.", field => $path })
        unless $what =~ /^(?:replace|add|remove)$/;
    $path =~ s{^/}{};
    my ($field, $sub, $more) = split m{/}, $path, 3;
    $field //= '';
    _invalid('ticket', { code => 'InvalidPatch', message => "$path is not a field.", field => $path })
        unless $REF{$field} || $ENUM{$field} || $MAX{$field} || $PLAIN{$field} || $READ_ONLY{$field};
    return (undef, undef) if $READ_ONLY{$field};
    return ($field, $what eq 'remove' ? undef : $op->{value}) unless defined $sub;
    return (undef, undef) if $self->{strict} || !$REF{$field} || defined $more || $what eq 'remove';
    return ($field, { $sub => $op->{value} });
}

# A whole ticket: what is not given goes back to nothing; severity and impact are required.
sub put {
    my ($self, $id, $in, $who) = @_;
    my $ticket = $self->get($id);
    my @errors;
    $in = {} unless ref $in eq 'HASH';
    for my $field (qw(company impact severity summary)) { _required($field, \@errors) unless defined $in->{$field} }
    _invalid('ticket', @errors) if @errors;
    my %all = (map({ $_ => undef } grep { !/^(?:summary|status|company|priority|board)$/ && !$ENUM{$_} }
        grep { $REF{$_} || $MAX{$_} } keys %$ticket), %$in);
    return $self->_save($ticket, \%all, $who);
}

sub delete {
    my ($self, $id, $who) = @_;
    my $ticket = $self->get($id);
    delete $self->{tickets}{$id};
    delete $self->{notes}{$id};
    delete $_->{$id} for map { values %$_ } values %{ $self->{index} };
    $self->{changed}->('deleted', $ticket, $who);
    return;
}

# --- notes ------------------------------------------------------------------------------------

my @NOTE_FLAGS = qw(detailDescriptionFlag internalAnalysisFlag resolutionFlag);

sub notes { my ($self, $id) = @_; $self->get($id); return $self->{notes}{$id} ||= [] }

sub note {
    my ($self, $id, $note_id) = @_;
    my ($note) = grep { $_->{id} == $note_id } @{ $self->notes($id) };
    return $note || die [404, { code => 'NotFound', message => "Note $note_id not found", errors => undef }];
}

sub _check_note {
    my ($note) = @_;
    my @errors;
    _required('text', \@errors) unless defined $note->{text} && !ref $note->{text} && $note->{text} =~ /\S/;
    push @errors, { code => 'MissingRequiredField', field => $NOTE_FLAGS[0],
        message => 'One of ' . join(', ', @NOTE_FLAGS) . ' is required.' }
        unless grep { $note->{$_} } @NOTE_FLAGS;
    _invalid('note', @errors) if @errors;
    return;
}

sub add_note {
    my ($self, $id, $in, $who) = @_;
    my $ticket = $self->get($id);
    $in = {} unless ref $in eq 'HASH';
    _check_note($in);
    my $now = _now();
    my %note = (id => ++$self->{last_note}, ticketId => $ticket->{id}, text => $in->{text},
        (map { $_ => $in->{$_} ? true : false } @NOTE_FLAGS, qw(issueFlag customerUpdatedFlag
            internalFlag externalFlag)), dateCreated => $now, createdBy => $who,
        $in->{member} ? (member => $in->{member}) : (), $in->{contact} ? (contact => $in->{contact}) : (),
        _info => { lastUpdated => $now, updatedBy => $who });
    push @{ $self->{notes}{$id} }, \%note;
    $ticket->{_info} = { %{ $ticket->{_info} }, lastUpdated => $now, updatedBy => $who };
    return \%note;
}

sub change_note {
    my ($self, $id, $note_id, $in) = @_;
    my $note = $self->note($id, $note_id);
    if (ref $in eq 'ARRAY') { $in = { map { (($_->{path} // '') =~ s{^/}{}r => $_->{value}) } @$in } }
    my %copy = (%$note, map { $_ => $in->{$_} } grep { exists $in->{$_} } 'text', @NOTE_FLAGS);
    _check_note(\%copy);
    %$note = %copy;
    return $note;
}

sub delete_note {
    my ($self, $id, $note_id) = @_;
    $self->note($id, $note_id);
    @{ $self->{notes}{$id} } = grep { $_->{id} != $note_id } @{ $self->{notes}{$id} };
    return;
}

# Notes as the ticket's page shows them all.
sub all_notes {
    my ($self, $id) = @_;
    my $ticket = $self->get($id);
    return [map { {
        id => $_->{id}, noteType => 'TicketNote', ticket => { id => $ticket->{id}, summary => $ticket->{summary} },
        text => $_->{text}, isMarkdownFlag => false, originalAuthor => $_->{createdBy},
        dateCreated => $_->{dateCreated},
        detailDescriptionFlag => $_->{detailDescriptionFlag}, resolutionFlag => $_->{resolutionFlag},
        internalAnalysisFlag => $_->{internalAnalysisFlag}, member => $_->{member}, contact => $_->{contact},
    } } @{ $self->notes($id) }];
}

1;
