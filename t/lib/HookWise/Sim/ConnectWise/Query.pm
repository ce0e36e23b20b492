# SPDX-License-Identifier: Apache-2.0
# The list calls of the simulated ConnectWise: conditions, order, pages, fields, Link header.
package HookWise::Sim::ConnectWise::Query;
use strict;
use warnings;
use Mojo::Parameters;
use HookWise::Sim::Conditions;
use HookWise::Sim::ConnectWise::Data;

use constant { PAGE_SIZE => 25, PAGE_SIZE_MAX => 1000 };

my $DATA = 'HookWise::Sim::ConnectWise::Data';

# req: query text, headers, base (URL of the API); in: conditions and so on from a search's body,
# over those of the query. rows: array reference sorted by id, or sub($conditions) giving one.
sub new {
    my ($class, $req, $table, $rows, $in) = @_;
    my $params = Mojo::Parameters->new($req->{query})->to_hash;
    my %p = map { my $v = $params->{$_}; ($_ => ref $v ? $v->[-1] : $v) } keys %$params;
    $p{$_} = $in->{$_} for grep { defined $in->{$_} } keys %{ $in || {} };
    return bless { req => $req, table => $table, rows => $rows, p => \%p,
        names => $DATA->names($table) }, $class;
}

# The answer of a list call.
sub list {
    my ($self) = @_;
    my $rows = $self->_found;
    my ($page, $link) = $self->_forward_only ? $self->_forward($rows) : $self->_navigable($rows);
    return [200, $self->project_all($page), $link ? { Link => $link } : {}];
}

sub count { my ($self) = @_; return [200, { count => scalar @{ $self->_found } }] }

sub _fail { my ($message) = @_; die [400, { code => 'ApiFindCondition', message => $message, errors => undef }] }

sub _parse {
    my ($text, $names) = @_;
    my $conditions = eval { HookWise::Sim::Conditions->parse($text, $names) };
    return $conditions if $conditions;
    die $@ unless ref $@;
    return _fail($@->{message});
}

sub _found {
    my ($self) = @_;
    my $p = $self->{p};
    my $conditions = _parse($p->{conditions}, $self->{names});
    my $rows = ref $self->{rows} eq 'CODE' ? $self->{rows}->($conditions) : $self->{rows};
    my @found = grep { $conditions->match($_) } @$rows;
    @found = $self->_children(@found) if length($p->{childConditions} // '');
    @found = $self->_custom(@found) if length($p->{customFieldConditions} // '');
    return $self->_ordered(\@found);
}

# Rows with an element, in one of their arrays, that fulfils the condition.
sub _children {
    my ($self, @rows) = @_;
    my $arrays = $DATA->children($self->{table});
    my %names = map { my $a = $_; map { ("$a/$_" => $arrays->{$a}{$_}) } keys %{ $arrays->{$a} } } keys %$arrays;
    my $conditions = _parse($self->{p}{childConditions}, \%names);
    return grep { my $row = $_;
        grep { my $array = $_; grep { $conditions->match({ $array => $_ }) } @{ $row->{$array} || [] } }
            keys %$arrays } @rows;
}

sub _custom {
    my ($self, @rows) = @_;
    my $conditions = _parse($self->{p}{customFieldConditions}, { caption => 'string', value => 'string' });
    return grep { grep { $conditions->match($_) } @{ $_->{customFields} || [] } } @rows;
}

sub _value {
    my ($row, $name) = @_;
    for my $step (split m{/}, $name) { $row = ref $row eq 'HASH' ? $row->{$step} : undef }
    return $row;
}

sub _ordered {
    my ($self, $rows) = @_;
    my $order = $self->{p}{orderBy};
    return $rows unless defined $order && $order =~ /\S/;
    _fail('orderBy cannot be used with forward-only pagination.') if $self->_forward_only;
    my %lower = map { lc($_) => $_ } keys %{ $self->{names} };
    my @keys = map {
        my ($name, $direction) = /^\s*(\S+)(?:\s+(asc|desc))?\s*$/i or _fail("$_ is not a recognized order.");
        defined $lower{ lc $name } or _fail("$name is not a recognized name.");
        [$lower{ lc $name }, lc($direction // 'asc') eq 'desc' ? -1 : 1];
    } split /,/, $order;
    return [sort { _compare($a, $b, \@keys) } @$rows];
}

sub _compare {
    my ($one, $other, $keys) = @_;
    for my $key (@$keys) {
        my ($x, $y) = map { _value($_, $key->[0]) // '' } $one, $other;
        my $order = "$x$y" =~ /^[\d.-]+$/ && length $x && length $y ? $x <=> $y : lc $x cmp lc $y;
        return $order * $key->[1] if $order;
    }
    return $one->{id} <=> $other->{id};
}

# --- pages ------------------------------------------------------------------------------------

sub _number {
    my ($self, $name, $default) = @_;
    my $text = $self->{p}{$name};
    return $default unless defined $text && length $text;
    die [400, { code => 'InvalidParameter', message => "$name must be a positive number.", errors => undef }]
        unless $text =~ /^\d{1,9}$/;
    return $text || $default;
}

sub _page_size {
    my ($self) = @_;
    my $size = $self->_number(pageSize => PAGE_SIZE);
    return $size > PAGE_SIZE_MAX ? PAGE_SIZE_MAX : $size;
}

sub _forward_only {
    my ($self) = @_;
    return lc($self->{req}{headers}->header('pagination-type') // '') eq 'forward-only';
}

sub _navigable {
    my ($self, $rows) = @_;
    my ($size, $page) = ($self->_page_size, $self->_number(page => 1));
    my $last = int((@$rows + $size - 1) / $size) || 1;
    my %to = (
        $page < $last ? (next => $page + 1) : (), $page < $last ? (last => $last) : (),
        $page > 1 ? (first => 1, prev => $page - 1) : (),
    );
    my $from = ($page - 1) * $size;
    my $to = $from + $size - 1;
    $to = $#$rows if $to > $#$rows;
    my $link = join ', ', map { $self->_link(page => $to{$_}, $_) }
        grep { defined $to{$_} } qw(next last first prev);
    return ([@$rows[$from .. $to]], $link);
}

sub _forward {
    my ($self, $rows) = @_;
    my ($size, $after) = ($self->_page_size, $self->_number(pageId => 0));
    my @page;
    for my $row (@$rows) {
        push @page, $row if $row->{id} > $after;
        last if @page == $size;
    }
    return (\@page, $self->_link(pageId => @page ? $page[-1]{id} : $after, 'next'));
}

sub _link {
    my ($self, $name, $value, $rel) = @_;
    my $params = Mojo::Parameters->new($self->{req}{query});
    $params->remove($_) for qw(page pageId pageSize);
    my $query = join '&', 'pageSize=' . $self->_page_size, "$name=$value", $params->to_string || ();
    return qq{<$self->{req}{base}$self->{req}{path}?$query>; rel="$rel"};
}

# --- fields -----------------------------------------------------------------------------------

sub project_all {
    my ($self, $rows) = @_;
    return $rows unless length($self->{p}{fields} // '');
    return [map { $self->project($_) } @$rows];
}

# The row with the members that fields= names, or as it is.
sub project {
    my ($self, $row) = @_;
    my $fields = $self->{p}{fields} // '';
    return $row unless length $fields;
    my %out;
    for my $field (split /\s*,\s*/, $fields =~ s/^\s+|\s+$//gr) {
        my @path = split m{/}, $field;
        my ($from, $to) = ($row, \%out);
        while (defined(my $step = shift @path)) {
            my ($name) = grep { lc $_ eq lc $step } keys %$from;
            last unless defined $name;
            if (@path && ref $from->{$name} eq 'HASH') {
                $to = $to->{$name} ||= {};
                $from = $from->{$name};
            }
            else { $to->{$name} = $from->{$name} }
        }
    }
    return \%out;
}

1;
