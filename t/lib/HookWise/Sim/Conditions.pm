# SPDX-License-Identifier: Apache-2.0
# The condition language of ConnectWise's list calls: parser and evaluation.
#
#   expression = and { "or" and } ;  and = term { "and" term }
#   term       = "(" expression ")" | name ["not"] operator value | name ["not"] "in" "(" list ")"
#   operator   = "=" "!=" "<" "<=" ">" ">=" "contains" "like"
#   value      = "text" | 'text' | number | true | false | null | [date] | [date and time]
#
# Names and key words match in any case. A quote inside a text is written twice. Texts compare
# without regard to case and to blanks at the end, as the database behind the API does; "like" and
# "contains" know the wildcards % * _ and [set].
package HookWise::Sim::Conditions;
use strict;
use warnings;

my $HELP = 'String values should be enclosed with double or single quotes; DateTime values should be '
    . 'enclosed in square brackets; numbers should consist of only digits, and optionally a decimal '
    . 'point and a negation sign; boolean values should be indicated with the keywords true or false; '
    . 'null values should be indicated by the keyword null.';
my %WORD = (string => 'string', number => 'numeric', bool => 'boolean', date => 'DateTime');

# names: { 'board/name' => 'string' | 'number' | 'bool' | 'date' | ['Low', 'High'] }.
# Dies with a hash { message } when the text is not a condition on these names.
sub parse {
    my ($class, $text, $names) = @_;
    my $self = bless { names => $names, lower => _lower($names) }, $class;
    $self->{tokens} = _tokens(defined $text ? $text : '');
    $self->{at} = 0;
    if (!@{ $self->{tokens} }) {
        $self->{test} = sub { 1 };
        return $self;
    }
    my $tree = $self->_or;
    _fail('unexpected ' . _shown($self->_peek)) if $self->_peek;
    $self->{tree} = $tree;
    $self->{test} = _compile($tree);
    delete @$self{qw(tokens at lower)};
    return $self;
}

# True when the record (nested hashes) fulfils the condition.
sub match { my ($self, $record) = @_; return $self->{test}->($record) }

# Which ids can match at all, by indexes { 'externalXRef' => { lower-case text => { id => 1 } } }:
# a hash of ids, or undef for "any".
sub candidates { my ($self, $index) = @_; return _candidates($self->{tree}, $index) }

my %lower_cache;
sub _lower {
    my ($names) = @_;
    return $lower_cache{"$names"} ||= { map { lc($_) => $_ } keys %$names };
}

sub _fail { my ($message) = @_; die { message => $message } }

# --- words ------------------------------------------------------------------------------------

sub _tokens {
    my ($text) = @_;
    my @tokens;
    for ($text) {
        while (1) {
            /\G\s+/gc;
            last if /\G\z/gc;
            if (/\G"((?:[^"]|"")*)"/gc) { push @tokens, [string => $1 =~ s/""/"/gr] }
            elsif (/\G'((?:[^']|'')*)'/gc) { push @tokens, [string => $1 =~ s/''/'/gr] }
            elsif (/\G\[([^\]]*)\]/gc) { push @tokens, [date => _date($1)] }
            elsif (/\G(-?\d+(?:\.\d+)?)(?![\w.])/gc) { push @tokens, [number => $1 + 0] }
            elsif (m{\G([A-Za-z_]\w*(?:/[A-Za-z_]\w*)*)}gc) { push @tokens, [word => $1] }
            elsif (/\G(<=|>=|!=|[=<>])/gc) { push @tokens, [op => $1] }
            elsif (/\G([(),])/gc) { push @tokens, [$1 => $1] }
            else { _fail('unexpected character at position ' . ((pos) || 0)) }
        }
    }
    return \@tokens;
}

# Dates compare as text in one form, which is that of the records.
sub _date {
    my ($text) = @_;
    $text =~ /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?Z?)?$/
        or _fail("[$text] is not a valid DateTime value.");
    my @part = ($2, $3, $4 // 0, $5 // 0, $6 // 0);
    _fail("[$text] is not a valid DateTime value.")
        if $part[0] < 1 || $part[0] > 12 || $part[1] < 1 || $part[1] > 31 || $part[2] > 23
        || $part[3] > 59 || $part[4] > 59;
    return sprintf '%04d-%02d-%02dT%02d:%02d:%02dZ', $1, @part;
}

sub _peek { my ($self) = @_; return $self->{tokens}[$self->{at}] }
sub _next { my ($self) = @_; return $self->{tokens}[$self->{at}++] }
sub _shown { my ($token) = @_; return $token ? "'$token->[1]'" : 'end of condition' }

# Takes the key word when it is next.
sub _word {
    my ($self, $word) = @_;
    my $token = $self->_peek;
    return 0 unless $token && $token->[0] eq 'word' && lc $token->[1] eq $word;
    $self->{at}++;
    return 1;
}

sub _expect {
    my ($self, $kind) = @_;
    my $token = $self->_next;
    _fail("expected $kind, not " . _shown($token)) unless $token && $token->[0] eq $kind;
    return $token;
}

# --- grammar ----------------------------------------------------------------------------------

sub _or {
    my ($self) = @_;
    my @terms = $self->_and;
    push @terms, $self->_and while $self->_word('or');
    return @terms > 1 ? ['or', @terms] : $terms[0];
}

sub _and {
    my ($self) = @_;
    my @terms = $self->_term;
    push @terms, $self->_term while $self->_word('and');
    return @terms > 1 ? ['and', @terms] : $terms[0];
}

sub _term {
    my ($self) = @_;
    my $token = $self->_next;
    if ($token && $token->[0] eq '(') {
        my $tree = $self->_or;
        $self->_expect(')');
        return $tree;
    }
    _fail('expected a name, not ' . _shown($token)) unless $token && $token->[0] eq 'word';
    my $name = $self->{lower}{ lc $token->[1] };
    _fail("$token->[1] is not a recognized name.") unless defined $name;
    my $not = $self->_word('not');
    return $self->_in($name, $not) if $self->_word('in');
    my $op = $self->_operator($not);
    return ['cmp', $name, $op, $not, $self->_value($name, $op)];
}

sub _operator {
    my ($self, $not) = @_;
    for my $word (qw(contains like)) { return $word if $self->_word($word) }
    my $token = $self->_next;
    _fail('expected an operator, not ' . _shown($token))
        unless $token && $token->[0] eq 'op' && !$not;
    return $token->[1];
}

sub _in {
    my ($self, $name, $not) = @_;
    $self->_expect('(');
    my @values;
    do { push @values, $self->_value($name, 'in') }
        while $self->_peek && $self->_peek->[0] eq ',' && $self->_next;
    $self->_expect(')');
    return ['in', $name, $not, \@values];
}

# The value of a comparison, of the name's type; undef stands for null.
sub _value {
    my ($self, $name, $op) = @_;
    my $token = $self->_next;
    _fail('expected a value, not ' . _shown($token)) unless $token;
    my ($kind, $value) = @$token;
    if ($kind eq 'word') {
        my $word = lc $value;
        if ($word eq 'null') {
            _fail("null cannot be used with $op") unless $op eq '=' || $op eq '!=';
            return undef;
        }
        _fail('expected a value, not ' . _shown($token)) unless $word eq 'true' || $word eq 'false';
        ($kind, $value) = (bool => $word eq 'true' ? 1 : 0);
    }
    _fail('expected a value, not ' . _shown($token)) unless $WORD{$kind};
    $self->_check($name, $op, $kind, $value);
    return $value;
}

sub _check {
    my ($self, $name, $op, $kind, $value) = @_;
    my $type = $self->{names}{$name};
    my $enum = ref $type;
    $type = 'string' if $enum;
    _fail("Expected a $WORD{$type} value, not a $WORD{$kind}. $HELP") if $kind ne $type;
    _fail("$op cannot be used with $name") if $op =~ /^(?:contains|like)$/ && $kind ne 'string';
    _fail('Enum value supplied was invalid')
        if $enum && !grep { lc $_ eq lc $value } @{ $self->{names}{$name} };
    return;
}

# --- evaluation -------------------------------------------------------------------------------

sub _compile {
    my ($tree) = @_;
    my ($kind, @rest) = @$tree;
    return _compare(@rest) if $kind eq 'cmp';
    return _any_of(@rest) if $kind eq 'in';
    my @tests = map { _compile($_) } @rest;
    return sub { for my $test (@tests) { return 0 unless $test->($_[0]) } return 1 } if $kind eq 'and';
    return sub { for my $test (@tests) { return 1 if $test->($_[0]) } return 0 };
}

# Gives the value of a name in a record. lastUpdated and dateEntered are accepted bare, though
# they stand below _info.
sub _getter {
    my ($name) = @_;
    my @path = split m{/}, $name;
    unshift @path, '_info' if $name eq 'lastUpdated' || $name eq 'dateEntered';
    return sub {
        my $value = $_[0];
        for my $step (@path) {
            return undef unless ref $value eq 'HASH';
            $value = $value->{$step};
        }
        return $value;
    };
}

sub _fold { my ($text) = @_; return lc($text =~ s/ +\z//r) }

sub _compare {
    my ($name, $op, $not, $want) = @_;
    my $get = _getter($name);
    if (!defined $want) {
        return $op eq '=' ? sub { !defined $get->($_[0]) } : sub { defined $get->($_[0]) };
    }
    if ($op eq 'like' || $op eq 'contains') {
        my $re = _like($op eq 'like' ? $want : "%$want%");
        return sub { my $v = $get->($_[0]); defined $v && ($v =~ $re xor $not) };
    }
    my $folded = _fold($want);
    my $order = $want =~ /^-?\d+(?:\.\d+)?$/
        ? sub { $_[0] =~ /^-?\d+(?:\.\d+)?$/ ? $_[0] <=> $want : _fold($_[0]) cmp $folded }
        : sub { _fold($_[0]) cmp $folded };
    my %holds = ('=' => sub { $_[0] == 0 }, '!=' => sub { $_[0] != 0 }, '<' => sub { $_[0] < 0 },
        '<=' => sub { $_[0] <= 0 }, '>' => sub { $_[0] > 0 }, '>=' => sub { $_[0] >= 0 });
    my $holds = $holds{$op};
    return sub { my $v = $get->($_[0]); defined $v && $holds->($order->($v)) };
}

sub _any_of {
    my ($name, $not, $values) = @_;
    my $get = _getter($name);
    my %set = map { (_fold($_) => 1) } @$values;
    return sub { my $v = $get->($_[0]); defined $v && ($set{ _fold($v) } xor $not) };
}

# A pattern of SQL's LIKE. An opening bracket without its end matches nothing.
sub _like {
    my ($pattern) = @_;
    my $re = '';
    for ($pattern) {
        while (!/\G\z/gc) {
            if (/\G[%*]/gc) { $re .= '.*' }
            elsif (/\G_/gc) { $re .= '.' }
            elsif (/\G\[(\^?)(\]?[^\]]*)\]/gc) {
                my ($negated, $set) = ($1, $2);
                $set =~ s/([\\\[\]^])/\\$1/g;
                $re .= "[$negated$set]";
            }
            elsif (/\G\[/gc) { return qr/(?!)/ }
            elsif (/\G([^%*_\[]+)/gc) { $re .= quotemeta $1 }
        }
    }
    return eval { qr/\A$re\s*\z/is } || qr/(?!)/;
}

# --- indexes ----------------------------------------------------------------------------------

sub _candidates {
    my ($tree, $index) = @_;
    return undef unless $tree;
    my ($kind, @rest) = @$tree;
    if ($kind eq 'cmp') {
        my ($name, $op, undef, $want) = @rest;
        return undef unless $op eq '=' && defined $want && $index->{$name};
        return $index->{$name}{ _fold($want) } || {};
    }
    return undef if $kind eq 'in';
    if ($kind eq 'and') {
        my ($best) = sort { keys %$a <=> keys %$b } grep { defined } map { _candidates($_, $index) } @rest;
        return $best;
    }
    my @sets = map { _candidates($_, $index) } @rest;
    return undef if grep { !defined } @sets;
    return { map { %$_ } @sets };
}

1;
