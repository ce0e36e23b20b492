-- SPDX-License-Identifier: Apache-2.0
-- wrk: webhooks of a hundred monitors, each body another one. HW_TOKEN holds the endpoint's token.
local count = 0

function request()
    count = count + 1
    local body = string.format(
        '{"heartbeat":{"status":0,"msg":"no answer %d"},"monitor":{"name":"bench %d"}}', count, count % 100)
    return wrk.format("POST", nil, {
        ["Content-Type"] = "application/json",
        ["Authorization"] = "Bearer " .. os.getenv("HW_TOKEN"),
    }, body)
end
