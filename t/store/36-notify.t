#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# An endpoint's chat targets: sealed, shown without secrets, kept, refused, backed up.
use FindBin;
use lib "$FindBin::Bin/../lib";
use HookWise::Test;
use Mojo::JSON qw(decode_json encode_json);

my $t = HookWise::Test->new;
$t->redis;
$t->postgres;
$t->migrate;
my ($exit, $out, $err);

sub update {
    my ($id, $patch) = @_;
    return $t->ctl({ stdin => encode_json($patch) }, '--json', 'endpoint', 'update', $id, '-');
}
sub shown { my ($id, @how) = @_; return $t->ctl_json('endpoint', 'show', $id, @how)->{notify} }
sub secrets { my ($id) = @_; return map { $_->{url} // $_->{token} } @{ shown($id, '--secrets') || [] } }

my $hook = 'https://hooks.slack.com/services/T0/B0/plumjam';
my $ep = $t->endpoint(name => 'Builds', notify => [{ type => 'slack', url => $hook, name => 'Ops' },
    { type => 'webex', id => 'team', token => 'pear-jam', room_id => 'R1', on => ['create', 'reopen'] }]);
my $id = $ep->{id};
my $list = shown($id);
like($list->[0]{id}, qr/^[\w-]{8}\z/, 'a target without an id gets one');
is_deeply($list, [{ type => 'slack', id => $list->[0]{id}, name => 'Ops', url => 'https://hooks.slack.com/********' },
    { type => 'webex', id => 'team', token => '********', room_id => 'R1', on => ['create', 'reopen'] }], 'secrets are not shown');
my $stored = join '|', map { $_ // '' } $t->psql('SELECT notify, doc FROM endpoint'), $t->psql('SELECT after FROM audit');
unlike($stored, qr/plumjam|pear-jam/, 'nor kept as they are, nor in the audit log');
unlike($t->redis_cli(HGET => 'hw:ep', $id), qr/notify|plumjam/, 'and nothing of them is published');

# --- what is given back ------------------------------------------------------------------------------
my $sealed = $t->psql('SELECT notify FROM endpoint');
update($id, { notify => $list, name => 'Builds of all' });
is_deeply([secrets($id)], [$hook, 'pear-jam'], 'a list given back as it is shown');
is(scalar $t->psql('SELECT notify FROM endpoint'), $sealed, 'is not sealed anew');
update($id, { notify => encode_json([map { my %n = %$_; delete $n{id}; \%n } reverse @$list]) });
is_deeply([secrets($id)], ['pear-jam', $hook], 'in another order, as text, without ids: each its own');
update($id, { notify => [{ %{ $list->[1] }, room_id => 'R2' }] });
is_deeply([secrets($id)], ['pear-jam'], 'the same bot in another space');
($exit, $out, $err) = update($id, { notify => [{ type => 'slack', id => 'team', token => '********', channel => 'C1' }] });
is("$exit|$err", "100|hookwisectl: endpoint update: notify[0].token: is shown without its secret: give it in full\n", 'a secret stays with its service');
update($id, { notify => [{ type => 'slack', id => 'a', url => $hook }] });
($exit, $out, $err) = update($id, { notify => [{ type => 'slack', id => 'a', url => 'https://evil.example/********' }] });
is("$exit|$err", "100|hookwisectl: endpoint update: notify[0].url: is shown without its secret: give it in full\n", 'and with its host');
($exit, $out, $err) = update($id, { notify => [{ type => 'slack', id => 'a', url => $hook }, { type => 'teams', url => 'http://x.example/y' }] });
is("$exit|$err", "100|hookwisectl: endpoint update: notify[1].url: must begin with https://\n", 'a bad target is named');
($exit, $out, $err) = update($id, { agent => 'east' });
is("$exit|$err", "100|hookwisectl: endpoint update: agent: not available in this version\n", 'named groups of workers are not there');
is_deeply([secrets($id)], [$hook], 'and nothing changes');

# --- backup -----------------------------------------------------------------------------------------
my $file = $t->dir . '/backup.json';
($exit) = $t->ctl('export', $file);
is($exit, 0, 'export');
my $text = do { open my $fh, '<', $file or die "$file: $!"; local $/; <$fh> };
like(decode_json($text)->{endpoints}[0]{notify}, qr/^gAAAA/, 'the list is sealed in a backup');
$t->ctl('endpoint', 'delete', $id);
($exit, $out, $err) = $t->ctl('import', $file);
is($exit, 0, 'import') or diag "$out$err";
is_deeply([secrets($id)], [$hook], 'brings the secrets back');

# --- none -------------------------------------------------------------------------------------------
for my $none ([], undef, '') {
    update($id, { notify => [{ type => 'slack', url => $hook }] });
    ($exit) = update($id, { notify => $none });
    is_deeply([$exit, shown($id), scalar $t->psql('SELECT notify IS NULL FROM endpoint')], [0, undef, 't'], 'the list is gone');
}

$t->done;
