#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# The other MPMs: worker, and prefork for sites that need it.
use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/lib";
use HookWise::Test;
use Records;

for my $mpm (qw(worker prefork)) {
    my $t = HookWise::Test->new;
    $t->redis;
    publish($t, 'mill');
    my $conf = <<'EOT';
ServerRoot "%%DIR%%/httpd"
DefaultRuntimeDir "%%DIR%%/httpd"
PidFile "%%DIR%%/httpd/httpd.pid"
ErrorLog "%%DIR%%/httpd/error.log"
ServerName 127.0.0.1
Listen 127.0.0.1:%%PORT%%
User www-data
Group www-data
StartServers 2
LoadModule mpm_MPM_module MODULES/mod_mpm_MPM.so
LoadModule authz_core_module MODULES/mod_authz_core.so
LoadModule hookwise_module %%MODULE%%
HookwiseRedis %%REDIS%%
HookwiseRedisTimeout 60s
<Location "/w">
    SetHandler hookwise-webhook
</Location>
<Location "/readyz">
    SetHandler hookwise-health
</Location>
EOT
    chomp(my $modules = qx(apxs -q LIBEXECDIR));
    $conf =~ s/MODULES/$modules/g;
    $conf =~ s/MPM/$mpm/g;
    $conf =~ s/^(?:User|Group).*\n//mg if $> != 0;
    $t->httpd($conf, bare => 1);

    my $post = sub {
        my ($n) = @_;
        return map { $t->post('/w/mill', { Authorization => 'Bearer tok-mill', Connection => 'close' },
            '{}')->code } 1 .. $n;
    };
    is_deeply([$post->(20)], [(202) x 20], "$mpm: stored");
    is($t->get('/readyz')->code, 200, "$mpm: ready");
    $t->httpd_reload('graceful');
    is_deeply([$post->(20)], [(202) x 20], "$mpm: stored after a reload");
    $t->httpd_reload('restart');
    is_deeply([$post->(20)], [(202) x 20], "$mpm: stored after a restart");
    is(scalar(() = events($t)), 60, "$mpm: all of it");
    is($t->post('/w/mill', {}, '{}')->code, 401, "$mpm: refused");
    $t->wait_for(sub { counter($t, 'unauthorized', 'name of mill') }, 'counted');
    is(join(' ', $t->stop_all), '', "$mpm: ended well");
    unlike($t->log('httpd'), qr/exit signal|\[(?:hookwise:)?(?:error|crit|emerg)\]/, "$mpm: log is clean");
}

done_testing();
