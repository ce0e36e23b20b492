#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# The condition language of the ConnectWise simulator.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use HookWise::Sim::Conditions;

my %names = (id => 'number', summary => 'string', closedFlag => 'bool', dateEntered => 'date',
    'board/id' => 'number', 'board/name' => 'string', 'status/name' => 'string',
    externalXRef => 'string', severity => [qw(Low Medium High)], budget => 'number');
my @records = (
    { id => 1, summary => q{Disk full on "web"}, closedFlag => 0, _info => { dateEntered => '2026-03-01T10:00:00Z' },
        board => { id => 3, name => 'Alerts' }, status => { name => 'New' }, externalXRef => 'hw:a',
        severity => 'Low', budget => 1.5 },
    { id => 2, summary => q{It's down}, closedFlag => 1, _info => { dateEntered => '2026-03-02T00:00:00Z' },
        board => { id => 4, name => 'Help Desk' }, status => { name => 'Closed' }, severity => 'High' },
    { id => 10, summary => 'Größe [c] 100%', closedFlag => 0, _info => { dateEntered => '2026-03-02T09:30:15Z' },
        board => { id => 3, name => 'Alerts' }, status => { name => 'In Progress' },
        externalXRef => 'hw:B', severity => 'Medium', budget => -2 },
);

sub ids {
    my ($text) = @_;
    my $c = eval { HookWise::Sim::Conditions->parse($text, \%names) } or return "! $@->{message}";
    return join ' ', map { $_->{id} } grep { $c->match($_) } @records;
}

my @cases = (
    # condition, ids
    ['', '1 2 10'], ['   ', '1 2 10'],
    ['id=2', '2'], ['id = 2', '2'], ['ID!=2', '1 10'], ['id>2', '10'], ['id<10 and id>=2', '2'],
    ['id <= 2', '1 2'], ['budget = -2', '10'], ['budget > 1.25', '1'],
    ['closedFlag=false', '1 10'], ['ClosedFlag = True', '2'], ['CLOSEDFLAG=FALSE and Board/Id=3', '1 10'],
    [q{board/name="Alerts"}, '1 10'], [q{Board/Name='help desk'}, '2'], [q{board/name="Alerts  "}, '1 10'],
    [q{summary = "Disk full on ""web"""}, '1'], [q{summary = 'It''s down'}, '2'],
    [q{summary = 'Disk full on "web"'}, '1'], [q{summary = "It's down"}, '2'],
    [q{summary contains "full"}, '1'], [q{Summary not contains "x"}, '1 2 10'],
    [q{summary not contains 'FULL'}, '2 10'], [q{summary like "Disk%"}, '1'],
    [q{summary like "*down"}, '2'], [q{summary like "down"}, ''], [q{summary not like "%d%"}, '10'],
    [q{summary contains "größe"}, '10'], [q{summary contains "[[]c]"}, '10'],
    [q{summary contains "[c]"}, '10'], [q{summary contains "[c] 100"}, ''],
    [q{summary contains "100[%]"}, '10'], [q{summary contains "a[b"}, ''], [q{summary like "It_s down"}, '2'],
    ['board/id in (3,2,4)', '1 2 10'], ['board/id in ( 4 )', '2'], ['board/id not in (4)', '1 10'],
    [q{status/name in ('New', "Closed")}, '1 2'],
    ['dateEntered > [2026-03-01T23:59:59Z]', '2 10'], ['dateEntered >= [2026-03-02]', '2 10'],
    ['dateEntered < [2026-03-02] or id = 10', '1 10'], ['dateEntered = [2026-03-02T09:30:15Z]', '10'],
    ['externalXRef = null', '2'], ['externalXRef != null', '1 10'], ['externalXRef != "hw:a"', '10'],
    [q{externalXRef = "HW:b"}, '10'], ['severity = "high"', '2'],
    ['id=1 or id=2 and id=3', '1'], ['(id=1 or id=2) and closedFlag=true', '2'],
    ['((id=1))', '1'], ['id=1 OR id=10', '1 10'], ['(id=1 and closedFlag=false and board/id=3)', '1'],
    [q{closedFlag=false AND status/name != 'Closed' AND summary contains 'Disk'}, '1'],
    # mistakes
    ['bord/name="x"', '! bord/name is not a recognized name.'],
    ['closed=false', '! closed is not a recognized name.'],
    ['severity="Huge"', '! Enum value supplied was invalid'],
    ['id=', q{! expected a value, not end of condition}],
    ['id=1 id=2', q{! unexpected 'id'}],
    ['(id=1', q{! expected ), not end of condition}],
    ['id not = 1', q{! expected an operator, not '='}],
    ['id is 1', q{! expected an operator, not 'is'}],
    ['id=1 and', q{! expected a name, not end of condition}],
    ['not id=1', '! not is not a recognized name.'],
    ['id=2x', '! unexpected character at position 3'],
    ['summary="open', '! unexpected character at position 8'],
    ['summary=open', q{! expected a value, not 'open'}],
    ['id contains 1', '! contains cannot be used with id'],
    ['id > null', '! null cannot be used with >'],
    ['dateEntered > [yesterday]', '! [yesterday] is not a valid DateTime value.'],
    ['dateEntered > [2026-13-01]', '! [2026-13-01] is not a valid DateTime value.'],
);
is(ids($_->[0]), $_->[1], "condition: $_->[0]") for @cases;

my $help = 'String values should be enclosed with double or single quotes; DateTime values should be '
    . 'enclosed in square brackets; numbers should consist of only digits, and optionally a decimal '
    . 'point and a negation sign; boolean values should be indicated with the keywords true or false; '
    . 'null values should be indicated by the keyword null.';
is(ids('closedFlag=0'), "! Expected a boolean value, not a numeric. $help", 'a number for a boolean');
is(ids('id="1"'), "! Expected a numeric value, not a string. $help", 'text for a number');
is(ids('summary=1'), "! Expected a string value, not a numeric. $help", 'a number for a text');
is(ids('dateEntered>"2026-01-01"'), "! Expected a DateTime value, not a string. $help", 'text for a date');

my %index = (externalXRef => { 'hw:a' => { 1 => 1 }, 'hw:b' => { 10 => 1 } },
    summary => { q{it's down} => { 2 => 1 } });
sub candidates {
    my ($text) = @_;
    my $found = HookWise::Sim::Conditions->parse($text, \%names)->candidates(\%index);
    return defined $found ? join ' ', sort { $a <=> $b } keys %$found : 'any';
}
is(candidates(''), 'any', 'no condition: any');
is(candidates('externalXRef="HW:A"'), '1', 'equality by index');
is(candidates('closedFlag=false and externalXRef="hw:b"'), '10', 'one indexed part of "and" is enough');
is(candidates(q{(externalXRef="hw:b" or summary="It's down") and closedFlag=false}), '2 10', 'both of "or"');
is(candidates('externalXRef="hw:b" or closedFlag=false'), 'any', 'one of "or" is not enough');
is(candidates('externalXRef="none"'), '', 'nothing');
is(candidates('externalXRef!="hw:a"'), 'any', 'only equality');

done_testing;
