# SPDX-License-Identifier: Apache-2.0
# Runs hookwise.cgi as a web server would: use it beside HookWise::Test, for its method cgi.
package HookWise::Test::Cgi;
use strict;
use warnings;
use HookWise::Test::Run qw(run);
use Mojo::JSON qw(decode_json encode_json);

# (method, path, {json => …, body => …, headers => {…}, env => {…}, cookie => text, csrf => text,
# user => 'name:password', key => API key}) → a hash of status, headers (names in lower case), body, json and stderr.
# Servers of the test are used when they run; mount => '/prefix' is what stands before the path.
sub HookWise::Test::cgi {
    my ($self, $method, $path, $o) = @_;
    $o ||= {};
    my $body = exists $o->{json} ? encode_json($o->{json}) : $o->{body} // '';
    my ($exit, $out, $err) = run([$self->product('hookwise.cgi')], stdin => $body, dir => '/',
        env => { _variables($self, $method, $path, $body, $o), %{ $o->{env} || {} } });
    $self->{cgi_log} .= $err;
    die "hookwise.cgi $method $path: exit code $exit: $err\n" if $exit;
    my $answer = parse($out);
    $answer->{stderr} = $err;
    return $answer;
}

# What the CGI said on its error output in all calls so far.
sub HookWise::Test::cgi_log { return $_[0]{cgi_log} // '' }

# Signs in and gives the options that make further calls with that session.
sub HookWise::Test::cgi_login {
    my ($self, $name, $password, %more) = @_;
    my $answer = $self->cgi(POST => '/login',
        { json => { username => $name, password => $password, %more } });
    die "login of $name: $answer->{status} $answer->{body}\n" unless $answer->{status} == 200;
    my ($cookie) = $answer->{headers}{'set-cookie'} =~ /^(hookwise=[^;]+)/;
    return { cookie => $cookie, csrf => $answer->{json}{csrf} };
}

# What an API test begins with: Redis, PostgreSQL with the schema, and users, (name => 'role' or
# 'role@tenant', …), whose password is "open sesame". Gives name => the options that make a call theirs.
sub HookWise::Test::cgi_servers {
    my ($self, %users) = @_;
    $self->redis;
    $self->postgres;
    $self->conf;
    $self->migrate;
    for my $name (sort keys %users) {
        my ($role, $tenant) = split /@/, $users{$name};
        my ($exit, undef, $err) = $self->ctl({ stdin => "open sesame\n" }, 'user', 'add', $name, '--role', $role,
            '--tenant', $tenant // '*', '--password-stdin');
        die "user $name: $err\n" if $exit;
    }
    return map { $_ => { user => "$_:open sesame" } } keys %users;
}

# Sends an endpoint a sample payload, and waits for the rows of its so many parts (1): the answer of
# the API, with all of them as items, newest first.
sub HookWise::Test::cgi_sample {
    my ($self, $as, $endpoint, $payload, $parts) = @_;
    my $answer = $self->cgi(POST => "/api/endpoints/$endpoint->{id}/test",
        { %$as, json => { payload => $payload, wait_seconds => 10 } })->{json};
    $self->wait_for(sub {
        return 1 if @{ $answer->{items} } >= ($parts // 1) && !grep { $_->{status} eq 'retrying' } @{ $answer->{items} };
        $answer->{items} = $self->cgi(GET => "/api/history?request_id=$answer->{request_id}&full=1", {%$as})->{json}{items};
        return 0;
    }, "the parts of request $answer->{request_id}");
    return $answer;
}

sub _variables {
    my ($self, $method, $path, $body, $o) = @_;
    my ($info, $query) = split /\?/, $path, 2;
    my $conf = "$self->{dir}/hookwised.conf";
    my %headers = %{ $o->{headers} || {} };
    $headers{Cookie} = $o->{cookie} if defined $o->{cookie};
    $headers{'X-CSRF-Token'} = $o->{csrf} if defined $o->{csrf};
    $headers{Authorization} = "Bearer $o->{key}" if defined $o->{key};
    if (defined $o->{user}) {
        require MIME::Base64;
        $headers{Authorization} = 'Basic ' . MIME::Base64::encode_base64($o->{user}, '');
    }
    my %env = (GATEWAY_INTERFACE => 'CGI/1.1', REQUEST_METHOD => $method,
        HOOKWISE_CONF => -e $conf ? $conf : $self->conf, SCRIPT_NAME => $o->{mount} // '',
        PATH_INFO => $info, QUERY_STRING => $query // '', REMOTE_ADDR => '127.0.0.1',
        SERVER_PROTOCOL => 'HTTP/1.1', HTTP_HOST => 'hookwise.test');
    if (length $body) {
        $env{CONTENT_LENGTH} = length $body;
        $env{CONTENT_TYPE} = delete $headers{'Content-Type'}
            // (exists $o->{json} ? 'application/json' : 'application/octet-stream');
    }
    for my $name (keys %headers) {
        (my $variable = 'HTTP_' . uc $name) =~ tr/-/_/;
        $env{$variable} = $headers{$name};
    }
    return %env;
}

# The text of a CGI's answer in parts.
sub parse {
    my ($text) = @_;
    my ($head, $body) = split /\r\n\r\n/, $text, 2;
    die "hookwise.cgi: no header: $text\n" unless defined $body;
    my %headers;
    for my $line (split /\r\n/, $head) {
        my ($name, $value) = $line =~ /^([\w-]+): (.*)\z/s or die "hookwise.cgi: header $line\n";
        $headers{ lc $name } = $value;
    }
    my $json = ($headers{'content-type'} // '') =~ m{^application/json} && length $body
        ? decode_json($body) : undef;
    return { status => delete $headers{status}, headers => \%headers, body => $body,
        json => $json };
}

1;

__END__

=encoding utf8

=head1 NAME

HookWise::Test::Cgi - hookwise.cgi from a test, without a web server

=head1 SYNOPSIS

    use HookWise::Test;
    use HookWise::Test::Cgi;

    my $t = HookWise::Test->new;
    my %as = $t->cgi_servers(ada => 'owner', tom => 'viewer@acme');
    $t->hookwised;
    my $answer = $t->cgi(GET => '/api/session', $as{tom});
    is($answer->{json}{tenant}, 'acme');
    my $endpoint = $t->cgi(POST => '/api/endpoints', { %{ $as{ada} }, json => { name => 'Kuma' } })->{json};
    is($t->cgi_sample($as{ada}, $endpoint, { msg => 'down' })->{items}[0]{action}, 'create');
    my $session = $t->cgi_login('ada', 'open sesame');    # with its CSRF token, for calls as a browser makes them
    $t->cgi(POST => '/api/users', { %$session, json => { … } });

=cut
