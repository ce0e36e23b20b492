#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# hookwised's options, and what it says about settings it cannot use.
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use HookWise::Test;
use HookWise::Test::Run qw(run);

my $t = HookWise::Test->new;
my $program = $t->product('hookwised');
my %good = (ENCRYPTION_KEY => $t->key, DATABASE_URL => 'postgresql:///hookwise', REDIS_URL => 'unix:/tmp/redis.sock');

my $mode = 0640;
sub try_settings {
    my (%set) = @_;
    my %all = (%good, %set);
    my $file = $t->file('test.conf', join '', map { "$_=$all{$_}\n" } grep { defined $all{$_} } sort keys %all);
    chmod $mode, $file;
    my ($exit, $out, $err) = run([$program, '-c', $file, '-t']);
    $err =~ s/\Q$file\E/FILE/g;
    return "$exit: $out$err";
}

is(try_settings(), "0: hookwised: the settings are good\n", 'good settings');
$mode = 0644;
is(try_settings(), "0: hookwised: the settings are good\nhookwised: warning: FILE holds passwords, and everybody may read it (chmod 640)\n", 'for all to read');
$mode = 0640;
is(try_settings(ENCRYPTION_KEY => undef), "100: hookwised: ENCRYPTION_KEY: is not set: requests are kept encrypted\n", 'no key');
like(try_settings(ENCRYPTION_KEY => 'short'), qr/^100: hookwised: ENCRYPTION_KEY: /, 'a bad key');
unlike(try_settings(ENCRYPTION_KEY => 'shortsecret'), qr/shortsecret/, 'which is not repeated');
like(try_settings(WORKER_THREADS => 'many'), qr/^100: hookwised: FILE:\d+: WORKER_THREADS: /, 'a word for a number, with file and line');
like(try_settings(REDIS_URL => 'unix:'), qr/^100: hookwised: FILE:\d+: REDIS_URL: /, 'a bad Redis URL');
like(try_settings(DATABASE_URL => 'postgresql://user:secret@host:5432/db?nonsense=1'), qr/^100: hookwised: .*DATABASE_URL: (?!.*secret)/, 'a bad database URL');
is(try_settings(DESTINATION => 'connectwise'), "100: hookwised: CW_URL: the destination connectwise needs it\n", 'a PSA without its address');
is(try_settings(CW_URL => 'https://api-na.myconnectwise.net', CW_COMPANY => 'x', CW_PUBLIC_KEY => 'x', CW_PRIVATE_KEY => 'x'),
    "100: hookwised: CW_CLIENT_ID: the destination connectwise needs it\n", 'a PSA half configured');
is(try_settings(TLS_CA_FILE => '/nonexistent/ca.pem'), "100: hookwised: TLS_CA_FILE: /nonexistent/ca.pem cannot be read\n", 'authorities that are not there');
is(try_settings(TLS_CA_FILE => '/etc/passwd'), "100: hookwised: TLS_CA_FILE: /etc/passwd holds no certificates (PEM)\n", 'authorities that are none');
is(try_settings(NOTIFY_NETWORKS => '10.0.0.0/8, ten'), qq(100: hookwised: NOTIFY_NETWORKS: "ten" is neither an address nor a CIDR at offset 12\n), 'a network that is none');
is(try_settings(GUI_TRUSTED_IPS => '10.0.0.0/33'), "100: hookwised: GUI_TRUSTED_IPS: \"10.0.0.0/33\" has a prefix that is not between 0 and 32 at offset 0\n", 'addresses of the admin API that are none');
is(try_settings(REMOTE_USER_ROLES => "ada=owner,bob=$_"), "100: hookwised: REMOTE_USER_ROLES: \"bob=$_\" is not name=role or name=role\@tenant, where a role is owner, admin, operator or viewer\n", "the role '$_'")
    for 'king', 'king@acme', '', '@acme';
is(try_settings(REMOTE_USER_ROLES => 'ada=owner, *=viewer@acme'), "0: hookwised: the settings are good\n", 'good ones');
my ($exit, $out, $err) = run([$program, '-c', '/nonexistent/file', '-t']);
like("$exit: $err", qr{^100: hookwised: /nonexistent/file: }, 'a file that is not there');

($exit, $out, $err) = run([$program, '--version']);
like("$exit: $out", qr/^0: hookwised \d+\.\d+\.\d+\n\z/, '--version');
($exit, $out, $err) = run([$program, '--help']);
like("$exit: $out", qr/^0: usage: hookwised/, '--help');
($exit, $out, $err) = run([$program, '--nonsense']);
like("$exit: $err", qr/^100: .*usage: hookwised/s, 'an unknown option');
($exit, $out, $err) = run([$program, 'extra']);
like("$exit: $err", qr/^100: hookwised: unexpected argument "extra"\n/, 'a stray argument');

done_testing();
