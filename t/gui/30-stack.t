#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# The pages against the real thing: a webhook is sent, and a person looks what became of it.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use HookWise::Test::Browser qw(browser_test);

browser_test('stack.test.mjs', 5);
