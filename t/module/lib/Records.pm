# SPDX-License-Identifier: Apache-2.0
# Endpoint records as hookwised publishes them, and what mod_hookwise left in the streams.
package Records;
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256 sha256_hex);
use Exporter 'import';
use IPC::Open2;
use MIME::Base64 qw(decode_base64url encode_base64url);
use Mojo::JSON qw(decode_json encode_json true false);

our @EXPORT = qw(publish withdraw record fernet events event_of counter counters);

# A record with a token "tok-ID"; fields given win, undef takes one out.
sub record {
    my ($id, %set) = @_;
    my %r = (
        id => $id, name => "name of $id", tenant => 'default', preset => 'generic',
        enabled => true, draft => false, bearer => true,
        tokens => [{ sha256 => sha256_hex("tok-$id"), until => 0 }], hmac => undef,
        trusted_ips => undef, success_code => 202, max_body_kb => 1024, rate_limit => undef,
        dedup_window_seconds => 0, %set,
    );
    return encode_json(\%r);
}

# Puts the record in force, as a worker does; returns its version.
sub publish {
    my ($t, $id, %set) = @_;
    my $text = record($id, %set);
    my $version = substr sha256_hex($text), 0, 16;
    $t->redis_cli('HSET', 'hw:ep', $id, $text);
    $t->redis_cli('HSET', 'hw:epv', $id, $version);
    $t->redis_cli('SET', 'hw:cfg', 1);
    return $version;
}

sub withdraw {
    my ($t, $id) = @_;
    $t->redis_cli('HDEL', 'hw:ep', $id);
    $t->redis_cli('HDEL', 'hw:epv', $id);
    return;
}

# A Fernet token of the text, with the test suite's key.
sub fernet {
    my ($t, $text) = @_;
    my $key = decode_base64url($t->key);
    my ($sign, $crypt) = (substr($key, 0, 16), substr($key, 16, 16));
    my $iv = 'sixteen bytes iv';
    my $pid = open2(my $out, my $in, 'openssl', 'enc', '-aes-128-cbc', '-K', unpack('H*', $crypt),
        '-iv', unpack('H*', $iv));
    binmode $_ for $in, $out;
    print $in $text;
    close $in;
    my $cipher = do { local $/; <$out> };
    waitpid $pid, 0;
    die "openssl enc failed\n" if $?;
    my $body = "\x80" . pack('Q>', 1_700_000_000) . $iv . $cipher;
    my $token = encode_base64url($body . hmac_sha256($body, $sign));
    return $token . '=' x (-length($token) % 4);
}

# The fields of an entry of version 2 (common/event.h) as a hash: those in e like those beside it.
sub fields {
    my %fields = @_;
    for (split /\0/, delete $fields{e}) {
        my ($name, $value) = split /=/, $_, 2;
        $fields{$name} = $name eq 'f' ? $value . ($fields{f} || '') : $value;
    }
    return \%fields;
}

# All events in the streams, oldest first in each, as hashes of their fields.
sub events {
    my ($t) = @_;
    my @events;
    for my $shard (0 .. 15) {
        push @events, map { fields(@{ $_->[1] }) }
            @{ $t->redis_cli('XRANGE', "hw:s:$shard", '-', '+') || [] };
    }
    return @events;
}

# The one event of a request; dies when there is none, or two.
sub event_of {
    my ($t, $request_id) = @_;
    my @found = grep { $_->{id} eq $request_id } events($t);
    die scalar(@found) . " events of request $request_id\n" unless @found == 1;
    return $found[0];
}

# hw:m as a hash.
sub counters { my ($t) = @_; return @{ $t->redis_cli('HGETALL', 'hw:m') } }

sub counter {
    my ($t, $status, $name) = @_;
    my %all = counters($t);
    return $all{"hookwise_webhooks_received_total{status=\"$status\",config_name=\"$name\"}"} || 0;
}

1;
