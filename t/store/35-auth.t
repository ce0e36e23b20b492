#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# An endpoint's further schemes of authentication: sealed, shown with stars, published, backed up.
use FindBin;
use lib "$FindBin::Bin/../lib";
use HookWise::Test;
use Mojo::JSON qw(decode_json encode_json false true);

my $t = HookWise::Test->new;
$t->redis;
$t->postgres;
$t->migrate;
my ($exit, $out, $err);

sub record { return decode_json($t->redis_cli(HGET => 'hw:ep', $_[0])) }
sub update {
    my ($id, $patch) = @_;
    return $t->ctl({ stdin => encode_json($patch) }, '--json', 'endpoint', 'update', $id, '-');
}
sub secrets { return map { $_->{secret} } @{ $t->ctl_json('endpoint', 'show', $_[0], '--secrets')->{auth} || [] } }

my $ep = $t->endpoint(name => 'Builds', auth => [{ scheme => 'github', secret => 'plum-jam' },
    { scheme => 'header', header => 'X-Team', id => 'team', secret => 'pear-jam' }]);
my $id = $ep->{id};
is_deeply([map { $_->{secret} } @{ $ep->{auth} }], ['plum-jam', 'pear-jam'], 'shown once when it is made');
like($ep->{auth}[0]{id}, qr/^[\w-]{8}\z/, 'an entry without an id gets one');
is($ep->{auth}[1]{id}, 'team', 'one that has one keeps it');

my $shown = $t->ctl_json('endpoint', 'show', $id)->{auth};
is_deeply($shown, [{ scheme => 'github', id => $ep->{auth}[0]{id}, secret => '********' },
    { scheme => 'header', header => 'X-Team', id => 'team', secret => '********' }], 'then with stars');
is_deeply([secrets($id)], ['plum-jam', 'pear-jam'], 'with secrets when asked');
my $stored = join '|', map { $_ // '' } $t->psql('SELECT auth, doc FROM endpoint'), $t->psql('SELECT after FROM audit');
unlike($stored, qr/plum-jam|pear-jam/, 'no secret in clear in the database');
like(record($id)->{auth}, qr/^gAAAA/, 'published sealed');
unlike($t->redis_cli(HGET => 'hw:ep', $id), qr/jam|X-Team/, 'as a whole');

# --- stars that come back -------------------------------------------------------------------------
my $before = record($id)->{auth};
($exit) = update($id, { auth => $shown, name => 'Builds of all' });
is($exit, 0, 'what was shown can be given back');
is_deeply([secrets($id)], ['plum-jam', 'pear-jam'], 'and means the secrets');
is(record($id)->{auth}, $before, 'which are not sealed anew');
update($id, { rate_limit => 7 });
is(record($id)->{auth}, $before, 'nor by a change of something else');
($exit) = update($id, { auth => encode_json([reverse @$shown]) });
is_deeply([$exit, secrets($id)], [0, 'pear-jam', 'plum-jam'], 'in another order, as text: each its own');
($exit) = update($id, { auth => [{ %{ $shown->[0] }, scheme => 'gnetix' }] });
is_deeply([$exit, secrets($id)], [0, 'plum-jam'], 'an entry of that id, though its scheme is another');

# A secret is changed: the new entry beside the old one, then the old one goes.
($exit) = update($id, { auth => [{ scheme => 'github', id => 'old', secret => 'one' }] });
($exit) = update($id, { auth => [{ scheme => 'github', secret => '********' }, { scheme => 'github', id => 'new', secret => 'two' }] });
is_deeply([$exit, secrets($id)], [0, 'one', 'two'], 'the only one that is alike needs no id');
($exit, $out, $err) = update($id, { auth => [{ scheme => 'github', secret => '********' }] });
is("$exit|$err", "100|hookwisectl: endpoint update: auth[0].secret: is only shown as stars: give it anew\n",
    'of two it is not known which is meant');
($exit) = update($id, { auth => [{ scheme => 'github', id => 'new', secret => '********' }] });
is_deeply([$exit, secrets($id)], [0, 'two'], 'the id says it');
($exit, $out, $err) = update($id, { auth => [{ scheme => 'github', id => 'nobody', secret => '********' }] });
is("$exit|$err", "100|hookwisectl: endpoint update: auth[0].secret: is only shown as stars: give it anew\n",
    'an id that is not there');

# --- refusals -------------------------------------------------------------------------------------
($exit, $out, $err) = update($id, { auth => [{ scheme => 'github', id => 'new', secret => '********' }, { scheme => 'stripe' }] });
is("$exit|$err", "100|hookwisectl: endpoint update: auth[1].secret: is missing\n", 'a bad entry is named');
($exit, $out, $err) = update($id, { auth => '[{"scheme":' });
is("$exit|$err", "100|hookwisectl: endpoint update: auth: the text ends too early at offset 11\n", 'broken text too')
    or diag $err;
is_deeply([secrets($id)], ['two'], 'and nothing changes');

# --- backup -----------------------------------------------------------------------------------------
my $file = $t->dir . '/backup.json';
($exit) = $t->ctl('export', $file);
is($exit, 0, 'export');
my $text = do { open my $fh, '<', $file or die "$file: $!"; local $/; <$fh> };
like(decode_json($text)->{endpoints}[0]{auth}, qr/^gAAAA/, 'the list is sealed in a backup');
$t->ctl('endpoint', 'delete', $id);
($exit, $out, $err) = $t->ctl('import', $file);
is($exit, 0, 'import') or diag "$out$err";
is_deeply([secrets($id)], ['two'], 'brings the secrets back');
is_deeply($t->ctl_json('endpoint', 'show', $id)->{auth}, [{ scheme => 'github', id => 'new', secret => '********' }],
    'and the list');

# --- none -------------------------------------------------------------------------------------------
for my $none ([], undef, '') {
    update($id, { auth => [{ scheme => 'github', secret => 'x' }] });
    ($exit) = update($id, { auth => $none });
    ok(!exists $t->ctl_json('endpoint', 'show', $id)->{auth}, 'the list is gone');
    is(record($id)->{auth}, undef, 'from what is published too');
}

$t->done;
