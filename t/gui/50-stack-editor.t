#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Setting up against the real thing: endpoints made, changed and tried.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use HookWise::Test::Browser qw(browser_test);

browser_test('stack-editor.test.mjs', 13);
