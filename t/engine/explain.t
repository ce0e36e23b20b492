#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# hookwisectl path and explain: output, exit codes and messages, without any server.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Temp qw(tempdir);
use FindBin;
use JSON::PP;
use Test::More;

my $build = $ENV{HW_BUILD} || 'build';
$build = abs_path("$FindBin::Bin/../..") . "/$build" unless $build =~ m{^/};
my $dir = tempdir(CLEANUP => 1);

sub file {
    my ($name, $text) = @_;
    open my $out, '>:raw', "$dir/$name" or die "$dir/$name: $!\n";
    print $out $text;
    close $out or die "$dir/$name: $!\n";
    return "$dir/$name";
}

# (exit code, stdout, stderr)
sub ctl {
    my ($stdin, @args) = @_;
    my $in = file('stdin', $stdin);
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        %ENV = (PATH => '/usr/bin:/bin');
        open STDIN, '<', $in or die;
        open STDOUT, '>', "$dir/out" or die;
        open STDERR, '>', "$dir/err" or die;
        exec "$build/hookwisectl", '-c', '/dev/null', @args or die "$build/hookwisectl: $!\n";
    }
    waitpid $pid, 0;
    my $code = $? >> 8;
    my @said = map { open my $f, '<:raw', "$dir/$_" or die; local $/; scalar <$f> } qw(out err);
    return ($code, map { $_ // '' } @said);
}

sub is_run {
    my ($name, $want, @got) = @_;
    is_deeply(\@got, $want, $name) or diag(explain(\@got));
}

# --- path
is_run('path on stdin', [0, "[1,2.50]\n", ''], ctl('{"a":[1,2.50]}', 'path', '$.a[*]'));
is_run('path on a file', [0, "[{\"b\":null}]\n", ''],
    ctl('', 'path', '$.a', file('p.json', '{"a":{"b":null}}')));
is_run('path after --', [0, "[null]\n", ''], ctl('[null]', 'path', '--', '$[0]'));
is_run('path finds nothing', [0, "[]\n", ''], ctl('{}', 'path', '$.x'));
{
    my ($code, $out, $err) = ctl('{}', 'path', '$.a[');
    is($code, 100, 'an invalid path: exit 100');
    is($out, '', 'nothing on stdout');
    like($err, qr/\Ahookwisectl: path: [^\n]+ at offset 4\n\z/, 'one line with the offset');
    ($code, $out, $err) = ctl('{}', 'path', 'a.b');
    is($code, 100, 'a path without $ is no path here');
    like($err, qr/\Ahookwisectl: path: [^\n]+ at offset 0\n\z/, 'at its first byte');
    ($code, $out, $err) = ctl('{"a" 1}', 'path', '$.a');
    is($code, 100, 'a payload that is no JSON: exit 100');
    like($err, qr/\Ahookwisectl: path: stdin: [^\n]+ at offset 5\n\z/, 'names stdin and the offset');
    ($code) = ctl('', 'path');
    is($code, 100, 'no path: used wrongly');
    ($code) = ctl('', 'path', '$', 'a', 'b');
    is($code, 100, 'too many words: used wrongly');
    ($code, $out, $err) = ctl('', 'path', '$', "$dir/none");
    is($code, 100, 'a missing file is bad input');
    like($err, qr/none: cannot be read/, 'and named');
}

# --- explain
my $ep = file('ep.json', '{"name":"cli","trigger_field":"$.s","open_value":"bad","dedup_key":"$.id",'
    . '"json_mapping":{"summary":"$headers.x-name"}}');
my $body = file('body', '{"s":"bad","id":9007199254740993}');
{
    my ($code, $out, $err) = ctl('', 'explain', '--endpoint', $ep, "--payload=$body",
        '--header', 'X-Name:  pump ', '--header', 'x-name: two', '--now', '2026-03-02T09:30:00Z');
    is($code, 0, 'explain ends well');
    is($err, '', 'and silently');
    my $said = JSON::PP->new->utf8->decode($out);
    is_deeply([sort keys %$said], [qw(decoded elements repaired)], 'the promised members');
    my $e = $said->{elements}[0];
    is_deeply([sort keys %$e], [sort qw(part kind dedup_key company summary description fields
        action reason trace)], 'of an element too');
    is($e->{summary}, 'Alert: pump, two', 'headers given twice are joined');
    is($e->{dedup_key}, '9007199254740993', 'big numbers stay exact');
    is($e->{action}, 'create', 'no ticket is open by default');
    like($out, qr/"id": ?9007199254740993\b/, 'in the decoded body too');
    is_deeply([map { join ' ', sort keys %$_ } @{ $e->{trace} }],
        [('outcome step text') x @{ $e->{trace} }], 'trace steps have three members');
    my $secret = file('secret', '{"s":"bad","id":7,"api_key":"k-77","url":"https://u:pw-5@h.example/?token=t-9"}');
    my $map = file('map.json', '{"name":"cli","trigger_field":"$.s","open_value":"bad","dedup_key":"$.id",'
        . '"json_mapping":{"summary":"$.url","description":"api_key={$.api_key} of {$.id}"}}');
    ($code, $out) = ctl('', 'explain', '--endpoint', $map, '--payload', $secret);
    is(join(' ', grep { index($out, $_) >= 0 } qw(k-77 pw-5 t-9)), 'k-77 pw-5 t-9', 'secrets are printed');
    ($code, $out) = ctl('', 'explain', '--mask', '--endpoint', $map, '--payload', $secret);
    is($code, 0, 'explain --mask ends well');
    is(join(' ', grep { index($out, $_) >= 0 } qw(k-77 pw-5 t-9)), '', 'and prints none');
    $said = JSON::PP->new->utf8->decode($out);
    is($said->{decoded}{api_key}, '********', 'a secret is hidden in the body');
    is($said->{elements}[0]{dedup_key}, '7', 'other values are not');
    like($said->{elements}[0]{description}, qr/^api_key=\*{8}/, 'nor is it in the texts made of it');
    ($code, $out) = ctl('{"s":"bad","id":1}', 'explain', '--endpoint', $ep, '--payload', '-');
    is($code, 0, 'the payload may come from stdin');
}
{
    my %shown = map { $_ => 'x' } qw(id token url version created_at updated_at last_seen_at token_created_at previous_token_until warning);
    my $doc = JSON::PP->new->encode({ %shown, name => 'x', global_routing_enabled => JSON::PP::true(), stats => {}, config_health => {}, in_force => JSON::PP::true() });
    my $list = '{"items":[{"id":"1","pattern":"north","company":"NORTH"}],"next":null}';
    my ($code, $out, $err) = ctl('{"tenant":"north"}', 'explain', '--endpoint', file('shown.json', $doc), '--payload', '-', '--tenantmap', file('list.json', $list));
    is("$code $err", '0 ', 'a document and a tenant map are taken as they are shown');
    is(eval { JSON::PP->new->utf8->decode($out)->{elements}[0]{company} }, 'NORTH', 'and used');
}
for my $case (
    ['no endpoint', ['--payload', $body], 'explain: --endpoint is missing'],
    ['no payload', ['--endpoint', $ep], 'explain: --payload is missing'],
    ['a missing value', ['--endpoint', $ep, '--payload'], 'explain: --payload needs a value'],
    ['an unknown option', ['--color', 'x'], 'explain: unknown option "--color"'],
    ['a bad header', ['--endpoint', $ep, '--payload', $body, '--header', 'nope'],
        q(explain: --header takes 'Name: value', not "nope")],
    ['a bad time', ['--endpoint', $ep, '--payload', $body, '--now', 'soon'], 'explain: --now: '],
    ['a missing file', ['--endpoint', "$dir/none", '--payload', $body],
        "explain: $dir/none: cannot be read"],
    ['a bad regex', ['--endpoint', file('bad.json',
        '{"name":"x","routing_rules":[{"path":"$.a","regex":"a(b"}]}'), '--payload', $body],
        'explain: routing_rules[0].regex: '],
    ['an unknown field', ['--endpoint', file('unk.json', '{"name":"x","nmae":1}'), '--payload',
        $body], 'explain: nmae: endpoints have no such field'],
    ['bad facts', ['--endpoint', $ep, '--payload', $body, '--facts', file('f', '{"open":"x"}')],
        'explain: open: neither true nor false'],
    ['a bad tenant map', ['--endpoint', $ep, '--payload', $body, '--tenantmap', file('t', '[{}]')],
        "explain: $dir/t: each row maps"],
) {
    my ($name, $args, $want) = @$case;
    my ($code, $out, $err) = ctl('', 'explain', @$args);
    is($code, 100, "$name: exit 100");
    is($out, '', "$name: nothing on stdout");
    is(substr($err, 0, length "hookwisectl: $want"), "hookwisectl: $want", "$name: told");
}
{
    my ($code, $out) = ctl('', 'explain', '--endpoint', $ep, '--payload', file('raw', 'hello'));
    is($code, 0, 'an unreadable payload is a decision, too');
    is(JSON::PP->new->utf8->decode($out)->{elements}[0]{reason}, 'unreadable', 'skipped as that');
}

done_testing;
