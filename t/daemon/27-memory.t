#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# What large bodies of many values needed is given back.
use FindBin;
use lib "$FindBin::Bin/../lib";
use HookWise::Test;

my $t = HookWise::Test->new;
plan skip_all => 'a sanitizer keeps what was freed' if qx(readelf -d '@{[ $t->product('hookwised') ]}') =~ /lib[at]san/;
$t->redis;
$t->postgres;
$t->conf(DESTINATION => 'local');
$t->migrate;
my $daemon = $t->hookwised;
$t->httpd;
my $ep = $t->endpoint(name => 'long', trigger_field => '', dedup_key => '$.host');

sub mib {
    my ($what) = @_;
    open my $fh, '<', '/proc/' . $daemon->pid . '/status' or die $!;
    my ($kb) = join('', <$fh>) =~ /^$what:\s+(\d+)/m or die "no $what\n";
    return $kb / 1024;
}

my $many = join ',', (1) x 250_000;
$daemon->stop; # so that it meets all of them at once
my @codes = map { $t->webhook($ep, qq({"host":"h$_","title":"t","values":[$many]}))->code } 1 .. 16;
is_deeply(\@codes, [(202) x 16], 'taken');
$daemon->start;
$t->wait_for(sub { $t->psql('SELECT count(*) FROM webhook_log') == 16 }, 'history');
cmp_ok(mib('VmHWM'), '>', 60, 'that took memory');
ok($t->wait_for(sub { mib('VmRSS') < 40 }, 'memory that is given back'), '... which is given back');

$t->done;
