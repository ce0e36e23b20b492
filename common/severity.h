/* SPDX-License-Identifier: Apache-2.0 */
/* What senders call the severity of an alert, and what destinations make of it. */
#ifndef HW_SEVERITY_H
#define HW_SEVERITY_H

#include "common/hw.h"

/* A severity or impact word or number on one scale: "Critical", "High", "Medium", "Low" or
 * "Information"; NULL = not known. ASCII case, blanks, hyphens and underscores do not count.
 * Words: critical, emergency, disaster, fatal, down, P1, Sev0 … → Critical; high, major, error,
 * P2, Sev1 … → High; warning, medium, moderate, average, P3, Sev2 → Medium; minor, low, notice,
 * P4, P5, Sev3 … → Low; info, debug, ok, none, Sev4 … → Information. Bare numbers go by Zabbix's
 * scale: 5 and above Critical, 4 High, 3 Medium, 2 Low, below Information. */
const char *hw_severity_word(const char *word);

/* The same as ConnectWise's Low, Medium and High; NULL = not known. */
const char *hw_severity_level(const char *word);

/* "5=Critical,4=High" looked up by value, ASCII case aside; NULL when it is not listed. */
const char *hw_severity_find(const char *table, const char *value, apr_pool_t *p);
/* Likewise, but the value itself when it is not listed. */
const char *hw_severity_translate(const char *table, const char *value, apr_pool_t *p);

/* PRIORITY_MAP looked up by the severity as it is, else by hw_severity_word; NULL = not listed. */
const char *hw_severity_priority(const char *table, const char *value, apr_pool_t *p);

#endif
