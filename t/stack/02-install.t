#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# make install into a folder of its own: what lies where, what stays, and whether httpd takes it.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Temp qw(tempdir);
use Test::More;
use HookWise::Tree qw(build_dir top);

my $dest = tempdir(CLEANUP => 1);
my $build = build_dir();

sub command {
    my (@cmd) = @_;
    local @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL)};
    delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL)};
    my $text = qx(@cmd 2>&1);
    return ($? >> 8, $text);
}

sub install { return command('make', '-C', top(), "BUILD=$build", 'install', "DESTDIR=$dest", 'PREFIX=/usr') }

sub slurp { my ($name) = @_; open my $in, '<', "$dest/$name" or return ''; local $/; return scalar <$in> }

sub apxs { my ($what) = @_; my $v = qx(apxs -q $what); chomp $v; return $v }

my ($code, $out) = install();
is($code, 0, 'make install succeeds') or diag($out);

my $modules = apxs('LIBEXECDIR');
my $conf = apxs('SYSCONFDIR');
my %mode = (
    '/usr/sbin/hookwised' => 0755,
    '/usr/bin/hookwisectl' => 0755,
    "$modules/mod_hookwise.so" => 0644,
    '/usr/lib/systemd/system/hookwised.service' => 0644,
    '/usr/lib/sysusers.d/hookwise.conf' => 0644,
    '/usr/lib/tmpfiles.d/hookwise.conf' => 0644,
    '/usr/share/man/man8/hookwised.8' => 0644,
    '/usr/share/man/man1/hookwisectl.1' => 0644,
    '/usr/share/doc/hookwise/hookwised.conf' => 0644,
    '/usr/share/doc/hookwise/hookwise.conf' => 0644,
    '/usr/share/doc/hookwise/hookwise-gui.conf' => 0644,
    '/usr/share/hookwise/www/index.html' => 0644,
    '/etc/hookwise/hookwised.conf' => 0640,
);
for my $file (sort keys %mode) {
    is(sprintf('%o', ((stat "$dest$file")[2] // 0) & 07777), sprintf('%o', $mode{$file}), $file);
}
like(slurp('/usr/lib/systemd/system/hookwised.service'), qr{^ExecStart=/usr/sbin/hookwised -c /etc/hookwise/hookwised.conf$}m,
    'the unit starts what was installed');
is((command("$dest/usr/bin/hookwisectl", '--version'))[0], 0, 'hookwisectl runs from there');

# httpd takes the configuration as installed, once there is a key in it and the module is found.
SKIP: {
    skip 'httpd has another layout here', 8 unless $conf =~ m{/apache2$};
    my $load = slurp("$conf/mods-available/hookwise.load");
    like($load, qr{^LoadModule hookwise_module \Q$modules\E/mod_hookwise.so$}m, 'the module is loaded from where it lies');
    open my $key, '>>', "$dest/etc/hookwise/hookwised.conf" or die $!;
    print $key 'ENCRYPTION_KEY=' . 'A' x 43 . "=\n";
    close $key or die $!;
    my $text = "ServerRoot $dest\nServerName localhost\nListen 127.0.0.1:12000\nErrorLog $dest/error.log\nPidFile $dest/pid\n"
        . join('', map {"LoadModule ${_}_module $modules/mod_$_.so\n"} qw(mpm_event authn_core authz_core authz_host setenvif))
        . $load . slurp("$conf/mods-available/hookwise.conf");
    $text =~ s{ \Q$modules\E/mod_hookwise}{ $dest$modules/mod_hookwise};
    $text =~ s{ /etc/hookwise/}{ $dest/etc/hookwise/}g;
    $text =~ s{^(HookwiseSpoolDir) (/\S+)$}{$1 $dest$2}m or die 'no spool in the configuration';
    like(slurp('/usr/lib/tmpfiles.d/hookwise.conf'), qr{^d \Q$2\E }m, 'the spool is made by tmpfiles.d');
    mkdir "$dest$_" for '/var', '/var/lib', '/var/lib/hookwise', $2;
    open my $file, '>', "$dest/httpd.conf" or die $!;
    print $file $text;
    close $file or die $!;
    my $httpd = apxs('SBINDIR') . '/' . apxs('PROGNAME');
    my ($bad, $said) = command($httpd, '-t', '-f', "$dest/httpd.conf");
    is($bad, 0, 'httpd -t is content') or diag($said);

    my $gui = slurp("$conf/conf-available/hookwise-gui.conf");
    is(join(' ', $gui =~ m{^(?:Alias|ScriptAliasMatch) .* "(/\S+?)/?(?:\$1)?"$}mg), '/usr/lib/hookwise/hookwise.cgi /usr/share/hookwise/www',
        'pages and API from where they lie');
    my $mods = join('', map {"LoadModule ${_}_module $modules/mod_$_.so\n"} qw(alias env dir cgid));
    open $file, '>', "$dest/httpd.conf" or die $!;
    print $file $mods . $text . $gui;
    close $file or die $!;
    like((command($httpd, '-t', '-f', "$dest/httpd.conf"))[1], qr/hookwise-gui.conf needs mod_headers: a2enmod headers/, 'what is missing is said');

    open my $mine, '>>', "$dest$conf/mods-available/hookwise.conf" or die $!;
    print $mine "# mine\n";
    close $mine or die $!;
    ($code, $out) = install();
    like(slurp("$conf/mods-available/hookwise.conf"), qr/^# mine$/m, 'another make install keeps directives');
    like(slurp('/etc/hookwise/hookwised.conf'), qr/^ENCRYPTION_KEY=A/m, 'and settings');
}

($code, $out) = command('make', '-C', top(), "BUILD=$build", 'uninstall', "DESTDIR=$dest", 'PREFIX=/usr');
is($code, 0, 'make uninstall') or diag($out);
my %left = map { $_ => 1 } split /\n/, qx(cd $dest && find usr etc -type f);
is(join(' ', sort grep { !m{^etc/(?:hookwise|apache2|httpd)/} } keys %left), '', 'leaves nothing');
ok($left{'etc/hookwise/hookwised.conf'}, 'but the configuration');

done_testing;
