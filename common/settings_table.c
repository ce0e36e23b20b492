/* SPDX-License-Identifier: Apache-2.0 */
/* Settings: the table. A row added here goes into conf/hookwised.conf as well; a test compares. */
#include "common/settings.h"

#define HTTP "http|https"

const hw_setting_t hw_settings_table[] = {
    /* Storage and queue */
    { "DATABASE_URL", HW_SET_URL, "postgresql:///hookwise", 0, 0,
      "PostgreSQL database with configuration, history and incidents, as a libpq URL.",
      "postgresql|postgres" },
    { "REDIS_URL", HW_SET_URL, "", 0, 0,
      "Redis as unix:/path, redis://[:password@]host[:port][/db] or "
      "sentinel://host:port[,host:port]/name; empty uses the next three settings.",
      "unix|redis|sentinel" },
    { "REDIS_HOST", HW_SET_TEXT, "localhost", 0, 0,
      "Host name or address of Redis when REDIS_URL is empty.", NULL },
    { "REDIS_PORT", HW_SET_INT, "6379", 1, 65535,
      "TCP port of Redis when REDIS_URL is empty.", NULL },
    { "REDIS_PASSWORD", HW_SET_SECRET, "", 0, 0,
      "Password of Redis; empty when it asks for none.", NULL },
    { "REDIS_TIMEOUT", HW_SET_INT, "2", 1, 60,
      "Seconds to wait for Redis: for a connection, and for one answer.", NULL },
    { "ENCRYPTION_KEY", HW_SET_SECRET, "", 0, 0,
      "Fernet keys for secrets at rest, comma-separated: the first encrypts, all decrypt; "
      "without the key nothing encrypted with it can be read again.", NULL },
    { "LOG_RETENTION_DAYS", HW_SET_INT, "30", 1, 3650,
      "Days the history of webhooks is kept.", NULL },

    /* Work */
    { "DESTINATION", HW_SET_TEXT, "", 0, 0,
      "Where endpoints that name no destination put their tickets, local or connectwise; empty "
      "means connectwise when CW_URL is set, else local.", "local|connectwise" },
    { "PRIORITY_MAP", HW_SET_LIST, "", 0, 0,
      "Priorities by severity, comma-separated severity=priority with the PSA's own names "
      "(critical=Priority 1 - Emergency, high=Priority 2); empty leaves the endpoint's priority.",
      "name=value" },
    { "WORKER_THREADS", HW_SET_INT, "64", 1, 1024,
      "Number of threads that work on events.", NULL },
    { "MAX_RETRIES", HW_SET_INT, "5", 0, 100,
      "How often a temporary failure is tried again before the event goes to the dead letters.",
      NULL },
    { "RETRY_BASE_MS", HW_SET_INT, "1000", 1, 600000,
      "Milliseconds before the first retry; each further one waits twice as long.", NULL },

    /* ConnectWise Manage */
    { "CW_URL", HW_SET_URL, "", 0, 0,
      "Base URL of the ConnectWise REST API, for example "
      "https://api-na.myconnectwise.net/v4_6_release/apis/3.0.", HTTP },
    { "CW_COMPANY", HW_SET_TEXT, "", 0, 0, "Company id used to log in to ConnectWise.", NULL },
    { "CW_PUBLIC_KEY", HW_SET_TEXT, "", 0, 0, "Public key of the ConnectWise API member.", NULL },
    { "CW_PRIVATE_KEY", HW_SET_SECRET, "", 0, 0,
      "Private key of the ConnectWise API member.", NULL },
    { "CW_CLIENT_ID", HW_SET_TEXT, "", 0, 0,
      "Client id from the ConnectWise developer site, sent with every call.", NULL },
    { "CW_TICKET_PREFIX", HW_SET_TEXT, "Alert:", 0, 0,
      "What the summary of every ticket begins with.", NULL },
    { "CW_SERVICE_BOARD", HW_SET_TEXT, "", 0, 0,
      "Service board for tickets whose endpoint names none.", NULL },
    { "CW_STATUS_NEW", HW_SET_TEXT, "New", 0, 0,
      "Status of a new ticket when its endpoint names none.", NULL },
    { "CW_STATUS_CLOSED", HW_SET_TEXT, "Closed", 0, 0,
      "Status a ticket gets on recovery when its endpoint names none.", NULL },
    { "CW_DEFAULT_COMPANY_ID", HW_SET_TEXT, "", 0, 0,
      "Company for alerts that name none and whose endpoint has no default.", NULL },
    { "VIABILITY_TTL", HW_SET_INT, "300", 0, 86400,
      "Seconds an open ticket is trusted to be open before the PSA is asked again.", NULL },
    { "CW_RATE_PER_MINUTE", HW_SET_INT, "900", 1, 100000,
      "Calls to ConnectWise in one minute, at most, of all hookwised together.", NULL },
    { "CW_TIMEOUT", HW_SET_INT, "30", 1, 600,
      "Seconds to wait for the answer to one ConnectWise call.", NULL },
    { "CW_MAX_CONNECTIONS", HW_SET_INT, "16", 1, 256,
      "Connections to ConnectWise at the same time, at most.", NULL },
    { "CW_SEARCH_GRACE", HW_SET_INT, "5", 0, 300,
      "Seconds until a ticket just created is sure to be found by a search.", NULL },

    /* Analysis by a language model */
    { "OLLAMA_HOST", HW_SET_URL, "http://localhost:11434", 0, 0,
      "Base URL of the Ollama server that analyses alerts.", HTTP },
    { "AI_URL", HW_SET_URL, "", 0, 0,
      "Full URL of an OpenAI-compatible chat completions service to use instead of Ollama.",
      HTTP },
    { "AI_API_KEY", HW_SET_SECRET, "", 0, 0,
      "Key for that service, sent as a bearer token; empty sends none.", NULL },
    { "AI_MODEL", HW_SET_TEXT, "phi3", 0, 0, "Name of the model that is asked.", NULL },
    { "LLM_MAX_TOKENS", HW_SET_INT, "512", 1, 131072,
      "Tokens the model may generate for one analysis, at most.", NULL },
    { "LLM_TIMEOUT", HW_SET_INT, "180", 1, 3600,
      "Seconds to wait for one analysis.", NULL },
    { "AI_COMPANY", HW_SET_BOOL, "false", 0, 0,
      "Whether the model is asked which of the PSA's companies a tenant is that the tenant map does "
      "not know; it is shown the companies' names.", NULL },
    { "AI_COMPANY_TIMEOUT", HW_SET_INT, "10", 1, 60,
      "Seconds a ticket waits for that answer, at most; then it gets the default company.", NULL },
    { "AI_THREADS", HW_SET_INT, "2", 1, 16,
      "Analyses under way at the same time, at most.", NULL },

    /* Messages to chat services */
    { "NOTIFY_NETWORKS", HW_SET_LIST, "", 0, 0,
      "Addresses and CIDRs, comma-separated, that are not public and that chat targets may have all "
      "the same, or a proxy on the way there; empty allows none.", NULL },
    { "SLACK_API_URL", HW_SET_URL, "https://slack.com/api", 0, 0,
      "Base URL of Slack's Web API, for targets with a token.", HTTP },
    { "WEBEX_API_URL", HW_SET_URL, "https://webexapis.com/v1", 0, 0,
      "Base URL of the Webex API, for targets with a token.", HTTP },
    { "TLS_CA_FILE", HW_SET_TEXT, "", 0, 0,
      "PEM file of the authorities that certify whom hookwised calls (PSA, model, chat), in place of "
      "the system's; empty uses the system's.", NULL },

    /* Web */
    { "PUBLIC_URL", HW_SET_URL, "http://127.0.0.1:8080", 0, 0,
      "Address senders and browsers reach HookWise at; endpoint URLs shown begin with it.", HTTP },
    { "GUI_USERNAME", HW_SET_TEXT, "admin", 0, 0,
      "Name of the first user, an owner, whom hookwisectl migrate adds when there is none yet.", NULL },
    { "GUI_PASSWORD", HW_SET_SECRET, "", 0, 0,
      "Password of the first user, 8 characters or more; empty adds none.", NULL },
    { "GUI_TRUSTED_IPS", HW_SET_LIST, "", 0, 0,
      "Addresses and CIDRs, comma-separated, that may use the admin API, without which the pages show "
      "nothing; empty allows all.", NULL },
    { "REMOTE_USER_ROLES", HW_SET_LIST, "", 0, 0,
      "Roles of users whom the site's own AuthType signs in, comma-separated name=role or "
      "name=role@tenant, * for anybody: alice=owner,*=viewer.", NULL },
    { "FORCE_HTTPS", HW_SET_BOOL, "false", 0, 0,
      "Whether readers of the admin API without TLS are sent to the https address, and changes without "
      "it refused; webhooks are not concerned.", NULL },
    { "MAX_CONTENT_LENGTH_KB", HW_SET_INT, "1024", 1, 32768,
      "Kilobytes of a webhook's body for endpoints that set no limit, at most.", NULL },

    /* Log */
    { "LOG_LEVEL", HW_SET_TEXT, "info", 0, 0,
      "The most talkative level that is logged: error, warn, info or debug.",
      "error|warn|info|debug" },
    { "LOG_TARGET", HW_SET_TEXT, "stderr", 0, 0,
      "Where log lines go: stderr or syslog.", "stderr|syslog" },
    { .name = NULL },
};

/* What is read anew with every snapshot of the configuration, and is no secret. */
const char *const hw_settings_changeable[] = {
    "CW_TICKET_PREFIX", "CW_SERVICE_BOARD", "CW_STATUS_NEW", "CW_STATUS_CLOSED",
    "CW_DEFAULT_COMPANY_ID", "PRIORITY_MAP", "VIABILITY_TTL", "CW_SEARCH_GRACE", "CW_TIMEOUT",
    "MAX_RETRIES", "RETRY_BASE_MS", "LOG_RETENTION_DAYS", "AI_MODEL", "LLM_MAX_TOKENS",
    "LLM_TIMEOUT", "AI_COMPANY", "AI_COMPANY_TIMEOUT", NULL,
};
