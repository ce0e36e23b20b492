# SPDX-License-Identifier: Apache-2.0
# The simulated ConnectWise's set-up tables: boards and what belongs to them, companies, members.
package HookWise::Sim::ConnectWise::Data;
use strict;
use warnings;
use Mojo::JSON qw(true false);

# One row a board: name, statuses (name, closed), types, sub-types, items. The third board has a
# status that is called Closed and closes nothing, as real ones do.
my @BOARDS = (
    ['Alerts', [['New', 0], ['In Progress', 0], ['Waiting', 0], ['Completed', 1], ['Closed', 1]],
        ['Incident', 'Request'], ['Network', 'Server', 'Backup'], ['Switch', 'Disk']],
    ['Help Desk', [['New', 0], ['Assigned', 0], ['Customer Updated', 0], ['Closed', 1]],
        ['Incident', 'Question'], ['Printer', 'E-mail'], ['Outlook']],
    ['Dispatch', [['New (not responded)', 0], ['Closed', 0], ['Completed', 1]], ['Onsite'], [], []],
);
my @COMPANIES = (['Catchall', 'Catchall Company'], ['ACME', 'ACME Corporation'],
    ['Globex', 'Globex GmbH'], ['Initech', 'Initech, Inc.'], ["OReilly", "O'Reilly \"Media\" & Sons"]);
my @PRIORITIES = ('Priority 1 - Critical', 'Priority 2 - High', 'Priority 3 - Medium',
    'Priority 4 - Low');
my @MEMBERS = (['zAdmin', 'Zed Admin'], ['jdoe', 'Jane Doe']);

my $STAMP = '2026-01-01T00:00:00Z';

# Rows of every table, by name, each sorted by id. companies: how many to add to the named ones.
sub tables {
    my ($class, %o) = @_;
    my %t = map { $_ => [] } qw(boards statuses types subtypes items priorities companies members
        sources);
    _board(\%t, $_ + 1, @{ $BOARDS[$_] }) for 0 .. $#BOARDS;
    my @companies = (@COMPANIES, map { [sprintf('C%05d', $_), "Company $_"] } 1 .. $o{companies} || 0);
    for my $n (0 .. $#companies) {
        push @{ $t{companies} }, { id => 2 + $n * ($n ? 17 : 0), identifier => $companies[$n][0],
            name => $companies[$n][1], status => { id => 1, name => 'Active' }, deletedFlag => false,
            types => [{ id => 1, name => 'Client' }], _info => { lastUpdated => $STAMP } };
    }
    for my $n (0 .. $#PRIORITIES) {
        push @{ $t{priorities} }, { id => $n + 1, name => $PRIORITIES[$n], sortOrder => $n + 1,
            color => 'Gray', level => 'P' . ($n + 1), defaultFlag => $n == 2 ? true : false };
    }
    push @{ $t{members} }, { id => 101 + $_, identifier => $MEMBERS[$_][0], name => $MEMBERS[$_][1] }
        for 0 .. $#MEMBERS;
    push @{ $t{sources} }, { id => 1, name => 'Integration' }, { id => 2, name => 'Phone' };
    return \%t;
}

# Ids of statuses, types and so on are numbered through over all boards, as the real ones are.
sub _board {
    my ($t, $id, $name, $statuses, $types, $subtypes, $items) = @_;
    my $board = { id => $id, name => $name };
    push @{ $t->{boards} }, { %$board, location => { id => 2, name => 'Main' },
        department => { id => 10, name => 'Services' }, inactiveFlag => false, projectFlag => false,
        _info => { lastUpdated => $STAMP, updatedBy => 'zAdmin' } };
    for my $n (0 .. $#$statuses) {
        push @{ $t->{statuses} }, { id => 500 + 20 * $id + $n, name => $statuses->[$n][0],
            board => $board, sortOrder => $n, displayOnBoard => $statuses->[$n][1] ? false : true,
            inactive => false, closedStatus => $statuses->[$n][1] ? true : false,
            timeEntryNotAllowed => false, defaultFlag => $n ? false : true, saveTimeAsNote => false,
            customerPortalDescription => $statuses->[$n][0] };
    }
    my @lists = ([types => $types, 600], [subtypes => $subtypes, 700], [items => $items, 800]);
    for my $list (@lists) {
        my ($table, $names, $base) = @$list;
        push @{ $t->{$table} }, map { { id => $base + 20 * $id + $_, name => $names->[$_],
            board => $board, inactiveFlag => false, $table eq 'types'
                ? (category => 'Reactive', defaultFlag => false) : (),
            $table eq 'subtypes' ? (typeAssociationIds => [], addAllTypesFlag => true) : () } }
            0 .. $#$names;
    }
    return;
}

my %REF = (id => 'number', name => 'string');

sub _ref {
    my ($name, %more) = @_;
    my %all = (%REF, %more);
    return map { ("$name/$_" => $all{$_}) } keys %all;
}

my %INFO = ('_info/lastUpdated' => 'date', '_info/dateEntered' => 'date', '_info/enteredBy' => 'string',
    '_info/updatedBy' => 'string');

# Names that conditions, fields and orderBy may use, with their types, by table.
my %NAMES = (
    boards => { %REF, inactiveFlag => 'bool', projectFlag => 'bool', _ref('location'), _ref('department') },
    statuses => { %REF, _ref('board'), sortOrder => 'number', displayOnBoard => 'bool', inactive => 'bool',
        closedStatus => 'bool', defaultFlag => 'bool', timeEntryNotAllowed => 'bool' },
    types => { %REF, _ref('board'), inactiveFlag => 'bool', defaultFlag => 'bool', category => 'string' },
    subtypes => { %REF, _ref('board'), inactiveFlag => 'bool', addAllTypesFlag => 'bool' },
    items => { %REF, _ref('board'), inactiveFlag => 'bool' },
    priorities => { %REF, sortOrder => 'number', defaultFlag => 'bool', color => 'string', level => 'string' },
    companies => { %REF, identifier => 'string', _ref('status'), deletedFlag => 'bool' },
    members => { %REF, identifier => 'string' },
    sources => {%REF},
    tickets => { id => 'number', summary => 'string', _ref('board'), _ref('status'), _ref('type'),
        _ref('subType'), _ref('item'), _ref('priority'), _ref('source'), _ref('owner', identifier => 'string'),
        _ref('company', identifier => 'string'), closedFlag => 'bool', closedDate => 'date',
        closedBy => 'string', dateResolved => 'date', externalXRef => 'string', poNumber => 'string',
        contactName => 'string', contactEmailAddress => 'string', siteName => 'string',
        recordType => [qw(ServiceTicket ProjectTicket ProjectIssue)], severity => [qw(Low Medium High)],
        impact => [qw(Low Medium High)], lastUpdated => 'date', dateEntered => 'date', %INFO },
    notes => { id => 'number', ticketId => 'number', text => 'string', detailDescriptionFlag => 'bool',
        internalAnalysisFlag => 'bool', resolutionFlag => 'bool', dateCreated => 'date',
        createdBy => 'string' },
    callbacks => { id => 'number', description => 'string', url => 'string', objectId => 'number',
        type => 'string', level => 'string', inactiveFlag => 'bool' },
);

sub names { my ($class, $table) = @_; return $NAMES{$table} || die "no such table: $table\n" }

# Arrays inside rows that childConditions look into.
my %CHILDREN = (companies => { types => {%REF} });
sub children { my ($class, $table) = @_; return $CHILDREN{$table} || {} }

1;
