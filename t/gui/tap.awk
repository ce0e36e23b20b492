# SPDX-License-Identifier: Apache-2.0
# What node says of its tests, for prove: its YAML, which is not always what prove takes for it, becomes
# comments. That of a test that failed is said on stderr too, where it is seen without -v.
/^not ok/ { failed = 1; print | "cat >&2" }
/^ok/ { failed = 0 }
/^ *---$/ { yaml = 1 }
{ print (yaml ? "# " : "") $0; fflush() }
yaml && failed { print "# " $0 | "cat >&2" }
/^ *\.\.\.$/ { yaml = 0 }
